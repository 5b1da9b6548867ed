import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rangeInLiteral } from '../../../src/checks/stringLiteral';

describe('A range within a text', () => {
  it('is found again in the JSON that holds the text, however that is escaped', () => {
    const unit = fc.constantFrom('a', 'ç', '"', '\\', '\n', '\u0001', '/', '\ud83d\ude00', '\u2028');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(unit, fc.boolean()), { maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        (units, from, length) => {
          const text = units.map(([each]) => each).join('');
          const start = from % (text.length + 1);
          const end = start + (length % (text.length - start + 1));
          const unicode = (each: string): string =>
            each.replace(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
          const written = units.map(([each, long]) =>
            long ? unicode(each) : JSON.stringify(each).slice(1, -1),
          );
          const line = `{"k": "${written.join('')}", "x": "\\\\"}`;
          const literal = { start: 6, end: 8 + written.join('').length };
          const range = rangeInLiteral(line, literal, { start, end });
          // Half a pair of surrogates is no place of its own in text that is written unescaped.
          assert.equal(JSON.parse(`"${line.slice(range.start, range.end)}"`), text.slice(start, end));
        },
      ),
      { numRuns: 2000, seed: 5 },
    );
  });

  it('is the whole value where that is no text', () => {
    assert.deepEqual(rangeInLiteral('{"k": 17}', { start: 6, end: 8 }, { start: 0, end: 1 }), {
      start: 6,
      end: 8,
    });
  });
});
