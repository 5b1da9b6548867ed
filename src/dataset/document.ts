import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError, isCancelled, messageOf } from '../protocol/errors';
import { writeFileAtomic } from './atomicWrite';
import { BaseFile, changedOnDisk } from './baseFile';
import type { Indexer } from './baseFile';
import { isOpen, readConflict, resolution } from './conflicts';
import type { Side } from './conflicts';
import { textOfBytes } from './content';
import { backupText, restoreBackup } from './documentBackup';
import { EditHistory } from './documentEdits';
import { rebaseDocument } from './documentFollow';
import { HEAD_BYTES, copyBackup, notLoaded } from './documentLoad';
import type { Loading } from './documentLoad';
import type {
  AppliedEdit,
  Conflict,
  ConflictKind,
  DocumentChange,
  DocumentEdit,
  Row,
  RowKey,
} from './documentTypes';
import { linesToKeep, readRows } from './documentReader';
import type { Snapshot } from './documentWriter';
import { snapshotOf, writeSnapshot } from './documentWriter';
import { fileError } from './fileErrors';
import { stampOf } from './fileStamp';
import { buildLineIndex } from './lineIndex';
import { LineVault } from './lineVault';
import { Originals, contentBytes } from './originals';
import { RowOrder } from './rowOrder';

export type * from './documentTypes';

/** Most rows that one `read` hands out. */
const PAGE = 5000;

export interface OpenOptions {
  /** A file that `backup` wrote: its edits are made again. */
  readonly backup?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Indexes in another thread, for instance. Default: here. */
  readonly indexer?: Indexer | undefined;
}

/**
 * A dataset that is being edited: a line index of the file and the edits over it. Rows are the lines that are not
 * blank; blank lines stay with the record above them. The file's text is never held as a whole.
 */
export class DatasetDocument {
  private readonly listeners = new Set<(change: DocumentChange) => void>();
  private readonly vault = new LineVault();
  private readonly originals = new Originals(this.vault);
  private readonly edits: EditHistory;
  private conflictKinds = new Map<RowKey, ConflictKind>();
  private queue: Promise<unknown> = Promise.resolve();
  private capturing: Promise<unknown> = Promise.resolve();
  private changes = 0;
  private edited = 0;
  private progress: Loading | undefined;
  private loader: AbortController | undefined;
  /**
   * Whether a backup's edits were made on a file that had changed since: each was made on its record, wherever that
   * is now; what both sides changed is a conflict.
   */
  restoredOnChangedFile = false;
  /** Ends when the file is known to its end; rejects when that was cancelled or failed. */
  ready: Promise<void> = Promise.resolve();

  private constructor(
    readonly file: string,
    private base: BaseFile,
    private readonly options: OpenOptions,
  ) {
    this.edits = new EditHistory(options.backup === undefined ? base.order : RowOrder.of([]));
  }

  /** Throws UserError (`file-missing`, `no-permission`, `not-a-file`, `backup-unusable`) and CancelledError. */
  static async open(file: string, options: OpenOptions = {}): Promise<DatasetDocument> {
    const document = await DatasetDocument.begin(file, options);
    try {
      await document.ready;
      return document;
    } catch (error) {
      await document.dispose();
      throw error;
    }
  }

  /**
   * Opens a file without waiting for its index: its first rows are here, the others follow (`ready`), each under the
   * key that it has. With a backup no row is shown before its edits are made. Throws as `open` does.
   */
  static async begin(file: string, options: OpenOptions = {}): Promise<DatasetDocument> {
    try {
      const { base, whole } = await BaseFile.openHead(file, HEAD_BYTES);
      const document = new DatasetDocument(file, base, options);
      if (!whole) {
        document.load();
      } else if (options.backup !== undefined) {
        try {
          await document.restore(options.backup, options.signal);
        } catch (error) {
          await document.dispose();
          throw error;
        }
      }
      return document;
    } catch (error) {
      throw fileError(error, file);
    }
  }

  /** Undefined when the whole file is known. */
  get loading(): Loading | undefined {
    return this.progress;
  }

  /** Stops reading a file that is being opened; the rows that are here stay, for reading only. */
  cancelLoading(): void {
    this.loader?.abort();
  }

  /** Reads the rest of a file whose reading was stopped. */
  continueLoading(): void {
    if (this.progress?.stopped === true) this.load();
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

  /** Rows that another program and an unsaved edit have both changed, in the document's order. */
  get conflicts(): readonly { readonly key: RowKey; readonly kind: ConflictKind }[] {
    const open = [...this.conflictKinds].map(([key, kind]) => ({ key, kind, index: this.indexOf(key) }));
    return open.sort((a, b) => a.index - b.index);
  }

  /** Key of the row at `index`. Throws RangeError outside the document. */
  row(index: number): RowKey {
    return this.edits.order.keyAt(index);
  }

  /** Position of a row, or -1 when it is not there (any more). */
  indexOf(key: RowKey): number {
    return this.edits.order.indexOf(key);
  }

  /** Whether a row's text may differ from the file's. */
  readonly isEdited = (key: RowKey): boolean => this.edits.overlay.has(key);

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
    const snapshot = snapshotOf(this.base, this.edits, this.vault, first, clamp(count, 0, PAGE));
    try {
      const rows = await snapshot.base.use(() => readRows(snapshot, first, clamp(count, 0, PAGE)));
      if (this.conflictKinds.size === 0) return rows;
      return rows.map((row) => {
        const conflict = this.conflictKinds.get(row.key);
        return conflict === undefined ? row : { ...row, conflict };
      });
    } catch (error) {
      throw fileError(error, this.file);
    }
  }

  /**
   * The bytes of a row, however long and whether they are text or not; undefined when it is not there. A row that was
   * looked at or edited has them even while another program rewrites the file in place.
   */
  async readBytes(key: RowKey): Promise<Buffer | undefined> {
    const index = this.indexOf(key);
    if (index < 0) return undefined;
    const { base, overlay } = snapshotOf(this.base, this.edits, this.vault, index, 1);
    await this.capturing;
    const content = overlay.get(key) ?? (base === this.base ? this.originals.get(key)?.content : undefined);
    try {
      return content === undefined
        ? await base.use(() => base.read(base.content(base.recordOf(key))))
        : await contentBytes(content, this.vault);
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

  /** A conflict with the texts of both sides; undefined when it is settled. */
  async conflict(key: RowKey): Promise<Conflict | undefined> {
    const kind = this.conflictKinds.get(key);
    if (kind === undefined) return undefined;
    const snapshot = snapshotOf(this.base, this.edits, this.vault, this.indexOf(key), 1);
    return snapshot.base.use(() => readConflict(snapshot, key, kind));
  }

  /**
   * Makes an edit, all of it or, when a change names a row that is not there, nothing (RangeError). Throws UserError
   * `not-loaded` while the file is not known to its end.
   */
  apply(edit: DocumentEdit): AppliedEdit {
    if (this.progress !== undefined) throw notLoaded(this.file);
    const steps = this.edits.apply(edit.changes);
    this.keepLines(this.edits.newlyTouched());
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
   * Settles a conflict. What has to be edited for that is an edit that can be undone, and then the conflict is back;
   * undefined when nothing has to.
   */
  resolve(key: RowKey, side: Side, label: string): AppliedEdit | undefined {
    const kind = this.conflictKinds.get(key);
    if (kind === undefined) return undefined;
    const change = resolution(key, kind, side);
    this.conflictKinds.delete(key);
    if (change === null) {
      if (kind === 'removedThere') this.originals.delete(key);
      this.changed('resolve', { keys: [key], structure: false });
      return undefined;
    }
    const { base } = this;
    const edit = this.apply({ label, changes: [change] });
    return {
      ...edit,
      undo: () => {
        // Saved since, what is undone is an edit like any other.
        if (base === this.base) this.conflictKinds.set(key, kind);
        edit.undo();
      },
      redo: () => {
        this.conflictKinds.delete(key);
        edit.redo();
      },
    };
  }

  /** A row that somebody looks at, and may be about to edit, keeps its key when the file changes. */
  watch(key: RowKey): void {
    if (!this.edits.touched.has(key)) this.keepLines([key]);
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
    const { indexer } = this.options;
    return this.exclusive(async () => {
      if (!overwrite) {
        const stamp = stampOf(await stat(this.file, { bigint: true }));
        if (!this.base.isFile(stamp)) throw changedOnDisk(this.file);
      }
      await this.capturing;
      const snapshot = this.snapshot();
      const { base, order } = snapshot;
      const kept = await base.use(() => linesToKeep(snapshot, this.originals.all));
      let next: BaseFile | undefined;
      try {
        await base.use(() =>
          writeSnapshot(snapshot, this.file, signal, async (temporary) => {
            next = await BaseFile.open(this.file, order, { signal, path: temporary, indexer });
            if (process.platform === 'win32') await base.close();
          }),
        );
      } catch (error) {
        await next?.retire();
        throw error;
      }
      if (next === undefined) throw new Error('nothing was written');
      await this.capturing;
      this.base = next;
      await base.retire();
      this.edits.saved(snapshot, kept);
      for (const key of [...this.originals.all.keys()]) {
        if (snapshot.overlay.has(key) || next.recordOf(key) < 0) this.originals.delete(key);
      }
      this.conflictKinds.clear();
      this.keepLines(this.edits.touched);
      this.changed('save');
    });
  }

  /** Writes the document into another file. This one goes on as it is, unsaved edits included. */
  saveAs(file: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (path.resolve(file) === path.resolve(this.file)) return this.save(options);
    return this.exclusive(async () => {
      const snapshot = this.snapshot();
      await snapshot.base.use(() =>
        writeSnapshot(snapshot, file, options.signal, async (temporary) => {
          const written = await buildLineIndex(temporary, options);
          if (written.recordCount !== snapshot.order.length) throw new Error('records were lost in writing');
        }),
      );
    }, file);
  }

  /**
   * Takes over what another program wrote into the file, and makes the unsaved edits again on that; they can still be
   * undone. What both sides changed is in `conflicts` then. Nothing happens when the file is as it was.
   */
  follow(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    return this.exclusive(async () => {
      if (this.base.isFile(stampOf(await stat(this.file, { bigint: true })))) return;
      const options = { signal, indexer: this.options.indexer };
      const next = await BaseFile.open(this.file, this.edits.nextKey, options);
      try {
        await this.takeOver(next, signal);
      } catch (error) {
        await next.retire();
        throw error;
      }
    });
  }

  /** Back to what the file has now. */
  revert(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.exclusive(async () => {
      const stamp = stampOf(await stat(this.file, { bigint: true }));
      if (this.base.isFile(stamp)) {
        this.edits.revert();
        for (const key of [...this.originals.all.keys()]) {
          if (this.base.recordOf(key) < 0) this.originals.delete(key);
        }
      } else {
        const next = await BaseFile.open(this.file, this.edits.nextKey, options);
        await this.capturing;
        await this.base.retire();
        this.base = next;
        this.originals.clear();
        this.edits.restart(next.order);
      }
      this.conflictKinds.clear();
      this.changed('revert');
    });
  }

  /** Writes the edits, and nothing of the file, to `destination`; its folder is made when it is missing. */
  async backup(
    destination: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await this.queue;
    if (this.progress !== undefined && this.options.backup !== undefined) {
      return copyBackup(this.options.backup, destination);
    }
    return this.exclusive(async () => {
      await this.capturing;
      const snapshot = this.snapshot();
      const parts = {
        snapshot,
        originals: new Map(this.originals.all),
        moved: new Set(this.edits.moved),
        conflicts: new Map(this.conflictKinds),
      };
      const text = await snapshot.base.use(() => backupText(parts, options.signal));
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
    this.loader?.abort();
    await this.queue;
    await this.capturing;
    await this.base.retire();
    await this.vault.dispose();
  }

  private load(): void {
    const loader = new AbortController();
    this.loader = loader;
    const { signal: outer, indexer } = this.options;
    const signal = outer === undefined ? loader.signal : AbortSignal.any([outer, loader.signal]);
    this.progress = { fraction: 0, stopped: false };
    this.ready = this.loadRest(signal, indexer);
    this.queue = this.ready.catch((error: unknown) => {
      this.progress = {
        fraction: 0,
        stopped: true,
        ...(isCancelled(error) ? {} : { problem: messageOf(error) }),
      };
      this.changed('load');
    });
  }

  private async loadRest(signal: AbortSignal, indexer: Indexer | undefined): Promise<void> {
    try {
      const next = await BaseFile.open(this.file, 0, {
        signal,
        indexer,
        onProgress: ({ bytes, total }) => {
          const fraction = Math.floor((100 * bytes) / Math.max(1, total)) / 100;
          if (fraction === this.progress?.fraction) return;
          this.progress = { fraction, stopped: false };
          this.changed('load', { keys: [], structure: false });
        },
      });
      const head = this.base;
      this.base = next;
      await head.retire();
      if (this.options.backup === undefined) this.edits.loaded(next.order);
      else await this.restore(this.options.backup, signal);
      this.progress = undefined;
      this.changed('load');
    } catch (error) {
      throw fileError(error, this.file);
    }
  }

  private async restore(backup: string, signal: AbortSignal | undefined): Promise<void> {
    const { base, edits, vault } = this;
    const restored = await restoreBackup(backup, { base, edits, vault, signal });
    this.restoredOnChangedFile = restored.onChangedFile;
    this.conflictKinds = new Map(restored.conflicts);
    this.keepLines(edits.touched);
  }

  private async takeOver(next: BaseFile, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      await this.capturing;
      const before = this.edited;
      const result = await rebaseDocument(
        this.snapshot(),
        this.edits,
        this.originals,
        this.conflictKinds,
        next,
        signal,
      );
      // An undo may have come in meanwhile: what was worked out does not hold any more.
      if (before !== this.edited) continue;
      const old = this.base;
      next.rekey(result.fileOrder);
      this.base = next;
      this.edits.rebased(result);
      for (const key of result.changed) this.originals.delete(key);
      this.conflictKinds = new Map(result.conflicts);
      this.keepLines([...this.edits.touched, ...result.changed]);
      this.changed('follow');
      await old.retire();
      return;
    }
  }

  /** Keeps the lines of rows that an edit depends on, as long as the file has them. */
  private keepLines(keys: Iterable<RowKey>): void {
    const wanted = [...keys];
    if (wanted.length === 0) return;
    this.capturing = this.capturing.then(async () => {
      const { base } = this;
      // A file that is rewritten just now: who reads next says so.
      await base.use(() => this.originals.capture(base, wanted)).catch(() => undefined);
    });
  }

  private snapshot(): Snapshot {
    const { order, overlay } = this.edits;
    return { base: this.base, order, overlay: new Map(overlay), vault: this.vault };
  }

  /** One file operation at a time; failures become UserErrors about `file`. */
  private async exclusive<T>(work: () => Promise<T>, file = this.file): Promise<T> {
    const result = this.queue.then(() => {
      if (this.progress !== undefined) throw notLoaded(this.file);
      return work();
    });
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
    if (reason !== 'load' && reason !== 'resolve') this.edited++;
    if (this.conflictKinds.size > 0) {
      const state = { base: this.base, order: this.edits.order, overlay: this.edits.overlay };
      for (const [key, kind] of this.conflictKinds) {
        if (!isOpen(key, kind, state)) this.conflictKinds.delete(key);
      }
    }
    for (const listener of [...this.listeners])
      listener({ reason, keys: steps.keys, structure: steps.structure });
  }
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.trunc(value))) : low;
}
