import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { mulberry32 } from '../../../src/dataset/seededRandom';
import { estimate, pairedDifference } from '../../../src/evaluation/bootstrap';
import type { Sample } from '../../../src/evaluation/bootstrap';

const sample = fc.record({
  value: fc.double({ min: -100, max: 100, noNaN: true }),
  weight: fc.constantFrom(0, 1, 1, 1, 3),
});
const ones = (values: readonly number[]): Sample[] => values.map((value) => ({ value, weight: 1 }));

describe('bootstrap intervals', () => {
  it('hold nearly always what they estimate, and about as often as they say', () => {
    let hits = 0;
    const rounds = 300;
    for (let seed = 1; seed <= rounds; seed++) {
      // A die thrown 60 times: its mean is 3.5.
      const random = mulberry32(seed + 1000);
      const throws = Array.from({ length: 60 }, () => 1 + Math.floor(random() * 6));
      const { interval } = estimate(ones(throws), { seed, resamples: 400 });
      if (interval !== null && interval.low <= 3.5 && interval.high >= 3.5) hits++;
    }
    assert.ok(hits / rounds > 0.9 && hits / rounds < 0.99, `${hits} of ${rounds}`);
  });

  it('are the same for the same seed, hold the estimate, and stay within the values', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), fc.nat(), (samples, seed) => {
        const options = { seed, resamples: 200 };
        const found = estimate(samples, options);
        assert.deepEqual(estimate(samples, options), found);
        const weighted = samples.filter(({ weight }) => weight > 0);
        assert.equal(found.records, weighted.length);
        assert.equal(found.value === null, weighted.length === 0);
        if (found.interval === null) {
          assert.ok(weighted.length < 2);
          return;
        }
        const ratios = weighted.map(({ value, weight }) => value / weight);
        assert.ok(found.interval.low <= found.interval.high);
        assert.ok(found.interval.low >= Math.min(...ratios) - 1e-9);
        assert.ok(found.interval.high <= Math.max(...ratios) + 1e-9);
      }),
      { seed: 3 },
    );
  });

  it('say nothing of nothing, and give no interval to one record', () => {
    assert.deepEqual(estimate([], { seed: 1 }), { value: null, interval: null, records: 0 });
    assert.deepEqual(estimate(ones([4]), { seed: 1 }), { value: 4, interval: null, records: 1 });
    assert.equal(pairedDifference(ones([1]), [], { seed: 1 }).value, null);
  });

  it('see a small difference of paired records that differ much among themselves', () => {
    const base = fc.sample(fc.integer({ min: 0, max: 100 }), { seed: 8, numRuns: 40 });
    const better = base.map((value, at) => value + 1 + (at % 2));
    const { value, interval, clear, records } = pairedDifference(ones(base), ones(better), { seed: 2 });
    assert.deepEqual([value, clear, records], [1.5, true, 40]);
    assert.ok(interval !== null && interval.low > 1 && interval.high < 2);
    const alone = [base, better].map((values) => estimate(ones(values), { seed: 2 }).interval);
    assert.ok(alone[0]!.high > alone[1]!.low, 'their own intervals overlap');
    assert.equal(pairedDifference(ones(base), ones(base), { seed: 2 }).clear, false);
  });

  it('pools what is a quotient, and transforms it', () => {
    // −log probabilities of 2 and 8 tokens: their perplexity is of all ten together.
    const samples = [
      { value: 2 * Math.log(4), weight: 2 },
      { value: 8 * Math.log(4), weight: 8 },
    ];
    const { value, interval } = estimate(samples, { seed: 1, transform: Math.exp });
    assert.ok(Math.abs((value ?? 0) - 4) < 1e-12);
    assert.ok(interval !== null && Math.abs(interval.low - 4) < 1e-9 && Math.abs(interval.high - 4) < 1e-9);
  });
});
