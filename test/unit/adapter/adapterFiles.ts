import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rawGguf, stringKey, u32Key, u64 } from '../runtime/ggufBytes';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
}

/** Values that differ in every cell and are exact in float32, float16 and bfloat16. */
export function matrix(rows: number, columns: number, seed = 1): Matrix {
  const values = Array.from(
    { length: rows * columns },
    (_, index) => (((index * 7 + seed * 13) % 255) - 127) / 16,
  );
  return { rows, columns, values };
}

function encodeHalf(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}

export function encodeMatrix({ values }: Matrix, dtype = 'F32'): Buffer {
  const bytes = Buffer.alloc(values.length * (dtype === 'F32' ? 4 : 2));
  for (const [index, value] of values.entries()) {
    if (dtype === 'F32') bytes.writeFloatLE(value, index * 4);
    else if (dtype === 'F16') bytes.writeUInt16LE(encodeHalf(value), index * 2);
    else {
      const wide = Buffer.alloc(4);
      wide.writeFloatLE(value);
      bytes.writeUInt16LE(wide.readUInt16LE(2), index * 2);
    }
  }
  return bytes;
}

/** A safetensors file written without the product. */
export function rawSafetensors(
  tensors: readonly (readonly [name: string, shape: readonly number[], dtype: string, data: Buffer])[],
): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, shape, dtype, data] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  return Buffer.concat([u64(json.length), json, ...tensors.map(([, , , data]) => data)]);
}

export const HEADS = 4;
export const KV_HEADS = 2;
export const HIDDEN = 16;
export const FFN = 24;

/** [out, in] of each module of the small base. */
export const SHAPES: Readonly<Record<string, readonly [number, number]>> = {
  'self_attn.q_proj': [HIDDEN, HIDDEN],
  'self_attn.k_proj': [(HIDDEN / HEADS) * KV_HEADS, HIDDEN],
  'self_attn.v_proj': [(HIDDEN / HEADS) * KV_HEADS, HIDDEN],
  'self_attn.o_proj': [HIDDEN, HIDDEN],
  'mlp.gate_proj': [FFN, HIDDEN],
  'mlp.up_proj': [FFN, HIDDEN],
  'mlp.down_proj': [HIDDEN, FFN],
};
export const GGUF_PARTS: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** A Llama of 2 layers whose weights are zero: only its header matters to the converter. */
export function baseGguf(architecture = 'llama'): Buffer {
  return rawGguf(
    [
      stringKey('general.architecture', architecture),
      u32Key(`${architecture}.attention.head_count`, HEADS),
      u32Key(`${architecture}.attention.head_count_kv`, KV_HEADS),
    ],
    [0, 1].flatMap((layer) =>
      Object.entries(SHAPES).map(([module, [out, inputs]]) => ({
        name: `blk.${layer}.${GGUF_PARTS[module]!}.weight`,
        dims: [inputs, out],
        data: Buffer.alloc(out * inputs * 4),
      })),
    ),
  );
}

export const BASE_CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: HIDDEN,
  intermediate_size: FFN,
  num_hidden_layers: 2,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  vocab_size: 32,
  tie_word_embeddings: false,
};

export interface AdapterModule {
  readonly module: string;
  readonly a: Matrix;
  readonly b: Matrix;
}

/** LoRA pairs for `modules` of the small base, ranks by module. */
export function pairs(modules: readonly string[], rankOf: (module: string) => number): AdapterModule[] {
  return modules.map((module, index) => {
    const [out, inputs] = SHAPES[module.replace(/^model\.layers\.\d+\./, '')]!;
    const rank = rankOf(module);
    return { module, a: matrix(rank, inputs, index), b: matrix(out, rank, index + 50) };
  });
}

export async function writeAdapter(
  folder: string,
  config: object,
  modules: readonly AdapterModule[],
  options: { dtype?: string; extra?: readonly (readonly [string, readonly number[], string, Buffer])[] } = {},
): Promise<string> {
  const dtype = options.dtype ?? 'F32';
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'adapter_config.json'),
    JSON.stringify({ peft_type: 'LORA', r: 4, lora_alpha: 8, ...config }),
  );
  await writeFile(
    path.join(folder, 'adapter_model.safetensors'),
    rawSafetensors([
      ...modules.flatMap(({ module, a, b }) => [
        [
          `base_model.model.${module}.lora_A.weight`,
          [a.rows, a.columns],
          dtype,
          encodeMatrix(a, dtype),
        ] as const,
        [
          `base_model.model.${module}.lora_B.weight`,
          [b.rows, b.columns],
          dtype,
          encodeMatrix(b, dtype),
        ] as const,
      ]),
      ...(options.extra ?? []),
    ]),
  );
  return folder;
}
