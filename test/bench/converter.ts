// `afina convert` beside llama.cpp's own converter, on one adapter with the shapes of a 9 B Llama.
import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, paths } from '../lab/paths.mjs';
import { input, withTemporary } from './inputs';
import type { Sample } from './measure';
import { inTurn, processCost, random, report } from './measure';

const RUNS = 3;
const SEED = 1;
const RANK = 16;
/** EuroLLM-9B's. */
const BASE = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 12_288,
  num_hidden_layers: 42,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  hidden_act: 'silu',
  max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  vocab_size: 128_000,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};
const KEYS = BASE.num_key_value_heads * BASE.head_dim;
/** [out, in] of every linear module of a layer. */
const MODULES: Readonly<Record<string, readonly [number, number]>> = {
  'self_attn.q_proj': [BASE.hidden_size, BASE.hidden_size],
  'self_attn.k_proj': [KEYS, BASE.hidden_size],
  'self_attn.v_proj': [KEYS, BASE.hidden_size],
  'self_attn.o_proj': [BASE.hidden_size, BASE.hidden_size],
  'mlp.gate_proj': [BASE.intermediate_size, BASE.hidden_size],
  'mlp.up_proj': [BASE.intermediate_size, BASE.hidden_size],
  'mlp.down_proj': [BASE.hidden_size, BASE.intermediate_size],
};

export async function run(): Promise<void> {
  const folder = await input(`adapter-9b-r${RANK}-seed${SEED}`, makeAdapter);
  const { size } = await stat(path.join(folder, 'adapter_model.safetensors'));
  const medians = await withTemporary('converted', async (out) => {
    await mkdir(out);
    const theirs = (type: string) => (): Promise<Sample> =>
      processCost(paths.venvPython, [
        path.join(paths.llamaCpp, 'convert_lora_to_gguf.py'),
        ...['--base', path.join(folder, 'base'), '--outtype', type],
        ...['--outfile', path.join(out, `${type}.gguf`), folder],
      ]);
    return inTurn(RUNS, {
      ours: () =>
        processCost(process.execPath, [
          ...[path.join(ROOT, 'dist', 'cli.js'), 'convert', folder],
          ...['--base', path.join(folder, 'base', 'config.json'), '--out', path.join(out, 'ours.gguf')],
        ]),
      // What we write; and half the bytes, which is what people often ask of it.
      f32: theirs('f32'),
      f16: theirs('f16'),
    });
  });
  for (const type of ['f32', 'f16'] as const) {
    for (const [metric, key, unit] of [
      ['whole process', 'seconds', 's'],
      ['peak memory', 'peakMB', 'MB'],
    ] as const) {
      report({
        bench: 'converter',
        case: `9 B shapes, rank ${RANK}, all linear layers, ${Math.round(size / 1e6)} MB of float32`,
        metric,
        value: medians('ours', key),
        unit,
        peer: `convert_lora_to_gguf.py --outtype ${type}`,
        peerValue: medians(type, key),
      });
    }
  }
}

async function makeAdapter(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'base'), { recursive: true });
  await writeFile(path.join(folder, 'base', 'config.json'), JSON.stringify(BASE));
  const targets = Object.keys(MODULES).map((module) => module.replace(/^.*\./, ''));
  await writeFile(
    path.join(folder, 'adapter_config.json'),
    JSON.stringify({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      r: RANK,
      lora_alpha: 2 * RANK,
      target_modules: targets,
    }),
  );
  const tensors = Array.from({ length: BASE.num_hidden_layers }, (_, layer) =>
    Object.entries(MODULES).flatMap(([module, [rows, columns]]) => {
      const name = `base_model.model.model.layers.${layer}.${module}`;
      return [
        { name: `${name}.lora_A.weight`, shape: [RANK, columns] as const },
        { name: `${name}.lora_B.weight`, shape: [rows, RANK] as const },
      ];
    }),
  ).flat();
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const { name, shape } of tensors) {
    const end = offset + shape[0] * shape[1] * 4;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const next = random(SEED);
  const handle = await open(path.join(folder, 'adapter_model.safetensors'), 'w');
  try {
    await handle.write(Buffer.concat([length, json]));
    for (const { shape } of tensors) {
      const values = Float32Array.from({ length: shape[0] * shape[1] }, () => (next() - 0.5) / 25);
      await handle.write(new Uint8Array(values.buffer));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
