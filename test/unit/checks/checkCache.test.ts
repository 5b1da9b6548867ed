import { strict as assert } from 'node:assert';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { CheckCache } from '../../../src/checks/checkCache';
import { checkFiles, checkRows } from '../../../src/checks/checkFile';
import { hashLine } from '../../../src/checks/lineHash';

const WORDS = 'o contrato de transporte por mar obriga o transportador a entregar a carga no porto'.split(
  ' ',
);

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        start: fc.nat(3),
        change: fc.nat(14),
        split: fc.constantFrom(undefined, 'train', 'evaluation'),
        source: fc.constantFrom('artigo 1.º', 'artigo 2.º', 'Código Comercial'),
      })
      .map(({ id, start, change, split, source }) =>
        JSON.stringify({
          id,
          messages: [
            { role: 'user', content: `Pergunta ${start} sobre o frete?` },
            {
              role: 'assistant',
              content: WORDS.map((word, at) => (at === change ? 'outra' : word)).join(' '),
            },
          ],
          meta: { split, sources: [source] },
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '{', '{"id":"a"}', '[]', '\u00e9') },
);
const edit = fc.record({ at: fc.nat(1000), remove: fc.nat(2), insert: fc.array(line, { maxLength: 2 }) });

describe('the cache of the checks', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-cache-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('gives the same findings as a check anew, whatever was edited', async () => {
    const files = ['treino.jsonl', 'avaliacao.jsonl'].map((name) => path.join(folder, name));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.array(line, { maxLength: 10 }),
        fc.array(fc.tuple(fc.nat(1), edit), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        async (first, second, edits, end) => {
          const contents = [first, second];
          const cache = new CheckCache();
          const counts: number[] = [];
          const options = {
            workers: 0,
            maxTokens: 150,
            counterKey: 'words',
            counter: {
              count: (all: { content: string }[][]) => {
                counts.push(all.length);
                return Promise.resolve(
                  all.map((turns) => turns.flatMap(({ content }) => content.split(' ')).length * 8),
                );
              },
            },
          };
          const compare = async (): Promise<void> => {
            for (const [at, file] of files.entries()) await writeFile(file, contents[at]!.join(end));
            assert.deepEqual(
              await checkFiles(files, { ...options, cache }),
              await checkFiles(files, options),
            );
          };
          await compare();
          for (const [side, { at, remove, insert }] of edits) {
            contents[side]!.splice(at % (contents[side]!.length + 1), remove, ...insert);
            await compare();
          }
        },
      ),
      { seed: 11, numRuns: 60 },
    );
  }).timeout(60_000);

  it('checks again only what changed, and all when the settings did', async () => {
    const file = path.join(folder, 'few.jsonl');
    const records = Array.from({ length: 50 }, (_, n) =>
      JSON.stringify({ id: `r${n}`, messages: [{ role: 'user', content: `${n} x`.repeat(30) }] }),
    );
    const cache = new CheckCache();
    const counted: number[] = [];
    const options = {
      cache,
      workers: 0,
      maxTokens: 50,
      counterKey: 'a',
      counter: {
        count: (all: unknown[]) => {
          counted.push(all.length);
          return Promise.resolve(all.map(() => 1));
        },
      },
    };
    await writeFile(file, records.join('\n'));
    await checkFiles([file], options);
    assert.deepEqual(counted, [50]);
    records.splice(20, 1);
    records[7] = records[7]!.replace('r7', 'r7b');
    await writeFile(file, records.join('\n'));
    const kept = cache.known(file)!.chunks[0];
    await checkFiles([file], options);
    assert.deepEqual(counted, [50, 1]);
    assert.equal(cache.known(file)!.chunks[0], kept);
    assert.equal(cache.known(file)!.chunks[1]!.count, 1);
    await checkFiles([file], { ...options, rules: { 'schema/*': 'off' } });
    assert.equal(cache.known(file)!.chunks.length, 1);
    assert.notEqual(cache.known(file)!.chunks[0], kept);
  });

  it('does not trust a time that a file may have been written at twice', async () => {
    const file = path.join(folder, 'time.jsonl');
    const now = new Date();
    const cache = new CheckCache();
    const write = async (text: string): Promise<number> => {
      await writeFile(file, text);
      await utimes(file, now, now);
      return (await checkFiles([file], { cache, workers: 0 })).findings.filter(
        ({ rule }) => rule === 'schema/json',
      ).length;
    };
    assert.equal(await write('{"a":1}'), 0);
    assert.equal(await write('{"a":1,'), 1);
  });

  it('compares a record that is being typed with those of the file', async () => {
    const file = path.join(folder, 'typed.jsonl');
    const record = (id: string, answer: string): string =>
      JSON.stringify({
        id,
        messages: [
          { role: 'user', content: `O que diz ${id} sobre o frete e a carga?` },
          { role: 'assistant', content: answer },
        ],
      });
    const answers = ['a b c d e f g h i j k l m n o p q r s t', 'z y x w v u'];
    await writeFile(file, answers.map((answer, at) => record(`r${at}`, answer)).join('\n'));
    const cache = new CheckCache();
    await checkFiles([file], { cache, workers: 0 });
    const type = async (lineNumber: number, text: string): Promise<unknown[]> =>
      (await checkRows(file, [{ line: lineNumber, text }], { cache })).map(({ rule, twin }) => [
        rule,
        twin?.line,
        twin?.id,
      ]);
    assert.deepEqual(await type(2, record('r1', 'm n o p q r s t')), []);
    assert.deepEqual(await type(2, record('r0', `${answers[0]!} u`)), [
      ['schema/duplicate-id', 1, 'r0'],
      ['duplicate/near', 1, 'r0'],
    ]);
    assert.deepEqual(await type(1, record('r0', `${answers[0]!} u`)), []);
    assert.deepEqual(await type(2, record('r0', answers[0]!)), [
      ['schema/duplicate-id', 1, 'r0'],
      ['duplicate/exact', 1, 'r0'],
    ]);
  });
});

describe('the hash of a line', () => {
  const of = (bytes: Uint8Array): string => {
    const target = new Uint32Array(4);
    hashLine(Buffer.from(bytes), target, 0);
    return target.join(',');
  };

  it('depends on every byte and on the length, not on where the bytes lie', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, change) => {
          const hash = of(bytes);
          const other = Uint8Array.from(bytes);
          other[at % other.length]! ^= change;
          assert.notEqual(of(other), hash);
          assert.notEqual(of(Uint8Array.from([...bytes, 0])), hash);
          const moved = Buffer.concat([Buffer.from('xyz'), Buffer.from(bytes)]).subarray(3);
          assert.equal(of(moved), hash);
        },
      ),
      { seed: 12, numRuns: 500 },
    );
  });

  it('has no two alike among a million lines that hardly differ', () => {
    for (const part of [0, 1, 2, 3]) {
      const seen = new Set<number>();
      const target = new Uint32Array(4);
      let alike = 0;
      for (let n = 0; n < 100_000; n++) {
        hashLine(Buffer.from(`{"id":"r${n}","x":"${'y'.repeat(40)}"}`), target, 0);
        if (seen.has(target[part]!)) alike++;
        seen.add(target[part]!);
      }
      // 100,000 random numbers of 32 bits have about one pair.
      assert.ok(alike < 8, `${alike} in part ${part}`);
    }
  }).timeout(20_000);
});
