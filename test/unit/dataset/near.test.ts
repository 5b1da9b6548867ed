import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { bandsFor, hashBands } from '../../../src/dataset/minHash';
import type { Bands } from '../../../src/dataset/minHash';
import { BandFilter, NearIndex } from '../../../src/dataset/nearIndex';
import { jaccard as similarity, shingles } from '../../bench/bruteForce';
import { jaccard, shinglesOf } from '../../../src/dataset/shingles';
import type { SetSlice } from '../../../src/dataset/shingles';

const slice = (values: Uint32Array): SetSlice => ({ values, start: 0, end: values.length });

const word = fc.constantFrom(
  'O',
  'contrato',
  'ação',
  'AÇÃO',
  'navio',
  'é',
  '352/86',
  'carga,',
  '«frete»',
  '–',
  'n.º',
);
const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '));

function signatures(sets: readonly Uint32Array[], shape: Bands): Uint32Array {
  const bands = new Uint32Array(sets.length * shape.count);
  sets.forEach((set, at) => {
    if (set.length > 0) hashBands(set, shape, bands, at * shape.count);
  });
  return bands;
}

describe('shingles', () => {
  it('are those of the definition', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [shinglesOf([a]), shinglesOf([b])];
        assert.equal(left.length, shingles(a).size);
        const exact = similarity(shingles(a), shingles(b));
        assert.ok(Math.abs(jaccard(slice(left), slice(right)) - exact) < 1e-12);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('see no case, no punctuation, no white space and no decomposition', () => {
    const same = (a: string, b: string): void => assert.deepEqual(shinglesOf([a]), shinglesOf([b]));
    same('A ação do capitão, no mar.', '  a AÇÃO\ndo «capitão» no\tmar');
    same('São João é já', 'Sa\u0303o Joa\u0303o e\u0301 ja\u0301');
    assert.notDeepEqual(shinglesOf(['a acção do capitão']), shinglesOf(['a ação do capitão']));
    assert.deepEqual(shinglesOf(['um dois', 'três']), shinglesOf(['um dois três']));
    assert.notDeepEqual(shinglesOf(['um do', 'is três']), shinglesOf(['um dois três']));
  });

  it('of less than three words are one, and none of no word', () => {
    assert.equal(shinglesOf(['Sim.']).length, 1);
    assert.equal(shinglesOf(['Sim, senhor']).length, 1);
    assert.deepEqual(shinglesOf(['sim SENHOR']), shinglesOf(['Sim, senhor!']));
    assert.notDeepEqual(shinglesOf(['senhor sim']), shinglesOf(['sim senhor']));
    assert.equal(shinglesOf(['… – 🙂 ']).length, 0);
    assert.equal(shinglesOf([]).length, 0);
  });

  it('keep the similarity at the border, and drop what is below it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(60), { minLength: 1 }),
        fc.uniqueArray(fc.nat(60), { minLength: 1 }),
        (a, b) => {
          const [left, right] = [a, b].map((set) => slice(Uint32Array.from(set).sort()));
          const exact = jaccard(left!, right!);
          assert.equal(jaccard(left!, right!, exact), exact);
          assert.equal(jaccard(left!, right!, exact + 0.001), 0);
        },
      ),
      { seed: 2, numRuns: 1000 },
    );
  });
});

describe('near-duplicates', () => {
  /** A text, and others that were made of it by changing words. */
  const random = (seed: number) => (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };

  it('are found: more than 95 of 100 pairs at any similarity from the threshold on, as brute force has it', () => {
    for (const threshold of [0.5, 0.8, 0.9]) {
      const next = random(3);
      const shape = bandsFor(threshold);
      let pairs = 0;
      let found = 0;
      for (let round = 0; round < 600; round++) {
        const words = Array.from(
          { length: 20 + Math.floor(next() * 180) },
          () => `p${Math.floor(next() * 5000)}`,
        );
        const changed = words.map((each) =>
          next() < (1 - threshold) / 7 ? `q${Math.floor(next() * 5000)}` : each,
        );
        const sets = [words, changed].map((each) => shinglesOf([each.join(' ')]));
        const exact = similarity(shingles(words.join(' ')), shingles(changed.join(' ')));
        if (exact < threshold || exact === 1) continue;
        pairs++;
        const bands = signatures(sets, shape);
        const index = new NearIndex(shape, threshold);
        index.add(0, slice(sets[0]!), bands, 0);
        const twin = index.twinOf(slice(sets[1]!), bands, shape.count);
        if (twin === undefined) continue;
        found++;
        assert.ok(Math.abs(twin.similarity - exact) < 1e-12);
      }
      assert.ok(pairs > 100, String(pairs));
      assert.ok(found / pairs > 0.95, `${found} of ${pairs} at ${threshold}`);
    }
  });

  it('are none below the threshold, whatever the bands say, with and without the filter', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 30 }), (texts) => {
        const shape = bandsFor(0.8);
        const sets = texts.map((each) => shinglesOf([each]));
        const bands = signatures(sets, shape);
        const filter = new BandFilter(shape, sets.length);
        sets.forEach((set, at) => {
          if (set.length > 0) filter.note(bands, at * shape.count);
        });
        const [all, filtered] = [new NearIndex(shape, 0.8), new NearIndex(shape, 0.8, filter)];
        sets.forEach((set, at) => {
          const twin = all.twinOf(slice(set), bands, at * shape.count);
          assert.deepEqual(filtered.twinOf(slice(set), bands, at * shape.count), twin);
          if (twin !== undefined) {
            assert.ok(twin.record < at);
            const exact = similarity(shingles(texts[at]!), shingles(texts[twin.record]!));
            assert.ok(exact >= 0.8 && Math.abs(exact - twin.similarity) < 1e-12);
          }
          all.add(at, slice(set), bands, at * shape.count);
          filtered.add(at, slice(set), bands, at * shape.count);
        });
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('of a cluster of thousands are each found, with comparisons that do not grow with the cluster', () => {
    const next = random(5);
    const shape = bandsFor(0.8);
    const words = Array.from({ length: 120 }, (_, at) => `palavra${at}`);
    const sets = Array.from({ length: 5000 }, () => {
      const changed = [...words];
      changed[Math.floor(next() * 120)] = `outra${Math.floor(next() * 1e6)}`;
      return shinglesOf([changed.join(' ')]);
    });
    const bands = signatures(sets, shape);
    const index = new NearIndex(shape, 0.8);
    let asked = 0;
    let most = 0;
    sets.forEach((set, at) => {
      asked = 0;
      const twin = index.twinOf(slice(set), bands, at * shape.count, () => {
        asked++;
        return true;
      });
      assert.ok(at === 0 || twin !== undefined, String(at));
      most = Math.max(most, asked);
      index.add(at, slice(set), bands, at * shape.count);
    });
    assert.ok(most <= 16 * shape.count, String(most));
  });
});
