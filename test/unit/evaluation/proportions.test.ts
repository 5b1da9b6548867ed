import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { signTest, wilson } from '../../../src/evaluation/proportions';

const close = (found: number | undefined, wanted: number): void =>
  assert.ok(found !== undefined && Math.abs(found - wanted) < 1e-9, `${found} is not ${wanted}`);

describe('Wilson’s interval', () => {
  // The first four are those of Newcombe 1998 (Statistics in Medicine 17), table I, method 3, to more decimals.
  const known: [number, number, number, number][] = [
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.06238639953073628, 0.16048724172330803],
    [0, 20, 0, 0.16112515805281935],
    [1, 29, 0.006113214292762662, 0.17175521879320285],
    [1, 10, 0.017876213095072906, 0.4041500267952385],
    [5, 10, 0.236593090512564, 0.763406909487436],
    [10, 10, 0.7224672001371107, 1],
    [14, 20, 0.48102718164647656, 0.8545227551323957],
  ];
  for (const [successes, trials, low, high] of known) {
    it(`of ${successes} in ${trials} is the known one`, () => {
      const found = wilson(successes, trials);
      close(found?.value, successes / trials);
      close(found?.low, low);
      close(found?.high, high);
    });
  }

  it('holds the share, lies in 0 to 1, mirrors, and narrows with more of the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trials, part) => {
          const successes = Math.round(part * trials);
          const { value, low, high } = wilson(successes, trials)!;
          assert.ok(0 <= low && low <= value && value <= high && high <= 1);
          const mirrored = wilson(trials - successes, trials)!;
          close(1 - mirrored.high, low);
          const more = wilson(4 * successes, 4 * trials)!;
          assert.ok(more.high - more.low < high - low);
        },
      ),
      { seed: 5 },
    );
    assert.equal(wilson(0, 0), null);
  });
});

describe('the sign test', () => {
  // scipy.stats.binomtest(k, n).pvalue
  const known: [number, number, number][] = [
    [5, 0, 0.0625],
    [8, 2, 0.109375],
    [15, 5, 0.04138946533203125],
    [10, 10, 1],
    [11, 9, 0.8238029479980469],
    [1, 0, 1],
    [60, 40, 0.05688793364098079],
    [700, 600, 0.0060157938610449525],
    [0, 12, 0.00048828125],
    [3, 17, 0.0025768280029296875],
  ];
  for (const [wins, losses, p] of known) {
    it(`of ${wins} to ${losses} is the known one`, () => close(signTest(wins, losses) ?? undefined, p));
  }

  it('does not care who won, lies in 0 to 1, and falls as the difference grows', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (wins, losses) => {
        fc.pre(wins + losses > 0);
        const p = signTest(wins, losses)!;
        assert.ok(p >= 0 && p <= 1);
        assert.equal(signTest(losses, wins), p);
        if (losses > 0 && wins >= losses) assert.ok(signTest(wins + 1, losses - 1)! <= p);
      }),
      { seed: 5 },
    );
    assert.equal(signTest(0, 0), null);
    assert.ok(Number.isFinite(signTest(60_000, 40_000)));
  });
});
