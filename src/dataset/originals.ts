import { createHash } from 'node:crypto';
import { CancelledError } from '../protocol/errors';
import type { BaseFile } from './baseFile';
import type { Content } from './content';
import type { RowKey } from './documentTypes';
import { idOfLine } from './lineId';
import type { LineVault } from './lineVault';

/** Bytes of one read: neighbours are read together. */
const READ = 4 * 1024 * 1024;
/** Bytes between two wanted lines that are read along rather than skipped. */
const GAP = 16 * 1024;

export interface RecordLine {
  readonly record: number;
  /** The line, its end and the blank lines below it. A view of a larger buffer. */
  readonly piece: Buffer;
  readonly contentLength: number;
}

/** The line of a row as it is in the file, from before anybody else changed it. */
export interface Original {
  readonly hash: string;
  readonly id: string | undefined;
  /** Bytes; undefined when only the hash is known. */
  readonly length: number | undefined;
  /** Undefined when it came out of a backup, and no undo can ask for it. */
  readonly content: Content | undefined;
}

/** Lines of records, which are given in ascending order. */
export async function* linesOf(
  base: BaseFile,
  records: Iterable<number>,
  signal?: AbortSignal,
): AsyncGenerator<RecordLine[]> {
  let group: number[] = [];
  let start = 0;
  let end = 0;
  const read = async (): Promise<RecordLine[]> => {
    const bytes = await base.read({ start, end });
    return group.map((record) => {
      const piece = base.piece(record);
      const content = base.content(record);
      return {
        record,
        piece: bytes.subarray(piece.start - start, piece.end - start),
        contentLength: content.end - content.start,
      };
    });
  };
  for (const record of records) {
    if (signal?.aborted === true) throw new CancelledError();
    const piece = base.piece(record);
    if (group.length > 0 && (piece.end - start > READ || piece.start - end > GAP)) {
      yield await read();
      group = [];
    }
    if (group.length === 0) start = piece.start;
    group.push(record);
    end = piece.end;
  }
  if (group.length > 0) yield await read();
}

/**
 * The file's lines of those rows that were edited, deleted, moved or looked at. Another program may rewrite the file
 * in place at any moment: then this is all that tells which record is which.
 */
export class Originals {
  private readonly lines = new Map<RowKey, Original>();

  constructor(private readonly vault: LineVault) {}

  get(key: RowKey): Original | undefined {
    return this.lines.get(key);
  }

  set(key: RowKey, original: Original): void {
    this.lines.set(key, original);
  }

  delete(key: RowKey): void {
    this.lines.delete(key);
  }

  clear(): void {
    this.lines.clear();
  }

  get all(): ReadonlyMap<RowKey, Original> {
    return this.lines;
  }

  /** Keeps the lines of `keys` that are in `base` and not kept yet. Stops when the file was rewritten in place. */
  async capture(base: BaseFile, keys: Iterable<RowKey>): Promise<void> {
    const wanted: { key: RowKey; record: number }[] = [];
    for (const key of keys) {
      if (this.lines.has(key)) continue;
      const record = base.recordOf(key);
      if (record >= 0) wanted.push({ key, record });
    }
    if (wanted.length === 0) return;
    wanted.sort((a, b) => a.record - b.record);
    let at = 0;
    for await (const lines of linesOf(
      base,
      wanted.map(({ record }) => record),
    )) {
      if (!(await base.isIntact())) return;
      for (const { piece, contentLength } of lines) {
        const key = wanted[at++]?.key;
        if (key === undefined) return;
        const line = piece.subarray(0, contentLength);
        const content = await this.vault.keep(piece, contentLength);
        this.lines.set(key, { hash: lineHash(line), id: idOfLine(line), length: contentLength, content });
      }
    }
  }
}

export function lineHash(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** The bytes that a row's content is written as, without a line end. */
export async function contentBytes(content: Content, vault: LineVault): Promise<Buffer> {
  if (content.kind === 'text') return Buffer.from(content.text, 'utf8');
  return (await vault.read(content)).subarray(0, content.contentLength);
}
