import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { convertAdapter } from '../../../src/adapter/convert';
import { CancelledError, UserError } from '../../../src/protocol/errors';
import { checkAdapter } from '../../../src/runtime/adapterCheck';
import { readGguf } from '../../../src/runtime/gguf';
import { temporaryFolder, write } from '../runtime/ggufBytes';
import {
  BASE_CONFIG,
  GGUF_PARTS,
  HEADS,
  KV_HEADS,
  SHAPES,
  baseGguf,
  encodeMatrix,
  matrix,
  pairs,
  writeAdapter,
} from './adapterFiles';
import type { AdapterModule, Matrix } from './adapterFiles';

const folder = temporaryFolder();
const ALL = [0, 1].flatMap((layer) => Object.keys(SHAPES).map((part) => `model.layers.${layer}.${part}`));
let base = '';

before(async () => {
  base = await write(folder.file('base.gguf'), baseGguf());
});

/** B·A, row-major. */
function product(b: Matrix, a: Matrix): number[] {
  const result: number[] = [];
  for (let row = 0; row < b.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      let sum = 0;
      for (let k = 0; k < a.rows; k++)
        sum += b.values[row * b.columns + k]! * a.values[k * a.columns + column]!;
      result.push(sum);
    }
  }
  return result;
}

/** Index arithmetic instead of slices, so that it shares nothing with the product's permutation. */
function permuted(values: readonly number[], rows: number, heads: number): number[] {
  const columns = values.length / rows;
  const size = rows / heads;
  return values.map((_, index) => {
    const row = Math.floor(index / columns);
    const head = Math.floor(row / size);
    const [pair, second] = [Math.floor((row % size) / 2), row % 2];
    return values[(head * size + second * (size / 2) + pair) * columns + (index % columns)]!;
  });
}

async function readTensor(file: string, name: string): Promise<Matrix> {
  const gguf = await readGguf(file);
  const info = gguf.tensors.find((tensor) => tensor.name === name);
  assert.ok(info, `${name} is missing`);
  const bytes = (await readFile(file)).subarray(info.offset, info.offset + info.bytes!);
  return {
    rows: info.dims[1]!,
    columns: info.dims[0]!,
    values: Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4)),
  };
}

/** What llama.cpp adds to each weight must be what PEFT adds: s·B·A, rows in llama.cpp's order. */
async function sameChange(
  out: string,
  modules: readonly AdapterModule[],
  scaleOf: (module: string) => number,
): Promise<void> {
  const alpha = (await readGguf(out)).metadata.get('adapter.lora.alpha') as number;
  for (const { module, a, b } of modules) {
    const [, layer, part] = /^model\.layers\.(\d+)\.(.*)$/.exec(module)!;
    const name = `blk.${layer!}.${GGUF_PARTS[part!]!}.weight`;
    const [writtenA, writtenB] = [
      await readTensor(out, `${name}.lora_a`),
      await readTensor(out, `${name}.lora_b`),
    ];
    assert.equal(writtenA.rows, writtenB.columns);
    const applied = product(writtenB, writtenA).map((value) => (value * alpha) / writtenB.columns);
    let expected = product(b, a).map((value) => value * scaleOf(module));
    if (part === 'self_attn.q_proj') expected = permuted(expected, b.rows, HEADS);
    if (part === 'self_attn.k_proj') expected = permuted(expected, b.rows, KV_HEADS);
    const largest = Math.max(...expected.map(Math.abs));
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs(applied[index]! - value) < 1e-5 * largest, `${module}[${index}]`);
    }
  }
}

describe('convertAdapter', () => {
  for (const dtype of ['F32', 'F16', 'BF16']) {
    it(`keeps ${dtype} values to the last bit and permutes q and k alone`, async () => {
      const modules = pairs(ALL, () => 4);
      const adapterDir = await writeAdapter(folder.file(), {}, modules, { dtype });
      const out = folder.file();
      const result = await convertAdapter({ adapterDir, base: { gguf: base }, out });
      const { tensors, rank, alpha, warnings } = result;
      assert.deepEqual({ tensors, rank, alpha, warnings }, { tensors: 28, rank: 4, alpha: 8, warnings: [] });
      const bytes = await readFile(out);
      assert.equal(result.bytes, bytes.length);
      assert.equal(result.sha256, createHash('sha256').update(bytes).digest('hex'));
      for (const { module, a, b } of modules) {
        const [, layer, part] = /^model\.layers\.(\d+)\.(.*)$/.exec(module)!;
        const name = `blk.${layer!}.${GGUF_PARTS[part!]!}.weight`;
        assert.deepEqual(await readTensor(out, `${name}.lora_a`), a);
        const heads =
          part === 'self_attn.q_proj' ? HEADS : part === 'self_attn.k_proj' ? KV_HEADS : undefined;
        const values = heads === undefined ? b.values : permuted(b.values, b.rows, heads);
        assert.deepEqual(await readTensor(out, `${name}.lora_b`), { ...b, values });
      }
      checkAdapter(await readGguf(out), await readGguf(base));
    });
  }

  it('applies rsLoRA', async () => {
    const modules = pairs(ALL, () => 4);
    const adapterDir = await writeAdapter(folder.file(), { use_rslora: true }, modules);
    const out = folder.file();
    await convertAdapter({ adapterDir, base: { gguf: base }, out });
    await sameChange(out, modules, () => 8 / Math.sqrt(4));
  });

  for (const rslora of [false, true]) {
    it(`applies rank and alpha patterns${rslora ? ' with rsLoRA' : ''}`, async () => {
      const rankOf = (module: string): number =>
        module.endsWith('q_proj') ? 2 : module === 'model.layers.1.mlp.up_proj' ? 6 : 4;
      const alphaOf = (module: string): number =>
        module.includes('layers.1') && module.endsWith('v_proj') ? 3 : 8;
      const modules = pairs(ALL, rankOf);
      const adapterDir = await writeAdapter(
        folder.file(),
        {
          use_rslora: rslora,
          rank_pattern: { q_proj: 2, '^model.layers.1.mlp.up_proj': 6 },
          alpha_pattern: { '.*\\.1\\..*v_proj': 3 },
        },
        modules,
      );
      const out = folder.file();
      const { rank } = await convertAdapter({ adapterDir, base: { gguf: base }, out });
      assert.equal(rank, 6);
      await sameChange(
        out,
        modules,
        (module) => alphaOf(module) / (rslora ? Math.sqrt(rankOf(module)) : rankOf(module)),
      );
    });
  }

  it('gives the same bytes from a config.json as from a GGUF', async () => {
    const adapterDir = await writeAdapter(
      folder.file(),
      {},
      pairs(ALL, () => 4),
    );
    const config = await write(folder.file(), JSON.stringify(BASE_CONFIG));
    const fromGguf = await convertAdapter({ adapterDir, base: { gguf: base }, out: folder.file() });
    const fromConfig = await convertAdapter({ adapterDir, base: { config }, out: folder.file() });
    assert.equal(fromConfig.sha256, fromGguf.sha256);
  });

  it('warns of values that are not numbers', async () => {
    const [first, ...rest] = pairs(ALL, () => 4);
    const a = { ...first!.a, values: first!.a.values.map((value, index) => (index === 3 ? NaN : value)) };
    const adapterDir = await writeAdapter(folder.file(), {}, [{ ...first!, a }, ...rest]);
    const { warnings } = await convertAdapter({ adapterDir, base: { gguf: base }, out: folder.file() });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /q_proj\.lora_A/);
  });

  const q = 'base_model.model.model.layers.0.self_attn.q_proj';
  const one = (name: string, shape: readonly number[]) =>
    [name, shape, 'F32', Buffer.alloc(shape.reduce((x, y) => x * y, 4))] as const;
  const refusals: Record<string, readonly [code: string, config: object, extra?: ReturnType<typeof one>]> = {
    DoRA: ['adapter/dora', { use_dora: true }],
    'DoRA’s tensors': ['adapter/dora', {}, one(`${q}.lora_magnitude_vector`, [16])],
    modules_to_save: ['adapter/modulesToSave', { modules_to_save: ['lm_head'] }],
    'a whole embedding': [
      'adapter/fullEmbeddings',
      {},
      one('base_model.model.model.embed_tokens.weight', [32, 16]),
    ],
    'a whole lm_head': ['adapter/fullEmbeddings', {}, one('base_model.model.lm_head.weight', [32, 16])],
    'LoRA embeddings': [
      'adapter/embedding',
      {},
      one('base_model.model.model.embed_tokens.lora_embedding_A', [4, 32]),
    ],
    lora_bias: ['adapter/bias', { lora_bias: true }],
    'a bias tensor': ['adapter/bias', {}, one(`${q}.lora_B.bias`, [16])],
    'trainable tokens': ['adapter/trainableTokens', { trainable_token_indices: [1, 2] }],
    'trainable token tensors': [
      'adapter/trainableTokens',
      {},
      one('base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta', [2, 16]),
    ],
    fan_in_fan_out: ['adapter/fanInFanOut', { fan_in_fan_out: true }],
    IA3: ['adapter/type', { peft_type: 'IA3' }],
    'PiSSA on its own base': ['adapter/initialisation', { init_lora_weights: 'pissa_niter_4' }],
    'activated LoRA': ['adapter/variant', { alora_invocation_tokens: [5] }],
    'a missing half': [
      'adapter/pair',
      {},
      one('base_model.model.model.layers.1.mlp.up_proj.lora_A.weight', [4, 16]),
    ],
    'a rank that the configuration does not say': ['adapter/rank', { r: 8 }],
    'a layer that the base lacks': [
      'adapter/base',
      {},
      one('base_model.model.model.layers.7.mlp.up_proj.lora_A.weight', [4, 16]),
    ],
    'an unknown module': [
      'adapter/module',
      {},
      one('base_model.model.model.layers.0.mlp.router.lora_A.weight', [4, 16]),
    ],
    'a configuration that is none': ['adapter/config', { r: 'four' }],
  };
  for (const [what, [code, config, extra]] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      const half = extra?.[0].endsWith('lora_A.weight') === true && code !== 'adapter/pair';
      const other = extra?.[0].replace('lora_A', 'lora_B') ?? '';
      const adapterDir = await writeAdapter(
        folder.file(),
        config,
        pairs(ALL.slice(0, 1), () => 4),
        {
          extra: extra === undefined ? [] : half ? [extra, one(other, [24, 4])] : [extra],
        },
      );
      const out = folder.file();
      await assert.rejects(
        convertAdapter({ adapterDir, base: { gguf: base }, out }),
        (error) => error instanceof UserError && error.code === code,
      );
      await assert.rejects(readFile(out));
    });
  }

  it('refuses another base: its architecture, its shapes', async () => {
    const adapterDir = await writeAdapter(
      folder.file(),
      {},
      pairs(ALL, () => 4),
    );
    const gemma = await write(folder.file(), baseGguf('gemma'));
    const wider = await write(folder.file(), JSON.stringify({ ...BASE_CONFIG, intermediate_size: 32 }));
    const qwen = await write(folder.file(), JSON.stringify({ ...BASE_CONFIG, model_type: 'qwen2' }));
    const tied = await write(folder.file(), JSON.stringify({ ...BASE_CONFIG, tie_word_embeddings: true }));
    const head = await writeAdapter(folder.file(), {}, [
      { module: 'lm_head', a: matrix(4, 16), b: matrix(32, 4) },
    ]);
    for (const [dir, source, code] of [
      [adapterDir, { gguf: gemma }, 'adapter/architecture'],
      [adapterDir, { config: qwen }, 'adapter/architecture'],
      [adapterDir, { config: wider }, 'adapter/base'],
      [head, { config: tied }, 'adapter/base'],
      [adapterDir, { config: path.join(adapterDir, 'adapter_config.json') }, 'adapter/baseConfig'],
    ] as const) {
      await assert.rejects(
        convertAdapter({ adapterDir: dir, base: source, out: folder.file() }),
        (error) => error instanceof UserError && error.code === code,
        code,
      );
    }
  });

  it('names a folder without an adapter, and one in PyTorch’s format', async () => {
    const adapterDir = await writeAdapter(
      folder.file(),
      {},
      pairs(ALL, () => 4),
    );
    await rm(path.join(adapterDir, 'adapter_model.safetensors'));
    await writeFile(path.join(adapterDir, 'adapter_model.bin'), 'pickle');
    for (const [dir, code] of [
      [adapterDir, 'adapter/pickle'],
      [folder.file(), 'adapter/config'],
    ] as const) {
      await assert.rejects(
        convertAdapter({ adapterDir: dir, base: { gguf: base }, out: folder.file() }),
        (error) => error instanceof UserError && error.code === code,
      );
    }
  });

  it('passes over the frozen lm_head that PEFT saves beside its LoRA, and refuses a resized one', async () => {
    const config = await write(folder.file(), JSON.stringify(BASE_CONFIG));
    const head = [{ module: 'lm_head', a: matrix(4, 16), b: matrix(32, 4) }];
    const copy = (rows: number) => ({
      extra: [one('base_model.model.lm_head.base_layer.weight', [rows, 16])],
    });
    const out = folder.file();
    const same = await writeAdapter(folder.file(), {}, head, copy(32));
    assert.equal((await convertAdapter({ adapterDir: same, base: { config }, out })).tensors, 2);
    const resized = await writeAdapter(folder.file(), {}, head, copy(33));
    await assert.rejects(
      convertAdapter({ adapterDir: resized, base: { config }, out: folder.file() }),
      (error) => error instanceof UserError && error.code === 'adapter/fullEmbeddings',
    );
  });

  it('leaves nothing behind when cancelled', async () => {
    const adapterDir = await writeAdapter(
      folder.file(),
      {},
      pairs(ALL, () => 4),
    );
    const out = path.join(folder.file('cancelled'), 'adapter.gguf');
    const signal = AbortSignal.abort();
    await assert.rejects(
      convertAdapter({ adapterDir, base: { gguf: base }, out, signal }),
      (error) => error instanceof CancelledError,
    );
    assert.deepEqual(await readdir(path.dirname(out)), []);
  });

  it('copies blocks larger than its buffer', async function () {
    this.timeout(30_000);
    const [rows, columns] = [70_000, 16];
    const a = matrix(16, 16);
    const b = matrix(rows, columns, 3);
    const adapterDir = await writeAdapter(folder.file(), { r: 16, lora_alpha: 16 }, [
      { module: 'lm_head', a, b },
    ]);
    const config = await write(folder.file(), JSON.stringify({ ...BASE_CONFIG, vocab_size: rows }));
    const out = folder.file();
    await convertAdapter({ adapterDir, base: { config }, out });
    const gguf = await readGguf(out);
    const info = gguf.tensors.find(({ name }) => name === 'output.weight.lora_b')!;
    const written = (await readFile(out)).subarray(info.offset, info.offset + info.bytes!);
    assert.ok(written.equals(encodeMatrix(b)));
  });
});
