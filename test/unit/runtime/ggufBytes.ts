import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is gone after the suite. */
export function temporaryFolder(): { readonly file: (name?: string) => string } {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-test-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  return { file: (name = randomUUID()) => path.join(folder, name) };
}

export async function write(file: string, ...parts: (Buffer | string)[]): Promise<string> {
  await writeFile(
    file,
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
  );
  return file;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}

export function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

export const stringKey = (key: string, value: string): Buffer =>
  Buffer.concat([text(key), u32(8), text(value)]);
export const u32Key = (key: string, value: number): Buffer => Buffer.concat([text(key), u32(4), u32(value)]);

export interface RawTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type?: number;
  readonly data: Buffer;
}

/** A GGUF written without the product's writer: an independent witness of the format. */
export function rawGguf(keys: readonly Buffer[], tensors: readonly RawTensor[]): Buffer {
  const infos: Buffer[] = [];
  const datas: Buffer[] = [];
  let offset = 0;
  for (const { name, dims, type = 0, data } of tensors) {
    infos.push(text(name), u32(dims.length), ...dims.map((dim) => u64(dim)), u32(type), u64(offset));
    const padded = Buffer.concat([data, Buffer.alloc((32 - (data.length % 32)) % 32)]);
    datas.push(padded);
    offset += padded.length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(keys.length),
    ...keys,
    ...infos,
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), ...datas]);
}

/** The smallest file that counts as a language model: 2 layers' worth of nothing but one weight. */
export function smallModel(): Buffer {
  return rawGguf(
    [
      stringKey('general.architecture', 'llama'),
      stringKey('general.name', 'Small'),
      u32Key('llama.context_length', 64),
    ],
    [{ name: 'token_embd.weight', dims: [4, 2], data: Buffer.alloc(32) }],
  );
}
