import { open, truncate } from 'node:fs/promises';
import { readGguf } from '../../../src/runtime/gguf';
import { text, u32, u64 } from '../runtime/ggufBytes';

export interface Variant {
  readonly template?: string;
  /** By which rules words are cut. */
  readonly pre?: string;
  /** New texts of tokens by their ids. */
  readonly tokens?: Readonly<Record<number, string>>;
  readonly eos?: number;
}

const WIDTH: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/**
 * A GGUF with another chat template and other texts for some tokens. Its weights are a hole in the file: only its
 * tokenizer can be used.
 */
export async function writeVariant(from: string, to: string, variant: Variant): Promise<void> {
  const header = await readGguf(from);
  const handle = await open(from, 'r');
  const bytes = Buffer.alloc(header.dataOffset);
  await handle.read(bytes, 0, bytes.length, 0);
  await handle.close();

  let at = 8;
  const number32 = (): number => bytes.readUInt32LE((at += 4) - 4);
  const number64 = (): number => Number(bytes.readBigUInt64LE((at += 8) - 8));
  const string = (): string => {
    const length = number64();
    return bytes.toString('utf8', at, (at += length));
  };
  number64();
  const keys = number64();
  const parts: Buffer[] = [bytes.subarray(0, at)];
  for (let index = 0; index < keys; index++) {
    const start = at;
    const key = string();
    const type = number32();
    if (type === 9) {
      const element = number32();
      const count = number64();
      const items: Buffer[] = [];
      for (let item = 0; item < count; item++) {
        if (element !== 8) at += WIDTH[element] ?? 0;
        else {
          const value = string();
          if (key === 'tokenizer.ggml.tokens') items.push(text(variant.tokens?.[item] ?? value));
        }
      }
      if (items.length === 0) parts.push(bytes.subarray(start, at));
      else parts.push(text(key), u32(9), u32(8), u64(count), ...items);
    } else if (type === 8) {
      const value = string();
      const changed =
        key === 'tokenizer.chat_template'
          ? variant.template
          : key === 'tokenizer.ggml.pre'
            ? variant.pre
            : undefined;
      parts.push(text(key), u32(8), text(changed ?? value));
    } else {
      at += WIDTH[type] ?? 0;
      if (key === 'tokenizer.ggml.eos_token_id' && variant.eos !== undefined)
        parts.push(text(key), u32(4), u32(variant.eos));
      else parts.push(bytes.subarray(start, at));
    }
  }
  const tensors = header.tensors.length;
  const infos = at;
  for (let index = 0; index < tensors; index++) {
    string();
    const dims = number32();
    at += dims * 8 + 4 + 8;
  }
  parts.push(bytes.subarray(infos, at));
  const head = Buffer.concat(parts);
  const alignment = 32;
  const padded = Math.ceil(head.length / alignment) * alignment;
  const out = await open(to, 'w');
  await out.writeFile(head);
  await out.close();
  await truncate(to, padded + header.fileBytes - header.dataOffset);
}
