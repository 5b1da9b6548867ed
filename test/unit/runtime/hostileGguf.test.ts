import { strict as assert } from 'node:assert';
import { readBase } from '../../../src/adapter/base';
import { planConversion } from '../../../src/adapter/plan';
import { UserError } from '../../../src/protocol/errors';
import { checkAdapter } from '../../../src/runtime/adapterCheck';
import { describeModel, readGguf } from '../../../src/runtime/gguf';
import type { Gguf } from '../../../src/runtime/gguf';
import { contextOf, memoryNeed } from '../../../src/runtime/memory';
import { random } from '../../bench/measure';
import { FFN, HEADS, HIDDEN, KV_HEADS, SHAPES, baseGguf } from '../adapter/adapterFiles';
import { f32, rawGguf, stringKey, temporaryFolder, text, u32, u32Key, u64, write } from './ggufBytes';
import type { RawTensor } from './ggufBytes';
import { allocationsOf, mutate, randomBytes, refusalOf } from './hostile';
import type { HostileCase } from './hostile';

const SEED = 5_000;
const MUTATIONS = 3_600;
const RANDOM = 400;

const keys = (hidden = HIDDEN): Buffer[] => [
  stringKey('general.architecture', 'llama'),
  stringKey('general.name', 'Pequeno'),
  u32Key('llama.context_length', 64),
  u32Key('llama.embedding_length', hidden),
  u32Key('llama.feed_forward_length', FFN),
  u32Key('llama.block_count', 1),
  u32Key('llama.attention.head_count', HEADS),
  u32Key('llama.attention.head_count_kv', KV_HEADS),
  Buffer.concat([text('tokenizer.ggml.tokens'), u32(9), u32(8), u64(3), text('o'), text('mar'), text('')]),
  Buffer.concat([text('tokenizer.ggml.scores'), u32(9), u32(6), u64(3), f32(1), f32(2), f32(3)]),
];
const weight = (name: string, columns: number, rows: number): RawTensor => ({
  name,
  dims: [columns, rows],
  data: Buffer.alloc(columns * rows * 4, 1),
});
const tensors = [
  weight('token_embd.weight', HIDDEN, 3),
  weight('blk.0.attn_q.weight', HIDDEN, HIDDEN),
  weight('blk.0.attn_k.weight', HIDDEN, 8),
];
const model = (): Buffer => rawGguf(keys(), tensors);
const adapter = (): Buffer =>
  rawGguf(
    [
      stringKey('general.architecture', 'llama'),
      stringKey('general.type', 'adapter'),
      stringKey('adapter.type', 'lora'),
      Buffer.concat([text('adapter.lora.alpha'), u32(6), f32(8)]),
    ],
    [weight('blk.0.attn_q.weight.lora_a', HIDDEN, 2), weight('blk.0.attn_q.weight.lora_b', 2, HIDDEN)],
  );

/** A file whose tensors are described as told, whatever lies there. */
function described(
  entries: readonly {
    name?: string | Buffer;
    dims?: bigint[];
    count?: number;
    type?: number;
    offset?: bigint;
  }[],
  extra: readonly Buffer[] = [],
): Buffer {
  const all = [...keys(), ...extra];
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(entries.length),
    u64(all.length),
    ...all,
    ...entries.flatMap(({ name = 'x', dims = [4n], count = dims.length, type = 0, offset = 0n }) => [
      typeof name === 'string' ? text(name) : Buffer.concat([u64(name.length), name]),
      u32(count),
      ...dims.map(u64),
      u32(type),
      u64(offset),
    ]),
    Buffer.alloc(1024),
  ]);
}
const value = (key: string, type: number, ...parts: Buffer[]): Buffer =>
  Buffer.concat([text(key), u32(type), ...parts]);
const head = (count: bigint, keyCount: bigint): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), u32(3), u64(count), u64(keyCount), Buffer.alloc(256)]);

/** Each of these must be refused. */
const CRAFTED: Readonly<Record<string, Buffer>> = {
  '2^63 tensors': head(2n ** 63n, 1n),
  '2^63 keys': head(1n, 2n ** 63n),
  'as many keys as a number may count': head(0n, 2n ** 53n - 1n),
  'a million tensors in 300 bytes': head(1_000_000n, 0n),
  'a key of 2^63 bytes': Buffer.concat([head(0n, 1n).subarray(0, 24), u64(2n ** 63n), Buffer.alloc(99)]),
  'a string of 2^40 bytes': rawGguf([Buffer.concat([text('a'), u32(8), u64(2n ** 40n)])], tensors),
  'an array of 2^62 strings': rawGguf([value('a', 9, u32(8), u64(2n ** 62n))], tensors),
  'an array of 2^61 numbers': rawGguf([value('a', 9, u32(10), u64(2n ** 61n))], tensors),
  'an array of arrays': rawGguf([value('a', 9, u32(9), u64(1), u32(9), u64(1), u32(4), u64(0))], tensors),
  'a thousand arrays in each other': rawGguf(
    [value('a', 9, ...Array.from({ length: 1000 }, () => Buffer.concat([u32(9), u64(1)])))],
    tensors,
  ),
  'an unknown type': rawGguf([value('a', 77)], tensors),
  'a key twice': rawGguf([stringKey('a', 'b'), stringKey('a', 'c')], tensors),
  'an alignment of 0': rawGguf([u32Key('general.alignment', 0)], tensors),
  'an alignment of 2^31': rawGguf([u32Key('general.alignment', 2 ** 31)], tensors),
  'an alignment that is no number': rawGguf([value('general.alignment', 6, f32(NaN))], tensors),
  'an alignment in words': rawGguf([stringKey('general.alignment', '32')], tensors),
  'dimensions beyond all numbers': described([{ dims: [2n ** 52n, 2n ** 52n] }]),
  'a dimension of 2^64 - 1': described([{ dims: [2n ** 64n - 1n] }]),
  'five dimensions': described([{ dims: [1n, 1n, 1n, 1n, 1n] }]),
  '2^32 - 1 dimensions': described([{ count: 2 ** 32 - 1 }]),
  'a part of a block': described([{ dims: [33n], type: 2 }]),
  'data outside the file': described([{ offset: 2n ** 40n }]),
  'data at 2^64 - 32': described([{ offset: 2n ** 64n - 32n }]),
  'more data than the file': described([{ dims: [2n ** 40n] }]),
  'data between two places': described([{ offset: 3n }]),
  'data that overlaps': described([
    { name: 'a', dims: [64n] },
    { name: 'b', offset: 32n },
  ]),
  'a tensor twice': described([{ offset: 0n }, { offset: 32n }]),
  'names that are the same once decoded': described([
    { name: Buffer.from([0xff]) },
    { name: Buffer.from([0xfe]), offset: 32n },
  ]),
};

const HOSTILE_METADATA: readonly Buffer[][] = [
  ...[
    'context_length',
    'embedding_length',
    'block_count',
    'attention.head_count',
    'feed_forward_length',
  ].flatMap((key) =>
    [
      value(`llama.${key}`, 4, u32(0)),
      value(`llama.${key}`, 4, u32(2 ** 32 - 1)),
      value(`llama.${key}`, 5, u32(2 ** 31)),
      value(`llama.${key}`, 6, f32(NaN)),
      value(`llama.${key}`, 6, f32(-Infinity)),
      value(`llama.${key}`, 10, u64(2n ** 64n - 1n)),
      value(`llama.${key}`, 7, Buffer.from([2])),
      value(`llama.${key}`, 8, text('muitos')),
      value(`llama.${key}`, 9, u32(4), u64(2), u32(1), u32(2)),
    ].map((entry) => [stringKey('general.architecture', 'llama'), entry]),
  ),
  [stringKey('general.architecture', 'a'.repeat(70_000))],
  [stringKey('general.architecture', 'llama\n\u0000\u202e')],
  [stringKey('general.architecture', 'llama'), stringKey('general.name', '\n'.repeat(100_000))],
  [stringKey('general.architecture', 'llama'), stringKey('general.type', 'x\r\n'.repeat(50_000))],
  [stringKey('general.architecture', '__proto__'), u32Key('__proto__.context_length', 3)],
  [u32Key('general.architecture', 1)],
  [],
];

describe('hostile GGUF files', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let goodModel: Gguf;
  let goodAdapter: Gguf;
  let file = '';
  let cases = 0;
  before(async () => {
    file = folder.file('hostile.gguf');
    goodModel = await readGguf(await write(folder.file(), baseGguf()));
    goodAdapter = await readGguf(await write(folder.file(), adapter()));
  });

  /** All that the extension does with a file that somebody gives it; the reader's verdict. */
  async function examine({ name, bytes }: HostileCase): Promise<string | undefined> {
    cases++;
    await write(file, bytes);
    let read: Gguf | undefined;
    let code: string | undefined;
    const largest = await allocationsOf(async () => {
      code = await refusalOf(name, async () => {
        read = await readGguf(file, { keep: bytes.length % 3 === 0 ? 10 : 0 });
      });
    });
    assert.ok(
      largest <= Math.max(bytes.length, 64),
      `${name}: asked for ${largest} of ${bytes.length} bytes`,
    );
    if (read === undefined) return code;
    const gguf = read;
    await refusalOf(`${name}: model`, () => {
      const info = describeModel(gguf);
      const { total } = memoryNeed(gguf, contextOf(undefined, info));
      assert.ok(total >= 0 && total < Infinity, `${name} takes ${total}`);
      assert.ok(info.architecture.length < 200 && (info.name ?? '').length < 200);
      assert.ok(Number.isSafeInteger(info.trainContext) && info.trainContext >= 0);
    });
    await refusalOf(`${name}: adapter`, () => checkAdapter(gguf, goodModel));
    await refusalOf(`${name}: its base`, () => checkAdapter(goodAdapter, gguf));
    await refusalOf(`${name}: conversion`, async () => {
      const base = await readBase({ gguf: file });
      const module = 'model.layers.0.self_attn.q_proj';
      const [out, inputs] = SHAPES['self_attn.q_proj']!;
      const half = (letter: string, shape: number[], offset: number) => ({
        name: `base_model.model.${module}.lora_${letter}.weight`,
        dtype: 'F32' as const,
        shape,
        offset,
        bytes: 4 * shape[0]! * shape[1]!,
      });
      planConversion(
        'adapter',
        { peft_type: 'LORA', r: 2, lora_alpha: 4 },
        'config',
        [half('A', [2, inputs], 0), half('B', [out, 2], 1000)],
        base,
      );
    });
    return undefined;
  }

  it('are read when nothing is wrong with them', async () => {
    assert.equal(await examine({ name: 'model', bytes: model() }), undefined);
    assert.equal(await examine({ name: 'adapter', bytes: adapter() }), undefined);
  });

  it('are refused at whatever byte they end', async () => {
    for (const bytes of [model(), adapter()]) {
      const end = bytes.length - 32; // the last may be padding
      for (let length = 0; length < end; length += length < 900 ? 1 : 37) {
        const code = await examine({ name: `cut at ${length}`, bytes: bytes.subarray(0, length) });
        assert.match(code ?? 'nothing', /^gguf\/(notGguf|truncated)$/, `cut at ${length}`);
      }
    }
  });

  for (const [name, bytes] of Object.entries(CRAFTED)) {
    it(`are refused: ${name}`, async () => {
      assert.match((await examine({ name, bytes })) ?? 'nothing', /^gguf\/(damaged|truncated)$/);
    });
  }

  it('may say anything of themselves', async () => {
    for (const [index, metadata] of HOSTILE_METADATA.entries()) {
      await examine({ name: `metadata ${index}`, bytes: rawGguf(metadata, tensors) });
    }
  });

  it(`end in words or are read: ${MUTATIONS} mutations and ${RANDOM} of random bytes`, async () => {
    const next = random(SEED);
    const valid = [model(), adapter(), described([{ name: 'a' }, { name: 'b', offset: 32n }])];
    const codes = new Map<string, number>();
    for (let index = 0; index < MUTATIONS; index++) {
      const mutated = mutate(valid[index % valid.length]!, next);
      const twice = next() < 0.2 ? mutate(mutated.bytes, next) : mutated;
      const code = await examine({
        name: `mutation ${index}: ${mutated.name}, ${twice.name}`,
        bytes: twice.bytes,
      });
      codes.set(code ?? 'read', (codes.get(code ?? 'read') ?? 0) + 1);
    }
    for (let index = 0; index < RANDOM; index++) {
      const bytes = randomBytes(Math.floor(next() * 400), next);
      // Half of them begin as a GGUF does.
      if (index % 2 === 0) Buffer.concat([Buffer.from('GGUF'), u32(3)]).copy(bytes);
      const code = await examine({ name: `random ${index}`, bytes });
      assert.match(code ?? 'nothing', /^gguf\//);
    }
    for (const code of ['read', 'gguf/damaged', 'gguf/truncated', 'gguf/notGguf', 'gguf/version']) {
      assert.ok((codes.get(code) ?? 0) > 5, `${code}: ${codes.get(code) ?? 0}`);
    }
  });

  it('were more than 5,000', () => assert.ok(cases > 5000, String(cases)));

  it('are an error also where they are no files', async () => {
    await assert.rejects(readGguf(folder.file('..')), UserError);
    await assert.rejects(readGguf('/dev/zero'), UserError);
    await assert.rejects(readGguf('a\u0000b'), UserError);
  });
});
