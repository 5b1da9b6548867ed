import { strict as assert } from 'node:assert';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { convertAdapter } from '../../../src/adapter/convert';
import { readSafetensors } from '../../../src/adapter/safetensors';
import { random } from '../../bench/measure';
import { readGguf } from '../../../src/runtime/gguf';
import { checkAdapter } from '../../../src/runtime/adapterCheck';
import { temporaryFolder, u64, write } from '../runtime/ggufBytes';
import { allocationsOf, mutate, randomBytes, refusalOf } from '../runtime/hostile';
import { baseGguf, encodeMatrix, matrix, rawSafetensors } from './adapterFiles';

const SEED = 5_001;
const MUTATIONS = 3_800;
const RANDOM = 400;
/** convertAdapter works in blocks of this size, whatever the file says. */
const BLOCK = 4 * 1024 * 1024;

const MODULE = 'base_model.model.model.layers.0.self_attn.q_proj';
const valid = (dtype = 'F32'): Buffer =>
  rawSafetensors([
    [`${MODULE}.lora_A.weight`, [2, 16], dtype, encodeMatrix(matrix(2, 16), dtype)],
    [`${MODULE}.lora_B.weight`, [16, 2], dtype, encodeMatrix(matrix(16, 2), dtype)],
  ]);
const withHeader = (json: string | Buffer, data = 0): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(json)), Buffer.from(json), Buffer.alloc(data)]);
const one = (entry: string, data = 8): Buffer => withHeader(`{"a":${entry}}`, data);

/** Each of these must be refused. */
const CRAFTED: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'seven bytes': Buffer.alloc(7),
  'a header of 2^64 - 1 bytes': Buffer.concat([u64(2n ** 64n - 1n), Buffer.alloc(64)]),
  'a header of one byte too many': Buffer.concat([u64(65), Buffer.alloc(64)]),
  'lists a hundred thousand deep': withHeader('['.repeat(100_000)),
  'lists a hundred thousand deep in a shape': one(
    `{"dtype":"F32","shape":${'['.repeat(100_000)}${']'.repeat(100_000)},"data_offsets":[0,8]}`,
  ),
  'objects a hundred thousand deep': withHeader('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)),
  'no UTF-8': withHeader(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  'a dimension that is no number': one('{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}'),
  'a dimension of 1e308': one('{"dtype":"F32","shape":[1e308],"data_offsets":[0,8]}'),
  'a dimension beyond all numbers': one('{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}'),
  'a dimension below 0': one('{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}'),
  'a dimension of 1.5': one('{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}'),
  'a dimension in words': one('{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}'),
  'dimensions that come to 0 and more than all': one(
    '{"dtype":"F32","shape":[0,9007199254740991,9007199254740991],"data_offsets":[0,8]}',
  ),
  'nine dimensions': one('{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}'),
  'offsets backwards': one('{"dtype":"F32","shape":[2],"data_offsets":[8,0]}'),
  'offsets below 0': one('{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}'),
  'offsets outside': one('{"dtype":"F32","shape":[2],"data_offsets":[800,808]}'),
  'three offsets': one('{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}'),
  'an offset of 2^53': one('{"dtype":"F32","shape":[2],"data_offsets":[9007199254740992,9007199254741000]}'),
  'no entry': one('null'),
  'a type of a megabyte': one(`{"dtype":"${'F'.repeat(1e6)}","shape":[2],"data_offsets":[0,8]}`),
  'a name of a megabyte': withHeader(`{"${'\\n'.repeat(5e5)}":1}`),
  'a name that all objects have': withHeader(
    '{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    9,
  ),
};

describe('hostile safetensors files', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let dir = '';
  let base = '';
  let cases = 0;
  before(async () => {
    dir = folder.file('adapter');
    await mkdir(dir);
    base = await write(folder.file('base.gguf'), baseGguf());
    await configure({});
  });
  const configure = (config: object): Promise<string> =>
    write(
      path.join(dir, 'adapter_config.json'),
      JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 4, ...config }),
    );

  /** Reads it and converts it; the verdict. What is converted must be an adapter of its base. */
  async function examine(name: string, bytes: Buffer): Promise<string | undefined> {
    cases++;
    const file = await write(path.join(dir, 'adapter_model.safetensors'), bytes);
    let code: string | undefined;
    const largest = await allocationsOf(async () => {
      code = await refusalOf(name, () => readSafetensors(file));
    });
    assert.ok(largest <= Math.max(bytes.length, 8), `${name}: asked for ${largest} of ${bytes.length} bytes`);
    if (code !== undefined) return code;
    const out = folder.file('out.gguf');
    const converting = await allocationsOf(async () => {
      code = await refusalOf(name, async () => {
        await convertAdapter({ adapterDir: dir, base: { gguf: base }, out });
        checkAdapter(await readGguf(out), await readGguf(base));
      });
    });
    assert.ok(converting <= BLOCK, `${name}: asked for ${converting} bytes`);
    return code;
  }

  it('are converted when nothing is wrong with them', async () => {
    for (const dtype of ['F32', 'F16', 'BF16']) assert.equal(await examine(dtype, valid(dtype)), undefined);
  });

  it('are refused at whatever byte they end', async () => {
    for (const bytes of [valid(), valid('F16')]) {
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(await examine(`cut at ${length}`, bytes.subarray(0, length)), 'safetensors/damaged');
      }
    }
  });

  for (const [name, bytes] of Object.entries(CRAFTED)) {
    it(`are refused: ${name}`, async () => {
      assert.match((await examine(name, bytes)) ?? 'nothing', /^safetensors\/(damaged|dtype)$/);
    });
  }

  it(`end in words or are converted: ${MUTATIONS} mutations and ${RANDOM} of random bytes`, async () => {
    const next = random(SEED);
    const files = [valid(), valid('F16')];
    const codes = new Map<string, number>();
    for (let index = 0; index < MUTATIONS; index++) {
      const mutated = mutate(files[index % 2]!, next);
      const twice = next() < 0.2 ? mutate(mutated.bytes, next) : mutated;
      const code = await examine(`mutation ${index}: ${mutated.name}, ${twice.name}`, twice.bytes);
      codes.set(code ?? 'converted', (codes.get(code ?? 'converted') ?? 0) + 1);
    }
    for (let index = 0; index < RANDOM; index++) {
      const bytes = randomBytes(Math.floor(next() * 300), next);
      // Half of them have a header of a length that fits.
      if (index % 2 === 0 && bytes.length > 8) u64(Math.floor(next() * (bytes.length - 8))).copy(bytes);
      assert.equal(await examine(`random ${index}`, bytes), 'safetensors/damaged');
    }
    for (const code of ['converted', 'safetensors/damaged', 'safetensors/dtype', 'adapter/tensor']) {
      assert.ok((codes.get(code) ?? 0) > 5, `${code}: ${codes.get(code) ?? 0}`);
    }
  });

  it('were more than 5,000', () => assert.ok(cases > 5000, String(cases)));

  it('are refused with a configuration that asks for what cannot be', async () => {
    for (const config of [
      { lora_alpha: 1e308 },
      { lora_alpha: -1e308 },
      { lora_alpha: 1e-320 },
      { r: 2 ** 52 },
      { r: 1.5 },
      { lora_alpha: 'many' },
      { rank_pattern: { '.*_proj': 2 ** 40 } },
      { alpha_pattern: { q_proj: 1e300 } },
      { alpha_pattern: { '(': 1 } },
      { init_lora_weights: `pissa${'\n'.repeat(1e5)}` },
      { peft_type: '\u0000'.repeat(1e5) },
    ]) {
      await configure(config);
      const name = JSON.stringify(config).slice(0, 80);
      assert.match((await examine(name, valid())) ?? `${name} is converted`, /^adapter\//);
    }
    await write(path.join(dir, 'adapter_config.json'), '['.repeat(1e5));
    assert.equal(await examine('lists', valid()), 'adapter/config');
  });
});
