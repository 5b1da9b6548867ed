import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { SplitGroups } from '../../../src/dataset/splitGroups';
import type { Split, SplitRecord } from '../../../src/dataset/splitGroups';

const record = (id: string, more: Partial<SplitRecord> = {}): SplitRecord => ({
  id,
  topic: '',
  sources: [],
  texts: [],
  ...more,
});

function split(records: readonly SplitRecord[], evaluation: number, seed: number): Split {
  const groups = new SplitGroups(0.8);
  for (const each of records) groups.add(each);
  return groups.split(seed, evaluation);
}
const sides = (records: readonly SplitRecord[], evaluation: number, seed: number): number[] => [
  ...split(records, evaluation, seed).heldOut,
];

const ids = fc.uniqueArray(fc.string({ maxLength: 5 }), { minLength: 2, maxLength: 40 });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const many = (count: number, more: (n: number) => Partial<SplitRecord> = () => ({})): SplitRecord[] =>
  Array.from({ length: count }, (_, n) => record(`dm-${n}`, more(n)));

describe('split', () => {
  it('has at least one record on each side', () => {
    fc.assert(
      fc.property(ids, share, fc.nat(), (all, evaluation, seed) => {
        const held = sides(
          all.map((id) => record(id)),
          evaluation,
          seed,
        );
        assert.ok(held.includes(1) && held.includes(0));
      }),
      { seed: 7 },
    );
    assert.deepEqual(sides([record('a')], 0.5, 1), [0]);
    assert.deepEqual(sides([record('a'), record('b')], 0, 1), [0, 0]);
  });

  it('takes about the share asked for, the same for the same seed, another for another', () => {
    const records = many(10_000);
    const first = sides(records, 0.1, 42);
    const count = first.filter((held) => held === 1).length;
    assert.ok(count > 900 && count < 1100, String(count));
    assert.deepEqual(sides(records, 0.1, 42), first);
    assert.notDeepEqual(sides(records, 0.1, 43), first);
  });

  it('leaves every record on its side when others come', () => {
    const topics = (n: number): Partial<SplitRecord> => ({
      topic: `t${n % 5}`,
      sources: [`artigo ${n % 700}.º`],
    });
    for (const seed of [1, 2, 3]) {
      const before = sides(many(2000, topics), 0.1, seed);
      assert.deepEqual(sides(many(2400, topics), 0.1, seed).slice(0, 2000), before);
    }
  });

  it('has about the share in every topic, and one of each that is large enough for it', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const records = many(1500, (n) => ({ topic: n < 1000 ? 'large' : `small-${n % 25}` }));
      const held = sides(records, 0.1, seed);
      for (const topic of new Set(records.map((each) => each.topic))) {
        const of = records.flatMap((each, at) => (each.topic === topic ? [held[at]!] : []));
        const count = of.filter((each) => each === 1).length;
        assert.ok(count >= Math.floor(of.length * 0.05) && count >= 1, `${topic}: ${count}`);
        assert.ok(count <= Math.ceil(of.length * 0.15), `${topic}: ${count}`);
      }
    }
  });

  it('never parts near-duplicates, records of one passage, or of one id', () => {
    const words =
      'transportador obriga entregar mercadoria porto destino prazo contrato frete avaria navio'.split(' ');
    const text = (n: number): string => words.map((word, at) => `${word}${(n * 7 + at) % 97}`).join(' ');
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.nat(150), text: fc.nat(150), source: fc.option(fc.nat(150)) }), {
          minLength: 60,
          maxLength: 200,
        }),
        fc.nat(),
        (all, seed) => {
          const records = all.map(({ id, text: n, source }) =>
            record(`r${id}`, {
              sources: source === null ? [] : [`Lei n.º 1/99, artigo ${source}.º`],
              texts: [text(n), `${text(n + 1)} ${text(n + 2)}`],
            }),
          );
          const { heldOut, leaks } = split(records, 0.2, seed);
          fc.pre(leaks.near === 0 && leaks.source === 0);
          const parted = (key: (at: number) => unknown): boolean => {
            const seen = new Map<unknown, number>();
            return all.some((_, at) => {
              const known = seen.get(key(at));
              seen.set(key(at), heldOut[at]!);
              return key(at) !== null && known !== undefined && known !== heldOut[at];
            });
          };
          assert.ok(!parted((at) => all[at]!.id));
          assert.ok(!parted((at) => all[at]!.text));
          assert.ok(!parted((at) => all[at]!.source));
        },
      ),
      { seed: 9, numRuns: 60 },
    );
  });

  it('does not take a whole law for a passage, nor what is named by very many', () => {
    const law = split(
      many(200, () => ({ sources: ['Código Comercial'] })),
      0.1,
      1,
    );
    assert.deepEqual(law.leaks, { near: 0, source: 0 });
    assert.ok(law.heldOut.some((held) => held === 1));
    const common = split(
      many(200, () => ({ sources: ['https://exemplo.pt/guia'] })),
      0.1,
      1,
    );
    assert.deepEqual(common.leaks, { near: 0, source: 0 });
    assert.ok(common.heldOut.some((held) => held === 1));
  });

  it('trains what is too large to hold out, and holds out of the rest', () => {
    const records = many(200, (n) => (n < 100 ? { texts: ['o mesmo texto de sempre aqui'] } : {}));
    for (const seed of [1, 2, 3, 4]) {
      const { heldOut, leaks } = split(records, 0.1, seed);
      assert.ok(heldOut.subarray(0, 100).every((held) => held === 0));
      assert.ok(heldOut.subarray(100).some((held) => held === 1));
      assert.deepEqual(leaks, { near: 0, source: 0 });
    }
  });

  it('of records that are all alike holds some out all the same, and says what that costs', () => {
    const { heldOut, leaks } = split(
      many(100, () => ({ texts: ['sempre o mesmo texto'] })),
      0.1,
      1,
    );
    const held = heldOut.filter((each) => each === 1).length;
    assert.ok(held >= 5 && held <= 15, String(held));
    assert.deepEqual(leaks, { near: held, source: held });
  });
});
