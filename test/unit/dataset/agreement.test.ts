import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { UnitTally, cohenKappa, krippendorffAlpha, percentAgreement } from '../../../src/dataset/agreement';

/** Every cell of a table as that many pairs. */
function pairsOf(table: readonly (readonly number[])[]): [string, string][] {
  return table.flatMap((row, a) =>
    row.flatMap((count, b) => Array.from({ length: count }, (): [string, string] => [`${a}`, `${b}`])),
  );
}

/** Rows are people, columns items; `.` is no value. */
function tallyOf(...people: readonly string[]): UnitTally {
  const rows = people.map((row) => row.split(' '));
  const tally = new UnitTally();
  for (let item = 0; item < (rows[0]?.length ?? 0); item++) {
    tally.add(rows.flatMap((row) => (row[item] === '.' ? [] : [row[item] ?? ''])));
  }
  return tally;
}

function near(actual: number | null | undefined, expected: number, digits = 3): void {
  assert.equal(Number(actual?.toFixed(digits)), expected);
}

describe("Cohen's κ", () => {
  it('is 0.492 for the diagnoses of Cohen (1960), table 2', () => {
    const kappa = cohenKappa(
      pairsOf([
        [88, 14, 18],
        [10, 40, 10],
        [2, 6, 12],
      ]),
    );
    near(kappa?.observed, 0.7);
    near(kappa?.expected, 0.41);
    near(kappa?.value, 0.492);
  });

  it('is 0.676 with a standard error of 0.088 for the diagnoses of Fleiss, Levin and Paik (2003), table 18.1', () => {
    const kappa = cohenKappa(
      pairsOf([
        [75, 1, 4],
        [5, 4, 1],
        [0, 0, 10],
      ]),
    );
    near(kappa?.observed, 0.89);
    near(kappa?.expected, 0.66);
    near(kappa?.value, 0.676);
    near(kappa?.standardError, 0.088);
    near(kappa?.low, 0.505);
    near(kappa?.high, 0.848);
  });

  it('is 1 for full agreement, and nothing without items or with one category only', () => {
    const kappa = cohenKappa([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    assert.deepEqual([kappa?.value, kappa?.low, kappa?.high], [1, 1, 1]);
    assert.equal(cohenKappa([]), undefined);
    assert.equal(cohenKappa([['a', 'a']]), undefined);
  });

  it('has no interval when one of the two gives everything the same category', () => {
    const kappa = cohenKappa([
      ['a', 'a'],
      ['a', 'b'],
      ['a', 'a'],
    ]);
    assert.deepEqual([kappa?.value.toFixed(6), kappa?.low, kappa?.high], ['0.000000', null, null]);
  });

  it('does not depend on who is called first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c'))),
        (pairs) => {
          const one = cohenKappa(pairs);
          const other = cohenKappa(pairs.map(([a, b]) => [b, a] as const));
          assert.equal(one?.value.toFixed(9), other?.value.toFixed(9));
          assert.equal(one?.standardError?.toFixed(6), other?.standardError?.toFixed(6));
        },
      ),
      { seed: 7 },
    );
  });
});

describe("Krippendorff's α", () => {
  // Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, examples A, B and C.
  it('is 0.095 for two observers and binary data', () => {
    near(krippendorffAlpha(tallyOf('0 1 0 0 0 0 0 0 1 0', '1 1 1 0 0 1 0 0 0 0'))?.value, 0.095);
  });

  it('is 0.692 for two observers and nominal data', () => {
    near(krippendorffAlpha(tallyOf('a a b b d c c c e d d a', 'b a b b b c c c e d d d'))?.value, 0.692);
  });

  it('is 0.743 for four observers with missing values', () => {
    const alpha = krippendorffAlpha(
      tallyOf(
        '1 2 3 3 2 1 4 1 2 . . .',
        '1 2 3 3 2 2 4 1 2 5 . 3',
        '. 3 3 3 2 3 4 2 2 5 1 .',
        '1 2 3 3 2 4 4 1 2 5 1 .',
      ),
    );
    near(alpha?.value, 0.743);
    // One item has a single value: it says nothing of agreement.
    assert.deepEqual([alpha?.items, alpha?.values], [11, 40]);
  });

  it('gives an interval around it that a seed repeats', () => {
    const tally = tallyOf('a a b b d c c c e d d a', 'b a b b b c c c e d d d');
    const alpha = krippendorffAlpha(tally, { seed: 3 });
    assert.deepEqual(alpha, krippendorffAlpha(tally, { seed: 3 }));
    const { value = 0, low = null, high = null } = alpha ?? {};
    assert.ok(low !== null && high !== null && low < value && value < high, JSON.stringify(alpha));
  });

  it('narrows the interval with the root of the number of items', () => {
    const width = (times: number): number => {
      const tally = new UnitTally();
      tally.add(['a', 'a'], 40 * times);
      tally.add(['b', 'b'], 40 * times);
      tally.add(['a', 'b'], 20 * times);
      const alpha = krippendorffAlpha(tally);
      return (alpha?.high ?? 0) - (alpha?.low ?? 0);
    };
    const ratio = width(1) / width(10_000);
    assert.ok(ratio > 80 && ratio < 120, `${ratio}`);
  });

  it('is nothing without two values on an item, or when all are the same', () => {
    assert.equal(krippendorffAlpha(tallyOf('a b', '. .')), undefined);
    assert.equal(krippendorffAlpha(tallyOf('a a', 'a a')), undefined);
  });
});

describe('percent agreement', () => {
  it('counts the equal pairs of an item', () => {
    near(percentAgreement(tallyOf('0 1 0 0 0 0 0 0 1 0', '1 1 1 0 0 1 0 0 0 0')), 0.6);
    near(percentAgreement(tallyOf('a', 'a', 'b')), 0.333);
    assert.equal(percentAgreement(tallyOf('a')), undefined);
  });
});
