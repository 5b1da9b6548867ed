import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { layOutGguf } from '../../../src/adapter/ggufWriter';
import { UserError } from '../../../src/protocol/errors';
import { checkAdapter } from '../../../src/runtime/adapterCheck';
import { describeModel, readGguf } from '../../../src/runtime/gguf';
import {
  f32,
  rawGguf,
  smallModel,
  stringKey,
  temporaryFolder,
  text,
  u32,
  u32Key,
  u64,
  write,
} from './ggufBytes';

const folder = temporaryFolder();

async function refusedAs(code: string, ...parts: (Buffer | string)[]): Promise<void> {
  const file = await write(folder.file(), ...parts);
  await assert.rejects(
    readGguf(file),
    (error) => error instanceof UserError && error.code === code && error.message.includes(file),
  );
}

describe('readGguf', () => {
  it('reads metadata, arrays up to the asked length, and tensors', async () => {
    const file = await write(
      folder.file(),
      rawGguf(
        [
          stringKey('general.architecture', 'llama'),
          u32Key('llama.block_count', 2),
          Buffer.concat([text('float'), u32(6), f32(0.5)]),
          Buffer.concat([text('yes'), u32(7), Buffer.from([1])]),
          Buffer.concat([text('big'), u32(10), u64(2n ** 63n)]),
          Buffer.concat([text('tokens'), u32(9), u32(8), u64(3), text('a'), text('bc'), text('')]),
          Buffer.concat([text('scores'), u32(9), u32(6), u64(3), f32(1), f32(2), f32(3)]),
        ],
        [
          { name: 'a', dims: [3, 2], data: Buffer.alloc(24, 1) },
          { name: 'b', dims: [32], type: 8, data: Buffer.alloc(34, 2) },
        ],
      ),
    );
    const gguf = await readGguf(file, { keep: 2 });
    assert.deepEqual(Object.fromEntries(gguf.metadata), {
      'general.architecture': 'llama',
      'llama.block_count': 2,
      float: 0.5,
      yes: true,
      big: 2n ** 63n,
      tokens: { elementType: 8, count: 3, items: ['a', 'bc'] },
      scores: { elementType: 6, count: 3, items: [1, 2] },
    });
    assert.deepEqual(
      gguf.tensors.map(({ name, dims, type, bytes, offset }) => [
        name,
        dims,
        type,
        bytes,
        offset - gguf.dataOffset,
      ]),
      [
        ['a', [3, 2], 0, 24, 0],
        ['b', [32], 8, 34, 32],
      ],
    );
    assert.equal(gguf.dataOffset % 32, 0);
  });

  it('reads an array longer than its window', async function () {
    this.timeout(30_000);
    const count = 400_000;
    const item = text('word');
    const file = await write(
      folder.file(),
      rawGguf(
        [
          Buffer.concat([
            text('tokens'),
            u32(9),
            u32(8),
            u64(count),
            Buffer.alloc(count * item.length, item),
          ]),
          u32Key('after', 7),
        ],
        [],
      ),
    );
    assert.equal((await readGguf(file)).metadata.get('after'), 7);
  });

  it('names what is wrong with a file', async () => {
    await refusedAs('gguf/notGguf', 'not a model');
    await refusedAs('gguf/notGguf', '<!DOCTYPE html><html>captive portal of a hotel</html>');
    await refusedAs('gguf/version', 'GGUF', u32(1), Buffer.alloc(32));
    await refusedAs('gguf/damaged', 'GGUF', u32(3), u64(2n ** 62n), u64(0));
    await refusedAs('gguf/damaged', 'GGUF', u32(3), u64(0), u64(2n ** 40n));
    await refusedAs('gguf/truncated', 'GGUF', u32(3), u64(10), u64(10), Buffer.alloc(8));
    await assert.rejects(
      readGguf(folder.file('absent.gguf')),
      (error) => error instanceof UserError && error.code === 'gguf/missing',
    );
  });

  it('refuses a model at every length but its own', async function () {
    this.timeout(30_000);
    const whole = smallModel();
    for (let length = 0; length < whole.length; length++) {
      const file = await write(folder.file('cut.gguf'), whole.subarray(0, length));
      await assert.rejects(readGguf(file), (error) => error instanceof UserError, `at ${length}`);
    }
    await readGguf(await write(folder.file('cut.gguf'), whole));
  });

  it('survives any bytes: a result or a UserError, never a crash or a large allocation', async function () {
    this.timeout(30_000);
    const whole = smallModel();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        async (edits) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of edits) bytes[at] = value;
          const file = await write(folder.file('fuzz.gguf'), bytes);
          try {
            describeModel(await readGguf(file, { keep: 100 }));
          } catch (error) {
            assert.ok(error instanceof UserError, String(error));
          }
        },
      ),
      { seed: 20261124, numRuns: 500 },
    );
  });

  it('reads back what the writer lays out', async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 5 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), { maxLength: 5 }),
        async (strings, shapes) => {
          const tensors = shapes.map(([columns, rows], index) => ({
            name: `tensor ${index}`,
            dims: [columns, rows],
            type: 0,
            bytes: columns * rows * 4,
          }));
          const layout = layOutGguf(
            new Map(Object.entries(strings).map(([key, value]) => [key, { type: 'string' as const, value }])),
            tensors,
          );
          const file = await write(
            folder.file('written.gguf'),
            layout.header,
            Buffer.alloc(layout.total - layout.header.length),
          );
          const gguf = await readGguf(file);
          const wellFormed = (value: string): string => Buffer.from(value).toString();
          assert.deepEqual(
            [...gguf.metadata],
            Object.entries(strings).map(([key, value]) => [wellFormed(key), wellFormed(value)]),
          );
          assert.deepEqual(
            gguf.tensors.map(({ name, dims, type, bytes }) => ({ name, dims, type, bytes })),
            tensors,
          );
          assert.equal(gguf.dataOffset, layout.header.length);
        },
      ),
      { seed: 7, numRuns: 100 },
    );
  });
});

describe('describeModel', () => {
  it('tells architecture, name, quantisation and context', async () => {
    const file = await write(folder.file(), smallModel());
    assert.deepEqual(describeModel(await readGguf(file)), {
      architecture: 'llama',
      name: 'Small',
      quantisation: 'F32',
      sizeBytes: smallModel().length,
      trainContext: 64,
    });
  });

  it('refuses an adapter given as a model', async () => {
    const keys = [stringKey('general.architecture', 'llama'), stringKey('general.type', 'adapter')];
    const file = await write(folder.file(), rawGguf(keys, [{ name: 'a', dims: [1], data: Buffer.alloc(4) }]));
    const gguf = await readGguf(file);
    assert.throws(
      () => describeModel(gguf),
      (error) => error instanceof UserError && error.code === 'gguf/notModel',
    );
  });
});

describe('checkAdapter', () => {
  const matrix = (name: string, columns: number, rows: number) => ({
    name,
    dims: [columns, rows],
    data: Buffer.alloc(columns * rows * 4),
  });
  const adapterKeys = [
    stringKey('general.architecture', 'llama'),
    stringKey('general.type', 'adapter'),
    stringKey('adapter.type', 'lora'),
  ];
  const check = async (keys: Buffer[], tensors: Parameters<typeof rawGguf>[1]): Promise<void> => {
    const base = await write(
      folder.file(),
      rawGguf([stringKey('general.architecture', 'llama')], [matrix('blk.0.attn_q.weight', 8, 6)]),
    );
    const adapter = await write(folder.file(), rawGguf(keys, tensors));
    checkAdapter(await readGguf(adapter), await readGguf(base));
  };

  it('accepts one that fits', () =>
    check(adapterKeys, [
      matrix('blk.0.attn_q.weight.lora_a', 8, 2),
      matrix('blk.0.attn_q.weight.lora_b', 2, 6),
    ]));

  for (const [what, keys, tensors, code] of [
    [
      'another shape',
      adapterKeys,
      [
        ['blk.0.attn_q.weight.lora_a', 9, 2],
        ['blk.0.attn_q.weight.lora_b', 2, 6],
      ],
      'adapter/notForModel',
    ],
    ['a missing half', adapterKeys, [['blk.0.attn_q.weight.lora_a', 8, 2]], 'adapter/notForModel'],
    [
      'a weight that the model lacks',
      adapterKeys,
      [
        ['blk.9.attn_q.weight.lora_a', 8, 2],
        ['blk.9.attn_q.weight.lora_b', 2, 6],
      ],
      'adapter/notForModel',
    ],
    [
      'another architecture',
      [stringKey('general.architecture', 'gemma'), ...adapterKeys.slice(1)],
      [['blk.0.attn_q.weight.lora_a', 8, 2]],
      'adapter/notForModel',
    ],
    [
      'a model',
      [stringKey('general.architecture', 'llama')],
      [['blk.0.attn_q.weight', 8, 6]],
      'adapter/notAdapter',
    ],
  ] as const) {
    it(`refuses ${what}`, () =>
      assert.rejects(
        check(
          [...keys],
          tensors.map(([name, columns, rows]) => matrix(name, columns, rows)),
        ),
        (error) => error instanceof UserError && error.code === code,
      ));
  }
});
