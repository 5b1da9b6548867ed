import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError } from '../protocol/errors';
import { replaceFile, writeFileAtomic } from './atomicWrite';
import { BaseFile, changedOnDisk } from './baseFile';
import { textOfBytes } from './content';
import { backupText, restoreBackup } from './documentBackup';
import { EditHistory } from './documentEdits';
import type { AppliedEdit, DocumentChange, DocumentEdit, Row, RowKey } from './documentTypes';
import { linesToKeep, readRows } from './documentReader';
import type { Snapshot } from './documentWriter';
import { writeRows } from './documentWriter';
import { fileError } from './fileErrors';
import { stampOf } from './fileStamp';
import { buildLineIndex } from './lineIndex';
import { LineVault } from './lineVault';

export type * from './documentTypes';

/** Most rows that one `read` hands out. */
const PAGE = 5000;

export interface OpenOptions {
  /** A file that `backup` wrote: its edits are made again. */
  readonly backup?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A dataset that is being edited: a line index of the file and the edits over it. Rows are the lines that are not
 * blank; blank lines stay with the record above them. The file's text is never held as a whole.
 */
export class DatasetDocument {
  private readonly listeners = new Set<(change: DocumentChange) => void>();
  private readonly edits: EditHistory;
  private queue: Promise<unknown> = Promise.resolve();
  private changes = 0;

  private constructor(
    readonly file: string,
    base: BaseFile,
    private readonly vault: LineVault,
    /**
     * Whether a backup's edits were made on a file that had changed since: edits whose line was not found again
     * came back as new records, and deletions were not repeated.
     */
    readonly restoredOnChangedFile: boolean,
    edits: EditHistory,
  ) {
    this.edits = edits;
    this.base = base;
  }

  private base: BaseFile;

  /** Throws UserError (`file-missing`, `no-permission`, `not-a-file`, `backup-unusable`) and CancelledError. */
  static async open(file: string, options: OpenOptions = {}): Promise<DatasetDocument> {
    const vault = new LineVault();
    try {
      const base = await BaseFile.open(file, 0, options);
      try {
        const edits = new EditHistory(base.order);
        const changed =
          options.backup === undefined
            ? false
            : await restoreBackup(options.backup, base, edits, options.signal);
        return new DatasetDocument(file, base, vault, changed, edits);
      } catch (error) {
        await base.retire();
        throw error;
      }
    } catch (error) {
      throw fileError(error, file);
    }
  }

  /** Number of rows. */
  get count(): number {
    return this.edits.order.length;
  }

  get isDirty(): boolean {
    return this.edits.isDirty;
  }

  /** Grows with every change, also with undo, save and revert. */
  get version(): number {
    return this.changes;
  }

  /** Key of the row at `index`. Throws RangeError outside the document. */
  row(index: number): RowKey {
    return this.edits.order.keyAt(index);
  }

  /** Position of a row, or -1 when it is not there (any more). */
  indexOf(key: RowKey): number {
    return this.edits.order.indexOf(key);
  }

  /** Line of a row in the file as it was saved last, from 1; undefined for a new row. */
  lineOf(key: RowKey): number | undefined {
    const record = this.base.recordOf(key);
    return record < 0 ? undefined : this.base.index.lineOfRecord(record) + 1;
  }

  /** Row at a line (from 1) of the file as it was saved last; undefined for blank lines and deleted rows. */
  keyOfLine(line: number): RowKey | undefined {
    const record = this.base.index.recordOfLine(line - 1);
    if (record === undefined) return undefined;
    const key = this.base.order.keyAt(record);
    return this.indexOf(key) < 0 ? undefined : key;
  }

  /** Rows `from` … `from + count - 1`, as far as there are any; at most 5000 at a time. */
  async read(from: number, count: number): Promise<Row[]> {
    const first = clamp(from, 0, this.count);
    const snapshot = this.snapshot();
    const wanted = clamp(count, 0, PAGE);
    try {
      return await snapshot.base.use(() => readRows(snapshot, first, wanted));
    } catch (error) {
      throw fileError(error, this.file);
    }
  }

  /** The row's text as the file has it; undefined for a new row and for a line that cannot be shown. */
  async savedText(key: RowKey): Promise<string | undefined> {
    const { base } = this;
    const record = base.recordOf(key);
    if (record < 0) return undefined;
    try {
      const bytes = await base.use(() => base.read(base.content(record)));
      return textOfBytes(bytes).text ?? undefined;
    } catch (error) {
      throw fileError(error, this.file);
    }
  }

  /** Makes an edit, all of it or, when a change names a row that is not there, nothing (RangeError). */
  apply(edit: DocumentEdit): AppliedEdit {
    const steps = this.edits.apply(edit.changes);
    this.changed('edit', steps);
    return {
      label: edit.label,
      inserted: steps.inserted,
      undo: () => {
        if (steps.undo()) this.changed('undo', steps);
      },
      redo: () => {
        if (steps.redo()) this.changed('redo', steps);
      },
    };
  }

  /**
   * Writes the edits into the file. Throws UserError: `changed-on-disk` when another program changed the file
   * since it was opened (unless `overwrite`), `file-missing`, `no-space`, `no-permission`, `read-only`. On any
   * failure the file is as it was and the edits are still here.
   */
  save(
    options: { readonly signal?: AbortSignal | undefined; readonly overwrite?: boolean } = {},
  ): Promise<void> {
    const { signal, overwrite = false } = options;
    return this.exclusive(async () => {
      if (!overwrite) {
        const stamp = stampOf(await stat(this.file, { bigint: true }));
        if (!this.base.isFile(stamp)) throw changedOnDisk(this.file);
      }
      const snapshot = this.snapshot();
      const { base, order } = snapshot;
      const kept = await base.use(() => linesToKeep(snapshot));
      let next: BaseFile | undefined;
      try {
        await base.use(() =>
          this.write(snapshot, this.file, signal, async (temporary) => {
            next = await BaseFile.open(this.file, order, { signal, path: temporary });
            if (process.platform === 'win32') await base.close();
          }),
        );
      } catch (error) {
        await next?.retire();
        throw error;
      }
      if (next === undefined) throw new Error('nothing was written');
      this.base = next;
      await base.retire();
      this.edits.saved(snapshot, kept);
      this.changed('save');
    });
  }

  /** Writes the document into another file. This one goes on as it is, unsaved edits included. */
  saveAs(file: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (path.resolve(file) === path.resolve(this.file)) return this.save(options);
    return this.exclusive(async () => {
      const snapshot = this.snapshot();
      await snapshot.base.use(() =>
        this.write(snapshot, file, options.signal, async (temporary) => {
          const written = await buildLineIndex(temporary, options);
          if (written.recordCount !== snapshot.order.length) throw new Error('records were lost in writing');
        }),
      );
    }, file);
  }

  /** Back to what the file has now. */
  revert(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.exclusive(async () => {
      const stamp = stampOf(await stat(this.file, { bigint: true }));
      if (this.base.isFile(stamp)) {
        this.edits.revert();
      } else {
        const next = await BaseFile.open(this.file, this.edits.nextKey, options);
        await this.base.retire();
        this.base = next;
        this.edits.restart(next.order);
      }
      this.changed('revert');
    });
  }

  /** Writes the edits, and nothing of the file, to `destination`; its folder is made when it is missing. */
  backup(destination: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.exclusive(async () => {
      const snapshot = this.snapshot();
      const text = await snapshot.base.use(() => backupText(snapshot, options.signal));
      if (options.signal?.aborted === true) throw new CancelledError();
      await writeFileAtomic(destination, text, { makeFolder: true });
    }, destination);
  }

  /** The returned function stops listening. */
  onDidChange(listener: (change: DocumentChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Closes the file once what is under way has ended. Edits that were not saved are gone. */
  async dispose(): Promise<void> {
    this.listeners.clear();
    await this.queue;
    await this.base.retire();
    await this.vault.dispose();
  }

  private snapshot(): Snapshot {
    const { order, overlay } = this.edits;
    return { base: this.base, order, overlay: new Map(overlay), vault: this.vault };
  }

  /** `check` sees the written file under its temporary name, before it takes its place. */
  private async write(
    snapshot: Snapshot,
    file: string,
    signal: AbortSignal | undefined,
    check: (temporary: string) => Promise<void>,
  ): Promise<void> {
    await snapshot.base.verify(signal);
    await replaceFile(file, (sink) => writeRows(snapshot, sink), {
      signal,
      beforeRename: async (temporary) => {
        // Once more: what was copied may have been rewritten meanwhile.
        await snapshot.base.verify(signal);
        await check(temporary);
      },
    });
  }

  /** One file operation at a time; failures become UserErrors about `file`. */
  private async exclusive<T>(work: () => Promise<T>, file = this.file): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    try {
      return await result;
    } catch (error) {
      throw fileError(error, file);
    }
  }

  private changed(
    reason: DocumentChange['reason'],
    steps: { readonly keys: readonly RowKey[]; readonly structure: boolean } = { keys: [], structure: true },
  ): void {
    this.changes++;
    for (const listener of [...this.listeners])
      listener({ reason, keys: steps.keys, structure: steps.structure });
  }
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.trunc(value))) : low;
}
