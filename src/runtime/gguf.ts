import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { CancelledError, UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';
import { FILE_TYPES, GGML_TYPES } from './ggmlTypes';
import type { ModelInfo } from './protocol';

export type GgufScalar = string | number | bigint | boolean;
/** `count` is what the file declares; `items` holds at most as many as the caller asked for. */
export interface GgufArray {
  readonly elementType: number;
  readonly count: number;
  readonly items: readonly GgufScalar[];
}
export type GgufValue = GgufScalar | GgufArray;

export interface GgufTensor {
  readonly name: string;
  /** As written: the fastest-varying dimension first, so a PyTorch (out, in) matrix is [in, out]. */
  readonly dims: readonly number[];
  /** Number of a ggml type. */
  readonly type: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes, or null where the type is not known. */
  readonly bytes: number | null;
}

export interface Gguf {
  readonly file: string;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
  readonly dataOffset: number;
  readonly fileBytes: number;
}

/** Array element types by number, with their bytes; 0 is a string. Source: gguf.h. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
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
const STRING = 8;
const ARRAY = 9;

const MAX_KEYS = 65_536;
const MAX_TENSORS = 1_000_000;
/** Longest key or tensor name. llama.cpp itself stops at 64 bytes for tensors and 65,535 for keys. */
const MAX_NAME = 65_535;
/** Longest single string: chat templates reach some 100 kB. */
const MAX_STRING = 16 * 1024 * 1024;
const WINDOW = 1024 * 1024;

function notGguf(file: string): UserError {
  return new UserError('gguf/notGguf', t('{0} is not a GGUF model file.', file), {
    place: { file },
    remedies: ['chooseModel'],
  });
}

function truncated(file: string): UserError {
  return new UserError(
    'gguf/truncated',
    t('{0} ends too early: the file is incomplete. Download or copy it again.', file),
    { place: { file }, remedies: ['chooseModel'] },
  );
}

function damaged(file: string, detail: string): UserError {
  return new UserError(
    'gguf/damaged',
    t('{0} is damaged or not a valid GGUF file: {1}.', file, printable(detail)),
    {
      place: { file },
      remedies: ['chooseModel'],
    },
  );
}

/** A window that moves forward over the file. Every read is bounded by the file's size. */
class Cursor {
  private buffer = Buffer.alloc(0);
  /** File offset of `buffer[0]`. */
  private start = 0;
  /** Next byte to read, in the file. */
  position = 0;

  constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  get left(): number {
    return this.size - this.position;
  }

  has(count: number): boolean {
    return this.position - this.start + count <= this.buffer.length;
  }

  /** After this, `count` bytes can be taken without waiting. */
  async fill(count: number): Promise<void> {
    if (count > this.left) throw truncated(this.file);
    const length = Math.min(this.left, Math.max(count, WINDOW));
    const next = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(next, done, length - done, this.position + done);
      if (bytesRead === 0) throw truncated(this.file);
      done += bytesRead;
    }
    this.buffer = next;
    this.start = this.position;
  }

  /** The next `count` bytes, which `fill` has brought in; valid until the next `fill`. */
  take(count: number): Buffer {
    const from = this.position - this.start;
    this.position += count;
    return this.buffer.subarray(from, from + count);
  }

  skip(count: number): void {
    if (count > this.left) throw truncated(this.file);
    this.position += count;
    if (this.position > this.start + this.buffer.length) {
      this.buffer = Buffer.alloc(0);
      this.start = this.position;
    }
  }

  async u32(): Promise<number> {
    if (!this.has(4)) await this.fill(4);
    return this.take(4).readUInt32LE();
  }

  /** A count or an offset: refused above 2^53, where no real file is. */
  async size64(what: string): Promise<number> {
    if (!this.has(8)) await this.fill(8);
    const value = this.take(8).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(this.file, what);
    return Number(value);
  }

  async string(limit: number, what: string): Promise<string> {
    const length = await this.size64(what);
    if (length > limit) throw damaged(this.file, what);
    if (!this.has(length)) await this.fill(length);
    return this.take(length).toString('utf8');
  }
}

function decodeScalar(bytes: Buffer, type: number): GgufScalar {
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return narrow(bytes.readBigUInt64LE());
    case 11:
      return narrow(bytes.readBigInt64LE());
    default:
      return bytes.readDoubleLE();
  }
}

function narrow(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

async function readArray(cursor: Cursor, key: string, keep: number): Promise<GgufArray> {
  const elementType = await cursor.u32();
  const count = await cursor.size64(key);
  const items: GgufScalar[] = [];
  if (elementType === STRING) {
    // Each string takes at least its length's 8 bytes: a larger count cannot be in this file.
    if (count > cursor.left / 8) throw truncated(cursor.file);
    for (let index = 0; index < count; index++) {
      if (index < keep) {
        items.push(await cursor.string(MAX_STRING, key));
        continue;
      }
      if (!cursor.has(8)) await cursor.fill(8);
      const length = cursor.take(8).readBigUInt64LE();
      if (length > BigInt(cursor.left)) throw truncated(cursor.file);
      cursor.skip(Number(length));
    }
    return { elementType, count, items };
  }
  const width = SCALAR_BYTES[elementType];
  if (width === undefined) throw damaged(cursor.file, key); // nested arrays are in no model seen
  if (count > cursor.left / width) throw truncated(cursor.file);
  const kept = Math.min(count, keep);
  for (let index = 0; index < kept; index++) {
    if (!cursor.has(width)) await cursor.fill(width);
    items.push(decodeScalar(cursor.take(width), elementType));
  }
  cursor.skip((count - kept) * width);
  return { elementType, count, items };
}

async function readValue(cursor: Cursor, key: string, keep: number): Promise<GgufValue> {
  const type = await cursor.u32();
  if (type === STRING) return cursor.string(MAX_STRING, key);
  if (type === ARRAY) return readArray(cursor, key, keep);
  const width = SCALAR_BYTES[type];
  if (width === undefined) throw damaged(cursor.file, key);
  if (!cursor.has(width)) await cursor.fill(width);
  return decodeScalar(cursor.take(width), type);
}

async function readTensor(cursor: Cursor): Promise<GgufTensor> {
  const name = await cursor.string(MAX_NAME, 'tensor name');
  const dimensions = await cursor.u32();
  if (dimensions > 4) throw damaged(cursor.file, name);
  const dims: number[] = [];
  let elements = 1;
  for (let index = 0; index < dimensions; index++) {
    const dim = await cursor.size64(name);
    elements *= dim;
    if (!Number.isSafeInteger(elements)) throw damaged(cursor.file, name);
    dims.push(dim);
  }
  const type = await cursor.u32();
  const offset = await cursor.size64(name);
  const known = GGML_TYPES[type];
  if (known !== undefined && (dims[0] ?? 1) % known.block !== 0) throw damaged(cursor.file, name);
  const bytes = known === undefined ? null : (elements / known.block) * known.bytes;
  return { name, dims, type, offset, bytes };
}

async function readHeader(cursor: Cursor, keep: number, signal: AbortSignal | undefined): Promise<Gguf> {
  const { file, size } = cursor;
  if (size < 24) throw notGguf(file);
  await cursor.fill(24);
  if (cursor.take(4).toString('latin1') !== 'GGUF') throw notGguf(file);
  const version = await cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new UserError(
      'gguf/version',
      t(
        '{0} is a GGUF file of a version that is not supported. Use one made with a current llama.cpp.',
        file,
      ),
      { place: { file }, remedies: ['chooseModel'] },
    );
  }
  const tensorCount = await cursor.size64('tensor count');
  const keyCount = await cursor.size64('key count');
  // A tensor's entry takes at least 24 bytes, a key's at least 13.
  if (tensorCount > MAX_TENSORS || keyCount > MAX_KEYS) throw damaged(file, 'counts');
  if (tensorCount * 24 + keyCount * 13 > cursor.left) throw truncated(file);

  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < keyCount; index++) {
    if (signal?.aborted === true) throw new CancelledError();
    const key = await cursor.string(MAX_NAME, 'key');
    if (metadata.has(key)) throw damaged(file, key);
    metadata.set(key, await readValue(cursor, key, keep));
  }
  const relative: GgufTensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < tensorCount; index++) {
    const tensor = await readTensor(cursor);
    if (names.has(tensor.name)) throw damaged(file, tensor.name);
    names.add(tensor.name);
    relative.push(tensor);
  }
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 1 || alignment > 65_536 || alignment % 1 !== 0) {
    throw damaged(file, 'general.alignment');
  }
  const dataOffset = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = relative.map((tensor) => {
    const offset = dataOffset + tensor.offset;
    if (offset % alignment !== 0) throw damaged(file, tensor.name);
    if (offset + (tensor.bytes ?? 0) > size) throw truncated(file);
    return { ...tensor, offset };
  });
  let end = 0;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    if (tensor.offset < end) throw damaged(file, tensor.name);
    end = tensor.offset + (tensor.bytes ?? 0);
  }
  return { file, version, metadata, tensors, dataOffset, fileBytes: size };
}

/**
 * Reads the header of a GGUF file (versions 2 and 3, little-endian) as untrusted input: metadata, and every
 * tensor's name, shape, type and place, checked against the file's size. `keep` is how many items of each array
 * are kept (default 0; a vocabulary has 128,000). Throws UserError `gguf/notGguf`, `gguf/truncated`,
 * `gguf/version`, `gguf/damaged`, `gguf/missing`, `gguf/unreadable`. Source: ggml/docs/gguf.md.
 */
export async function readGguf(
  file: string,
  options: { readonly keep?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Gguf> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw notGguf(file);
    return await readHeader(new Cursor(file, handle, stat.size), options.keep ?? 0, options.signal);
  } catch (error) {
    if (error instanceof UserError || error instanceof CancelledError) throw error;
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') {
    return new UserError('gguf/missing', t('The model file {0} does not exist.', file), {
      place: { file },
      remedies: ['chooseModel'],
    });
  }
  return new UserError('gguf/unreadable', t('The model file {0} cannot be read ({1}).', file, code ?? '?'), {
    place: { file },
    remedies: ['chooseModel'],
  });
}

export function ggufString(gguf: Gguf, key: string): string | undefined {
  const value = gguf.metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

export function ggufNumber(gguf: Gguf, key: string): number | undefined {
  const value = gguf.metadata.get(key);
  return typeof value === 'number' ? value : undefined;
}

/** A number that counts something: undefined for any other, which only a damaged file has there. */
export function ggufCount(gguf: Gguf, key: string): number | undefined {
  const value = ggufNumber(gguf, key);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What the interface tells of a model. Refuses adapters and other files that are no language model. */
export function describeModel(gguf: Gguf): ModelInfo {
  const architecture = ggufString(gguf, 'general.architecture');
  const kind = ggufString(gguf, 'general.type') ?? 'model';
  if (architecture === undefined) throw damaged(gguf.file, 'general.architecture');
  if (kind !== 'model' || gguf.tensors.length === 0) {
    throw new UserError(
      'gguf/notModel',
      t('{0} is a GGUF file but not a language model (it is of type {1}).', gguf.file, printable(kind)),
      { place: { file: gguf.file }, remedies: ['chooseModel'] },
    );
  }
  const name = ggufString(gguf, 'general.name');
  return {
    architecture: printable(architecture),
    name: name === undefined ? null : printable(name),
    quantisation: quantisationOf(gguf),
    sizeBytes: gguf.fileBytes,
    trainContext: ggufCount(gguf, `${architecture}.context_length`) ?? 0,
  };
}

function quantisationOf(gguf: Gguf): string {
  const declared = FILE_TYPES[ggufNumber(gguf, 'general.file_type') ?? -1];
  if (declared !== undefined) return declared;
  const bytes = new Map<number, number>();
  for (const { type, bytes: size } of gguf.tensors) bytes.set(type, (bytes.get(type) ?? 0) + (size ?? 0));
  const [largest] = [...bytes].sort((a, b) => b[1] - a[1]);
  return GGML_TYPES[largest?.[0] ?? -1]?.name ?? '?';
}
