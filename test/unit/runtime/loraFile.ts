import { writeFile } from 'node:fs/promises';
import { layOutGguf } from '../../../src/adapter/ggufWriter';
import type { WrittenValue } from '../../../src/adapter/ggufWriter';
import { ggufString, readGguf } from '../../../src/runtime/gguf';
import { random } from '../../bench/measure';

/** All linear weights of a Llama layer, as a LoRA usually has them. */
const LINEAR = /^blk\.\d+\.(attn_(q|k|v|output)|ffn_(gate|up|down))\.weight$/;

export interface LoraOptions {
  readonly seed?: number;
  readonly rank?: number;
  /** Largest value in each matrix. With the default the answers change and stay words. */
  readonly size?: number;
}

/** Writes a LoRA for every linear weight of `base`, with random values. */
export async function writeLora(
  file: string,
  base: string,
  { seed = 1, rank = 16, size = 0.02 }: LoraOptions = {},
): Promise<string> {
  const header = await readGguf(base);
  const tensors = header.tensors
    .filter(({ name }) => LINEAR.test(name))
    .flatMap(({ name, dims }) => [
      { name: `${name}.lora_a`, dims: [dims[0] ?? 0, rank] },
      { name: `${name}.lora_b`, dims: [rank, dims[1] ?? 0] },
    ])
    .map(({ name, dims }) => ({ name, dims, type: 0, bytes: dims.reduce((a, b) => a * b, 4) }));
  const layout = layOutGguf(
    new Map<string, WrittenValue>([
      ['general.architecture', { type: 'string', value: ggufString(header, 'general.architecture') ?? '' }],
      ['general.type', { type: 'string', value: 'adapter' }],
      ['adapter.type', { type: 'string', value: 'lora' }],
      ['adapter.lora.alpha', { type: 'float32', value: rank }],
    ]),
    tensors,
  );
  const next = random(seed);
  const parts = [layout.header];
  for (const [index, { bytes }] of tensors.entries()) {
    const values = Float32Array.from({ length: bytes / 4 }, () => (2 * next() - 1) * size);
    parts.push(Buffer.from(values.buffer), Buffer.alloc(layout.padding[index] ?? 0));
  }
  await writeFile(file, Buffer.concat(parts));
  return file;
}
