import { strict as assert } from 'node:assert';
import { makeFormat } from '../../../src/protocol/format';

/** Intl separates with spaces that do not break; for reading they are spaces. */
function plain(text: string): string {
  return text.replace(/\s/g, ' ');
}

describe('format', () => {
  const pt = makeFormat('pt-PT');
  const en = makeFormat('en');

  it('writes numbers as Portugal does for every form of pt but that of Brazil', () => {
    for (const language of ['pt', 'pt-PT', 'pt-pt', 'PT-ao']) {
      assert.equal(plain(makeFormat(language).integer(1234567)), '1 234 567', language);
      assert.equal(makeFormat(language).decimal(2.3, 2), '2,30', language);
    }
    assert.equal(en.integer(1234567), '1,234,567');
  });

  it('writes numbers as Brazil does', () => {
    for (const language of ['pt-BR', 'pt-br']) {
      assert.equal(makeFormat(language).integer(1234567), '1.234.567', language);
      assert.equal(makeFormat(language).decimal(2.3, 2), '2,30', language);
    }
  });

  it('falls back to English for what is no language', () => {
    assert.equal(makeFormat('not a language').decimal(1.5, 1), '1.5');
    assert.equal(makeFormat('').decimal(1.5, 1), '1.5');
  });

  it('writes sizes in decimal units, never 1000 of one', () => {
    const cases: [number, string][] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1,0 kB'],
      [91_234_567, '91,2 MB'],
      [999_400, '999 kB'],
      [999_600, '1,0 MB'],
      [99_960, '100 kB'],
      [18_300_000_000, '18,3 GB'],
      [5e15, '5000 TB'],
    ];
    for (const [bytes, text] of cases) assert.equal(plain(pt.bytes(bytes)), text, String(bytes));
  });

  it('writes durations with two parts at most', () => {
    const cases: [number, string][] = [
      [0, '0 s'],
      [-3, '0 s'],
      [59.4, '59 s'],
      [59.6, '1 min 00 s'],
      [185, '3 min 05 s'],
      [3600, '1 h 00 min'],
      [36_119, '10 h 01 min'],
    ];
    for (const [seconds, text] of cases) assert.equal(pt.duration(seconds), text, String(seconds));
  });

  it('leaves a time that it cannot read as it is', () => {
    assert.equal(pt.time('yesterday'), 'yesterday');
    assert.match(pt.time('2026-11-24T10:00:00Z'), /24\/11\/2026|24\/11\/26/);
  });
});
