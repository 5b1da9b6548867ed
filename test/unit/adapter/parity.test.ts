import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { convertAdapter } from '../../../src/adapter/convert';
import { readSafetensors } from '../../../src/adapter/safetensors';
import { UserError } from '../../../src/protocol/errors';
import { checkAdapter } from '../../../src/runtime/adapterCheck';
import { RuntimeClient } from '../../../src/runtime/client';
import type { AdapterRef } from '../../../src/runtime/client';
import { readGguf } from '../../../src/runtime/gguf';
import type { Turn } from '../../../src/runtime/protocol';
import { temporaryFolder } from '../runtime/ggufBytes';
import { buildRuntimeProcess } from '../runtime/support';

/** What test/fixtures/python/adapters.py computed with PEFT and PyTorch. */
interface Reference {
  readonly conversations: readonly Turn[][];
  readonly counts: readonly number[];
  readonly prompts: readonly number[][];
  /** Log-probability of every token after each prompt. */
  readonly base: readonly number[][];
  readonly adapters: Readonly<Record<string, readonly number[][]>>;
  /** Code of the error for each adapter under `refused/`. */
  readonly refused: Readonly<Record<string, string>>;
}

const FIXTURES = path.resolve('.lab/fixtures/adapters');
const BASE = path.resolve('.lab/fixtures/tiny-llama/base.gguf');
const CONFIG = path.resolve('.lab/fixtures/tiny-llama/config.json');

/** llama.cpp keeps keys and values in float16: this far its base is from PyTorch's float32, and adapters amplify it. */
const BASE_TOLERANCE = 0.01;
const TOLERANCE = 0.05;

function loadReference(): Reference {
  const file = path.join(FIXTURES, 'reference.json');
  if (!existsSync(file) || !existsSync(BASE)) {
    throw new Error(`${file} or ${BASE} is missing: run \`node test/lab/setup.mjs fixtures\``);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Reference;
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

function floats(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

async function readGgufTensors(file: string): Promise<{ alpha: number; tensors: Map<string, Matrix> }> {
  const [gguf, bytes] = [await readGguf(file), await readFile(file)];
  const tensors = new Map(
    gguf.tensors.map(({ name, dims, offset, bytes: size }) => {
      const values = floats(bytes.subarray(offset, offset + size!));
      return [name, { columns: dims[0]!, rows: dims[1]!, values }];
    }),
  );
  return { alpha: gguf.metadata.get('adapter.lora.alpha') as number, tensors };
}

async function readExpected(file: string): Promise<Map<string, Matrix>> {
  const [tensors, bytes] = [await readSafetensors(file), await readFile(file)];
  return new Map(
    tensors.map(({ name, dtype, shape, offset, bytes: size }) => {
      assert.equal(dtype, 'F32');
      return [
        name,
        { rows: shape[0]!, columns: shape[1]!, values: floats(bytes.subarray(offset, offset + size)) },
      ];
    }),
  );
}

/** scale · B·A, as llama.cpp applies it. */
function change(b: Matrix, a: Matrix, scale: number): number[] {
  assert.equal(b.columns, a.rows);
  const result = new Array<number>(b.rows * a.columns).fill(0);
  for (let row = 0; row < b.rows; row++) {
    for (let k = 0; k < b.columns; k++) {
      const factor = scale * b.values[row * b.columns + k]!;
      for (let column = 0; column < a.columns; column++) {
        result[row * a.columns + column]! += factor * a.values[k * a.columns + column]!;
      }
    }
  }
  return result;
}

describe('parity with PEFT', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const names = existsSync(FIXTURES)
    ? readdirSync(FIXTURES).filter((name) => existsSync(path.join(FIXTURES, name, 'expected.safetensors')))
    : [];
  let reference: Reference;
  let client: RuntimeClient;

  before(async () => {
    reference = loadReference();
    client = new RuntimeClient({ script: await buildRuntimeProcess(), env: { AFINA_THREADS: '1' } });
  });
  // Nothing to dispose where the fixtures are missing.
  after(() => (client as RuntimeClient | undefined)?.dispose());

  /** Largest difference of any token's log-probability from PyTorch's, over all prompts. */
  async function distance(adapter: AdapterRef | null, expected: readonly number[][]): Promise<number> {
    let largest = 0;
    for (const [index, tokens] of reference.prompts.entries()) {
      const next = await client.nextToken({ model: { gguf: BASE }, adapter, tokens, top: 100_000 });
      assert.equal(next.length, expected[index]!.length);
      for (const { token, logProbability } of next) {
        largest = Math.max(largest, Math.abs(logProbability - expected[index]![token]!));
      }
    }
    return largest;
  }

  it('has every adapter of the reference', () => {
    assert.deepEqual([...names].sort(), Object.keys(reference.adapters).sort());
    assert.ok(names.length >= 5);
  });

  it('counts the tokens of the same conversations as transformers', async () => {
    const counts = await client.countTokens({
      model: { gguf: BASE },
      conversations: reference.conversations,
    });
    assert.deepEqual(counts, reference.counts);
  });

  it('has the same base', async () => {
    const largest = await distance(null, reference.base);
    assert.ok(largest < BASE_TOLERANCE, String(largest));
  });

  for (const name of names) {
    it(`changes each weight as PEFT does: ${name}`, async () => {
      const adapterDir = path.join(FIXTURES, name);
      const out = folder.file(`${name}.gguf`);
      const result = await convertAdapter({ adapterDir, base: { gguf: BASE }, out });
      checkAdapter(await readGguf(out), await readGguf(BASE));
      const { alpha, tensors } = await readGgufTensors(out);
      const expected = await readExpected(path.join(adapterDir, 'expected.safetensors'));
      const weights = [...expected.keys()]
        .filter((key) => key.endsWith('.delta'))
        .map((key) => key.slice(0, -6));
      assert.equal(result.tensors, 2 * weights.length);
      assert.deepEqual(
        [...tensors.keys()].sort(),
        weights.flatMap((weight) => [`${weight}.lora_a`, `${weight}.lora_b`]).sort(),
      );
      for (const weight of weights) {
        const [a, b] = [tensors.get(`${weight}.lora_a`)!, tensors.get(`${weight}.lora_b`)!];
        assert.deepEqual(a, expected.get(`${weight}.lora_a`), `${weight}.lora_a`);
        const delta = expected.get(`${weight}.delta`)!;
        assert.deepEqual([b.rows, a.columns], [delta.rows, delta.columns]);
        const largest = delta.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        for (const [index, value] of change(b, a, alpha / b.columns).entries()) {
          assert.ok(Math.abs(value - delta.values[index]!) <= 2e-6 * largest, `${weight}[${index}]`);
        }
      }
      const fromConfig = await convertAdapter({ adapterDir, base: { config: CONFIG }, out: folder.file() });
      assert.equal(fromConfig.sha256, result.sha256);
    });

    it(`predicts in llama.cpp what PEFT predicts: ${name}`, async () => {
      const out = folder.file(`${name}-2.gguf`);
      await convertAdapter({ adapterDir: path.join(FIXTURES, name), base: { gguf: BASE }, out });
      const expected = reference.adapters[name]!;
      const tuned = await distance({ gguf: out, scale: 1 }, expected);
      assert.ok(tuned < TOLERANCE, `tuned differs by ${tuned}`);
      // Without the adapter, and with half of it, the same comparison must fail: else it would prove nothing.
      assert.ok((await distance(null, expected)) > 10 * TOLERANCE);
      assert.ok((await distance({ gguf: out, scale: 0.5 }, expected)) > 2 * TOLERANCE);
      const off = await distance({ gguf: out, scale: 0 }, reference.base);
      assert.ok(off < BASE_TOLERANCE, `scale 0 differs by ${off}`);
    });
  }

  it('refuses what PEFT can train and llama.cpp cannot express', async () => {
    const kinds = Object.entries(reference.refused);
    assert.ok(kinds.length >= 3);
    for (const [name, code] of kinds) {
      const adapterDir = path.join(FIXTURES, 'refused', name);
      await assert.rejects(
        convertAdapter({ adapterDir, base: { gguf: BASE }, out: folder.file() }),
        (error) => error instanceof UserError && error.code === code,
        name,
      );
    }
  });
});
