import { open } from 'node:fs/promises';
import { CancelledError } from '../protocol/errors';

const LF = 10;
const CR = 13;

export interface RawLine {
  /** Counted from 1 at `start`, blank lines included. */
  readonly number: number;
  /** Offset of the first byte in the file, a byte order mark left out. */
  readonly offset: number;
  /** Without the line end. Empty when the line is longer than `longest`. */
  readonly bytes: Buffer;
  /** Bytes of the line, without its end. */
  readonly length: number;
}

export interface LineReaderOptions {
  /** Offset of a line's first byte. */
  readonly start?: number;
  /** Offset behind the last byte. Default: the file's end. */
  readonly end?: number;
  /** Bytes of one read. */
  readonly chunk?: number;
  /** Bytes up to which a line is handed out. */
  readonly longest?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Longest line that is read into memory: far above any record, far below the longest string. */
export const LONGEST_LINE = 128 * 1024 * 1024;

/** All lines of a file in batches of about a chunk. Throws system errors and CancelledError. */
export async function* readLines(file: string, options: LineReaderOptions = {}): AsyncGenerator<RawLine[]> {
  const { start = 0, end = Infinity, chunk = 4 * 1024 * 1024, longest = LONGEST_LINE, signal } = options;
  const handle = await open(file, 'r');
  try {
    /** The line under way: its pieces from earlier chunks, and their length. */
    let pieces: Buffer[] = [];
    let length = 0;
    let number = 1;
    let offset = start;
    let position = start;
    for (;;) {
      if (signal?.aborted === true) throw new CancelledError();
      // A new buffer each time: lines are views of it and may be kept by whoever gets them.
      const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunk, end - position)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      const last = bytesRead === 0 || position + bytesRead >= end;
      const lines: RawLine[] = [];
      const finish = (piece: Buffer, lineEnd: number): void => {
        length += piece.length;
        if (length <= longest) pieces.push(piece);
        const whole = length > longest ? undefined : pieces.length === 1 ? piece : Buffer.concat(pieces);
        const crlf = lineEnd > 0 && whole?.[whole.length - 1] === CR;
        const bytes = crlf ? whole.subarray(0, -1) : whole;
        lines.push({ number, offset, bytes: bytes ?? Buffer.alloc(0), length: bytes?.length ?? length });
        number++;
        offset += length + lineEnd;
        pieces = [];
        length = 0;
      };
      let at = 0;
      if (
        position === 0 &&
        bytesRead >= 3 &&
        buffer[0] === 0xef &&
        buffer[1] === 0xbb &&
        buffer[2] === 0xbf
      ) {
        at = 3;
        offset = 3;
      }
      const data = buffer.subarray(0, bytesRead);
      for (let found = data.indexOf(LF, at); found !== -1; found = data.indexOf(LF, at)) {
        finish(data.subarray(at, found), 1);
        at = found + 1;
      }
      const rest = data.subarray(at);
      length += rest.length;
      if (length <= longest) pieces.push(rest);
      else pieces = [];
      position += bytesRead;
      if (last && length > 0) finish(Buffer.alloc(0), 0);
      if (lines.length > 0) yield lines;
      if (last) return;
    }
  } finally {
    await handle.close();
  }
}

/** Whether a line holds nothing but JSON's white space: then it is no record. */
export function isBlankLine(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== CR) return false;
  return true;
}
