import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { UserError, isCancelled } from '../protocol/errors';
import type { RowKey } from './documentTypes';
import { sameStamp, stampOf } from './fileStamp';
import type { FileStamp } from './fileStamp';
import { indexHandle, indexHead } from './lineIndex';
import type { IndexOptions, LineIndex } from './lineIndex';
import { RowOrder } from './rowOrder';

/** A stretch of the file in bytes, `end` exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Indexes a whole file, in another thread for instance. */
export type Indexer = (file: string, options: IndexOptions) => Promise<LineIndex>;

export interface BaseOptions extends IndexOptions {
  /** Where the file is for now, when that is not yet `file`. */
  readonly path?: string;
  readonly indexer?: Indexer | undefined;
}

export function changedOnDisk(file: string): UserError {
  return new UserError(
    'changed-on-disk',
    t(
      '{0} was changed by another program just now. Your edits are still here: save again, and they are made on what the file has then, or save under another name.',
      file,
    ),
    { place: { file } },
  );
}

/** In-place changes take the lines away that the unsaved edits stand between. */
function baseGone(file: string): UserError {
  return new UserError(
    'changed-on-disk',
    t(
      '{0} is being rewritten by another program: nothing was saved. Your edits are still here; save again in a moment.',
      file,
    ),
    { place: { file } },
  );
}

/**
 * The file as it was when it was indexed: held open, so that it stays readable when another program puts a new
 * file in its place. `order` says which row each of its records is.
 */
export class BaseFile {
  private users = 0;
  private retired = false;

  private constructor(
    readonly file: string,
    private opened: FileHandle | undefined,
    readonly index: LineIndex,
    private rows: RowOrder,
    private stamp: FileStamp,
  ) {}

  /** `rows`: key of the first record, or the order of all of them. Throws system errors and CancelledError. */
  static async open(file: string, rows: RowKey | RowOrder, options: BaseOptions = {}): Promise<BaseFile> {
    const place = options.path ?? file;
    const handle = await open(place, 'r');
    try {
      const { indexer, ...scan } = options;
      let index: LineIndex | undefined;
      try {
        index = await indexer?.(place, scan);
      } catch (error) {
        if (isCancelled(error)) throw error; // a thread that cannot be started is no reason not to open a file
      }
      // Another file took its place between the two openings, or no other thread was asked.
      if (index === undefined || !sameStamp(index.stamp, stampOf(await handle.stat({ bigint: true })))) {
        index = await indexHandle(handle, scan);
      }
      const order = typeof rows === 'number' ? RowOrder.of([{ key: rows, count: index.recordCount }]) : rows;
      if (order.length !== index.recordCount) {
        throw new Error(`${index.recordCount} records in the file instead of ${order.length}`);
      }
      return new BaseFile(file, handle, index, order, index.stamp);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The lines that end in the first `bytes` of the file; `whole` when these are all of them. */
  static async openHead(file: string, bytes: number): Promise<{ base: BaseFile; whole: boolean }> {
    const handle = await open(file, 'r');
    try {
      const stamp = stampOf(await handle.stat({ bigint: true }));
      const whole = stamp.size <= bytes;
      const index = whole ? await indexHandle(handle) : await indexHead(handle, bytes);
      const order = RowOrder.of([{ key: 0, count: index.recordCount }]);
      return { base: new BaseFile(file, handle, index, order, whole ? index.stamp : stamp), whole };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Which row each record is. */
  get order(): RowOrder {
    return this.rows;
  }

  rekey(order: RowOrder): void {
    if (order.length !== this.index.recordCount) throw new Error('not an order of this file');
    this.rows = order;
  }

  /** Whether the open file is as it was when it was indexed: nobody has written into it. */
  async isIntact(): Promise<boolean> {
    const handle = await this.handle();
    return this.isFile(stampOf(await handle.stat({ bigint: true })));
  }

  /** Whether `stamp` is that of the very file that was indexed, unchanged. */
  isFile(stamp: FileStamp): boolean {
    return sameStamp(stamp, this.stamp);
  }

  /** Record of a row, or -1. */
  recordOf(key: RowKey): number {
    return this.order.indexOf(key);
  }

  /** The line of a record, without its end. */
  content(record: number): Stretch {
    const range = this.index.range(this.index.lineOfRecord(record));
    return { start: range.start, end: range.contentEnd };
  }

  /** The line of a record with its end and the blank lines below it, which go where it goes. */
  piece(record: number): Stretch {
    return { start: this.content(record).start, end: this.startOf(record + 1) };
  }

  /** What stands above the first record: byte order mark and blank lines. */
  head(): Stretch {
    return { start: 0, end: this.startOf(0) };
  }

  private startOf(record: number): number {
    return record < this.index.recordCount ? this.content(record).start : this.index.size;
  }

  /** Reads a stretch that fits memory. Throws UserError `changed-on-disk` when the file has become shorter. */
  async read({ start, end }: Stretch): Promise<Buffer> {
    const handle = await this.handle();
    const bytes = Buffer.allocUnsafe(end - start);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw changedOnDisk(this.file);
      done += bytesRead;
    }
    return bytes;
  }

  /** Reads a stretch into `buffer`, piece by piece. */
  async *pieces({ start, end }: Stretch, buffer: Buffer): AsyncGenerator<Buffer> {
    const handle = await this.handle();
    for (let at = start; at < end;) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) throw changedOnDisk(this.file);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /**
   * Makes sure that the open file's lines are where the index has them. A file that was touched or appended to
   * passes; one that was rewritten in place throws `changed-on-disk`.
   */
  async verify(signal?: AbortSignal): Promise<void> {
    const handle = await this.handle();
    const stamp = stampOf(await handle.stat({ bigint: true }));
    if (this.isFile(stamp)) return;
    const now = await indexHandle(handle, { signal });
    if (!this.index.isPrefixOf(now)) throw baseGone(this.file);
    this.stamp = stamp;
  }

  /** Keeps the file open until `work` is done, even when it is retired meanwhile. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.users++;
    try {
      return await work();
    } finally {
      this.users--;
      if (this.retired && this.users === 0) await this.close();
    }
  }

  /** Closes the file as soon as nobody reads it. */
  async retire(): Promise<void> {
    if (this.retired) return;
    this.retired = true;
    if (this.users === 0) await this.close();
  }

  /** Closes the file for now; the next read opens it again. Windows renames nothing over an open file. */
  async close(): Promise<void> {
    const handle = this.opened;
    this.opened = undefined;
    await handle?.close();
  }

  private async handle(): Promise<FileHandle> {
    if (this.opened !== undefined) return this.opened;
    const handle = await open(this.file, 'r');
    if (!this.isFile(stampOf(await handle.stat({ bigint: true })))) {
      await handle.close();
      throw changedOnDisk(this.file);
    }
    this.opened = handle;
    return handle;
  }
}
