/** Metadata in the few types that an adapter needs. */
export type WrittenValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'float32'; readonly value: number }
  | { readonly type: 'uint32'; readonly value: number };

export interface WrittenTensor {
  readonly name: string;
  /** Fastest-varying dimension first: a row-major (rows, columns) matrix is [columns, rows]. */
  readonly dims: readonly number[];
  /** Number of a ggml type. */
  readonly type: number;
  readonly bytes: number;
}

export interface GgufLayout {
  /** All that precedes the tensors' data, padded. */
  readonly header: Buffer;
  /** Zero bytes to write after each tensor's data, in order. */
  readonly padding: readonly number[];
  /** Bytes of the whole file. */
  readonly total: number;
}

const ALIGNMENT = 32;
const TYPES = { uint32: 4, float32: 6, string: 8 } as const;

const paddingAfter = (bytes: number): number => (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}

function encode(value: WrittenValue): Buffer {
  if (value.type === 'string') return text(value.value);
  if (value.type === 'uint32') return u32(value.value);
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value.value);
  return bytes;
}

/** Lays out a GGUF of version 3, little-endian, aligned to 32 bytes. Source: ggml/docs/gguf.md. */
export function layOutGguf(
  metadata: ReadonlyMap<string, WrittenValue>,
  tensors: readonly WrittenTensor[],
): GgufLayout {
  const parts = [Buffer.from('GGUF', 'latin1'), u32(3), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) parts.push(text(key), u32(TYPES[value.type]), encode(value));
  let offset = 0;
  const padding: number[] = [];
  for (const { name, dims, type, bytes } of tensors) {
    parts.push(text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset));
    padding.push(paddingAfter(bytes));
    offset += bytes + paddingAfter(bytes);
  }
  const head = Buffer.concat(parts);
  const header = Buffer.concat([head, Buffer.alloc(paddingAfter(head.length))]);
  return { header, padding, total: header.length + offset };
}
