import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { CancelledError } from '../protocol/errors';
import { stampOf } from './fileStamp';
import type { FileStamp } from './fileStamp';

/** Bytes of one read. Smaller reads cost calls, larger ones memory; measured flat from 4 MB on. */
const CHUNK = 8 * 1024 * 1024;
/** What stays in a processor's own cache between being read and being looked through. */
const PIECE = 128 * 1024;
const LF = 10;
const CR = 13;

/**
 * A line's end and what is known of it, in one double: the whole part is the offset behind the line's end, the
 * fraction the flags. Offsets below 2^50 keep both exactly.
 */
const CRLF = 0.5;
const BLANK = 0.25;

export interface LineRange {
  /** Offset of the line's first byte; of the first line, behind the byte order mark. */
  readonly start: number;
  /** Offset behind the line's end mark. */
  readonly end: number;
  /** Offset of the line's end mark: `\n`, `\r\n`, or nothing at the end of the file. */
  readonly contentEnd: number;
}

/** An index as plain data, for another thread. */
export interface PackedIndex {
  readonly stamp: FileStamp;
  readonly ends: Float64Array;
  readonly first: number;
  readonly bom: boolean;
  readonly lastEnded: boolean;
  readonly blanks: number;
  readonly crlfLines: number;
}

export interface IndexOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly bytes: number; readonly total: number }) => void) | undefined;
  /** Offset of the line to begin with, instead of the file's start. */
  readonly from?: number | undefined;
  /** Offset of the line to stop at, instead of the file's end. */
  readonly to?: number | undefined;
  /**
   * Reads without leaving the thread, which takes two thirds of the time: for a thread that has nothing else to do.
   * It looks at its messages once in 8 MB.
   */
  readonly blocking?: boolean | undefined;
}

/**
 * Where every line of a file is, 8 bytes a line. Lines that are empty or hold only white space (as JSON has it) are blank:
 * they are lines, but no records. Records count from 0 and skip blank lines.
 */
export class LineIndex {
  private records: Uint32Array | undefined;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;

  constructor(
    readonly stamp: FileStamp,
    private readonly ends: Float64Array,
    private readonly first: number,
    /** Whether the file begins with a UTF-8 byte order mark. */
    readonly bom: boolean,
    private readonly lastEnded: boolean,
    private readonly blanks: number,
    private readonly crlfLines: number,
  ) {
    this.size = stamp.size;
    this.mtimeMs = stamp.mtimeMs;
  }

  static unpack(packed: PackedIndex): LineIndex {
    const { stamp, ends, first, bom, lastEnded, blanks, crlfLines } = packed;
    return new LineIndex(stamp, ends, first, bom, lastEnded, blanks, crlfLines);
  }

  /** The index of a file whose stretches, from its first line to its last, were indexed one by one. */
  static join(parts: readonly PackedIndex[]): LineIndex {
    const [first] = parts;
    const last = parts.at(-1);
    if (first === undefined || last === undefined) throw new Error('no stretches');
    const sum = (key: 'blanks' | 'crlfLines'): number => parts.reduce((total, part) => total + part[key], 0);
    const ends = new Float64Array(parts.reduce((total, part) => total + part.ends.length, 0));
    let at = 0;
    for (const part of parts) {
      ends.set(part.ends, at);
      at += part.ends.length;
    }
    return LineIndex.unpack({
      ...last,
      ends,
      first: first.first,
      bom: first.bom,
      blanks: sum('blanks'),
      crlfLines: sum('crlfLines'),
    });
  }

  /** The line ends are shared, not copied. */
  pack(): PackedIndex {
    const { stamp, ends, first, bom, lastEnded, blanks, crlfLines } = this;
    return { stamp, ends, first, bom, lastEnded, blanks, crlfLines };
  }

  /** Lines, blank ones included. */
  get count(): number {
    return this.ends.length;
  }

  get recordCount(): number {
    return this.ends.length - this.blanks;
  }

  /** The line end that most lines have; `\n` in a file without any. */
  get eol(): '\n' | '\r\n' {
    return this.crlfLines * 2 > this.ends.length - (this.lastEnded ? 0 : 1) ? '\r\n' : '\n';
  }

  /** Whether the last line has a line end; true for a file without lines. */
  get endsWithNewline(): boolean {
    return this.lastEnded || this.ends.length === 0;
  }

  range(line: number): LineRange {
    const packed = this.ends[line];
    if (packed === undefined) throw new RangeError(`no line ${line} of ${this.ends.length}`);
    const start = line === 0 ? this.first : Math.floor(this.ends[line - 1] ?? 0);
    const end = Math.floor(packed);
    const ended = line < this.ends.length - 1 || this.lastEnded;
    const mark = ended ? (packed % 1 >= CRLF ? 2 : 1) : 0;
    return { start, end, contentEnd: end - mark };
  }

  isBlank(line: number): boolean {
    return (this.ends[line] ?? 0) % CRLF >= BLANK;
  }

  /** Line (from 0) of a record; `count` for the record behind the last one. */
  lineOfRecord(record: number): number {
    if (this.blanks === 0) return record;
    return this.recordLines()[record] ?? this.count;
  }

  /** Record at a line (from 0), or undefined for a blank line and beyond the end. */
  recordOfLine(line: number): number | undefined {
    if (line < 0 || line >= this.count || this.isBlank(line)) return undefined;
    if (this.blanks === 0) return line;
    const lines = this.recordLines();
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether every line of this index is at the same place in `other`, which may have more. */
  isPrefixOf(other: LineIndex): boolean {
    if (other.count < this.count || other.first !== this.first) return false;
    for (let line = 0; line < this.count; line++) if (this.ends[line] !== other.ends[line]) return false;
    return true;
  }

  private recordLines(): Uint32Array {
    if (this.records === undefined) {
      this.records = new Uint32Array(this.recordCount);
      let record = 0;
      for (let line = 0; line < this.ends.length; line++) {
        if (!this.isBlank(line)) this.records[record++] = line;
      }
    }
    return this.records;
  }
}

/** Indexes the lines of `file`. Throws what opening and reading throw, and CancelledError. */
export async function buildLineIndex(file: string, options: IndexOptions = {}): Promise<LineIndex> {
  const handle = await open(file, 'r');
  try {
    return await indexHandle(handle, options);
  } finally {
    await handle.close();
  }
}

/** The same for an open file; the handle's position is neither used nor moved. */
export async function indexHandle(handle: FileHandle, options: IndexOptions = {}): Promise<LineIndex> {
  const { signal, onProgress, from = 0, blocking = false } = options;
  const stamp = stampOf(await handle.stat({ bigint: true }));
  const end = Math.min(options.to ?? stamp.size, stamp.size);
  const chunk = Buffer.allocUnsafe(Math.min(blocking ? PIECE : CHUNK, Math.max(1, end - from)));
  const scan = new Scan(from, Math.max(1024, Math.ceil((end - from) / 1024)));
  let position = from;
  for (let pause = from; position < end;) {
    if (position >= pause) {
      if (blocking) await setImmediate();
      if (signal?.aborted === true) throw new CancelledError();
      onProgress?.({ bytes: position - from, total: end - from });
      pause = position + CHUNK;
    }
    const wanted = Math.min(chunk.length, end - position);
    const bytesRead = blocking
      ? readSync(handle.fd, chunk, 0, wanted, position)
      : (await handle.read(chunk, 0, wanted, position)).bytesRead;
    if (bytesRead === 0) break; // cut short while it was read: what is there is indexed
    scan.add(bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead), position);
    position += bytesRead;
  }
  onProgress?.({ bytes: position - from, total: end - from });
  return scan.finish(position, position < end ? { ...stamp, size: position } : stamp);
}

/**
 * Indexes the lines that end in the first `bytes` of an open file: what can be shown of it at once. Looks further, up
 * to sixteen times as far, when no line ends there.
 */
export async function indexHead(handle: FileHandle, bytes: number): Promise<LineIndex> {
  const stamp = stampOf(await handle.stat({ bigint: true }));
  const chunk = Buffer.allocUnsafe(Math.min(bytes, Math.max(1, stamp.size)));
  const scan = new Scan(0, 1024);
  for (let position = 0; position < Math.min(stamp.size, bytes * 16);) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    scan.add(chunk.subarray(0, bytesRead), position);
    position += bytesRead;
    if (scan.lines > 0) break;
  }
  return scan.finish(scan.ended, { ...stamp, size: scan.ended });
}

class Scan {
  private ends: Float64Array;
  private count = 0;
  private blanks = 0;
  private crlfLines = 0;
  private bom = false;
  private start: number;
  /** Whether the line under way held only white space in the chunks before this one. */
  private onlySpace = true;
  private previousByte = 0;

  constructor(
    private readonly from: number,
    expectedLines: number,
  ) {
    this.ends = new Float64Array(expectedLines);
    this.start = from;
  }

  /** Lines that have ended. */
  get lines(): number {
    return this.count;
  }

  /** Offset behind the last line that has ended. */
  get ended(): number {
    return this.start;
  }

  add(chunk: Buffer, position: number): void {
    let at = 0;
    if (position === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) {
      this.bom = true;
      this.start = 3;
      at = 3;
    }
    for (;;) {
      const found = chunk.indexOf(LF, at);
      if (found === -1) break;
      const before = found === 0 ? this.previousByte : chunk[found - 1];
      const crlf = before === CR && position + found > this.start;
      const blank = this.onlySpace && isSpace(chunk, at, found);
      if (crlf) this.crlfLines++;
      this.push(position + found + 1, (crlf ? CRLF : 0) + (blank ? BLANK : 0), blank);
      at = found + 1;
    }
    if (at < chunk.length) {
      this.previousByte = chunk[chunk.length - 1] ?? 0;
      this.onlySpace &&= isSpace(chunk, at, chunk.length);
    }
  }

  finish(size: number, stamp: FileStamp): LineIndex {
    const lastEnded = this.start >= size;
    if (!lastEnded) this.push(size, this.onlySpace ? BLANK : 0, this.onlySpace);
    return new LineIndex(
      stamp,
      this.ends.slice(0, this.count),
      this.bom ? 3 : this.from,
      this.bom,
      lastEnded,
      this.blanks,
      this.crlfLines,
    );
  }

  private push(end: number, flags: number, blank: boolean): void {
    if (this.count === this.ends.length) {
      const grown = new Float64Array(Math.ceil(this.ends.length * 1.5));
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.count++] = end + flags;
    if (blank) this.blanks++;
    this.start = end;
    this.onlySpace = true;
  }
}

function isSpace(chunk: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = chunk[at];
    if (byte !== 32 && byte !== 9 && byte !== CR) return false;
  }
  return true;
}
