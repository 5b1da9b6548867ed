import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { RecordFinding } from '../../../src/protocol/findings';
import { marksIn, stretchesOf } from '../../../webview/dataset-editor/markRanges';

function finding(start: number, end: number, severity: RecordFinding['severity'] = 'warning'): RecordFinding {
  return { rule: 'a/b', severity, message: '', field: null, range: { start, end }, fix: null };
}

describe('marks in a text', () => {
  const places = (
    checked: string,
    now: string,
    ...ranges: readonly (readonly [number, number])[]
  ): string[] =>
    marksIn(
      ranges.map(([start, end]) => finding(start, end)),
      checked,
      now,
    ).map(({ start, end }) => now.slice(start, end));

  it('stay where they are, move with what is typed before them, and go where it is typed in them', () => {
    const text = 'A equipe do registro';
    assert.deepEqual(places(text, text, [2, 8], [12, 20]), ['equipe', 'registro']);
    assert.deepEqual(places(text, 'A equipe toda do registro', [2, 8], [12, 20]), ['equipe', 'registro']);
    assert.deepEqual(places(text, 'A equixpe do registro', [2, 8], [12, 20]), ['registro']);
    assert.deepEqual(places(text, 'A do registro', [2, 8], [12, 20]), ['registro']);
    // A letter at its edge makes another word of it.
    assert.deepEqual(places(text, 'A equipes do registro', [2, 8], [12, 20]), ['registro']);
    assert.deepEqual(places(text, 'A reequipe do registro', [2, 8], [12, 20]), ['registro']);
    assert.deepEqual(places(text, '', [2, 8]), []);
  });

  it('are left out where they do not fit', () => {
    assert.deepEqual(places('abc', 'abc', [2, 9], [1, 1]), []);
    assert.deepEqual(marksIn([{ ...finding(0, 1), range: null }], 'abc', 'abc'), []);
  });

  it('always are of the text that the check saw (property)', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, fc.nat(11), fc.nat(11), (checked, now, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        for (const mark of marksIn([finding(start, end)], checked, now)) {
          assert.equal(now.slice(mark.start, mark.end), checked.slice(start, end));
        }
      }),
      { numRuns: 3000, seed: 3 },
    );
  });

  it('cut the text into stretches that make it up again, the gravest of overlapping ones first', () => {
    const marks = marksIn([finding(1, 5), finding(3, 8, 'error')], 'abcdefghij', 'abcdefghij');
    const stretches = stretchesOf(10, marks);
    assert.deepEqual(
      stretches.map(({ start, end, marks: here }) => [start, end, here.map((mark) => mark.finding.severity)]),
      [
        [0, 1, []],
        [1, 3, ['warning']],
        [3, 5, ['error', 'warning']],
        [5, 8, ['error']],
        [8, 10, []],
      ],
    );
    assert.deepEqual(stretchesOf(0, []), []);
  });
});
