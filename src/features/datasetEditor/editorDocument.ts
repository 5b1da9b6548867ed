import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Indexer } from '../../dataset/baseFile';
import { textOfBytes } from '../../dataset/content';
import type { Side } from '../../dataset/conflicts';
import { DatasetDocument } from '../../dataset/document';
import type { AppliedEdit, Change, DocumentEdit, Row, RowKey } from '../../dataset/document';
import { stampOf } from '../../dataset/fileStamp';
import type { FindingsOf, SearchQuery } from '../../dataset/recordFilter';
import { search } from '../../dataset/search';
import { UserError } from '../../protocol/errors';
import type { FindingCounts } from '../findings/findingsService';

export interface EditorChange {
  /** Rows were added, removed or moved. */
  readonly structure: boolean;
  /** Any row may look different: the file was saved or read again. */
  readonly all: boolean;
  readonly keys: readonly RowKey[];
}

export interface Found {
  readonly keys: RowKey[];
  /** There may be more than these. */
  readonly more: boolean;
}

const MOST_FOUND = 100_000;
/** How long a file's index waits for the page to ask for its first rows. */
const FIRST_PAGE_MS = 1000;

/** A dataset that is open in VS Code: the document of the dataset room, its undo events, and who may edit it when. */
export class EditorDocument implements vscode.CustomDocument {
  private readonly edited = new vscode.EventEmitter<
    vscode.CustomDocumentEditEvent<EditorDocument> | vscode.CustomDocumentContentChangeEvent<EditorDocument>
  >();
  private readonly changed = new vscode.EventEmitter<EditorChange>();
  private readonly closed = new vscode.EventEmitter<void>();
  private queue: Promise<unknown> = Promise.resolve();
  private stamp = '';
  /** There are edits, or were: made here, or out of a backup. */
  private touched = false;
  /** Another program's change was taken over since the last save: undoing every edit may not lead to the file. */
  private followed = false;

  /** For VS Code's undo stack. */
  readonly onDidEdit = this.edited.event;
  readonly onDidChange = this.changed.event;
  readonly onDidDispose = this.closed.event;
  /** Findings of rows that differ from the file, as they were checked last. */
  readonly liveCounts = new Map<RowKey, FindingCounts>();

  private constructor(
    readonly uri: vscode.Uri,
    readonly data: DatasetDocument,
    /** A copy of something that is no file, such as the other side of a comparison; removed with the document. */
    private readonly copy: string | undefined,
    private readonly seen: () => void,
  ) {
    data.onDidChange(({ reason, structure, keys }) => {
      const all =
        reason !== 'edit' && reason !== 'undo' && reason !== 'redo' && (structure || reason === 'resolve');
      if (all) this.liveCounts.clear();
      this.changed.fire({ structure, all, keys });
    });
  }

  static async open(uri: vscode.Uri, backup: string | undefined, indexer: Indexer): Promise<EditorDocument> {
    const copy = uri.scheme === 'file' ? undefined : await copyOf(uri);
    // The index of a large file takes every processor for a moment: what is seen first goes before it.
    let seen: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      seen = resolve;
      setTimeout(resolve, backup === undefined ? FIRST_PAGE_MS : 0);
    });
    const data = await DatasetDocument.begin(copy ?? uri.fsPath, {
      backup,
      indexer: async (file, options) => {
        await first;
        return indexer(file, options);
      },
    });
    const document = new EditorDocument(uri, data, copy, seen);
    document.touched = backup !== undefined;
    document.stamp = await document.stampOnDisk();
    return document;
  }

  get readOnly(): boolean {
    return this.copy !== undefined;
  }

  /** Whether another program has changed the file since it was read or written here. */
  async changedOnDisk(): Promise<boolean> {
    const stamp = await this.stampOnDisk();
    // A file that is gone for a moment is being replaced; one that stays away is found out by the next save.
    return stamp !== '' && stamp !== this.stamp;
  }

  /** Makes an edit as one step of undo; the keys of the rows that it added come back. */
  apply(edit: DocumentEdit): Promise<readonly RowKey[]> {
    return this.inTurn(() => this.applyNow(edit));
  }

  /**
   * Replaces a row's text by what `change` makes of it, as one step of undo. Edits follow one another, so that none is
   * made on a text that another is about to replace. False when the row is gone.
   */
  replace(
    key: RowKey,
    change: (text: string) => { readonly text: string; readonly label: string },
  ): Promise<boolean> {
    return this.inTurn(async () => {
      const bytes = await this.data.readBytes(key);
      if (bytes === undefined) return false;
      const { text: before, problem } = textOfBytes(bytes);
      // Refused, what was typed stays in the form; a row that is gone takes it along.
      if (before === null) throw new UserError('record/unreadable', problem ?? '');
      const { text, label } = change(before);
      const changes: Change[] = [{ kind: 'replace', key, text }];
      if (text !== before) this.applyNow({ label, changes });
      return true;
    });
  }

  /** Replaces a row's line, also one that is no text as it is; an edit like any other. False when the row is gone. */
  replaceLine(key: RowKey, text: string): Promise<boolean> {
    return this.inTurn(() => {
      if (this.data.indexOf(key) < 0) return false;
      this.applyNow({ label: t('Repair as text'), changes: [{ kind: 'replace', key, text }] });
      return true;
    });
  }

  /** Takes over what another program wrote into the file; the unsaved edits are made again on that. */
  follow(signal?: AbortSignal): Promise<void> {
    return this.inTurn(async () => {
      await this.data.follow({ signal });
      this.followed = true;
      this.stamp = await this.stampOnDisk();
    });
  }

  /** Settles conflicts; those that are settled already are passed over. */
  resolve(keys: readonly RowKey[], side: Side): Promise<void> {
    return this.inTurn(() => {
      for (const key of keys) {
        const edit = this.data.resolve(key, side, side === 'mine' ? t('Keep mine') : t('Take theirs'));
        if (edit !== undefined) this.announce(edit);
      }
    });
  }

  /** Work that takes a while and that no other edit may come between; each `apply` is one step of undo. */
  exclusive<T>(work: (apply: (edit: DocumentEdit) => readonly RowKey[]) => Promise<T> | T): Promise<T> {
    return this.inTurn(() => {
      this.refuseReadOnly();
      return work((edit) => this.applyNow(edit));
    });
  }

  /** Edits that come in during a save wait for its end: VS Code takes them for saved otherwise. */
  save(options: { readonly signal: AbortSignal; readonly overwrite?: boolean }): Promise<void> {
    return this.inTurn(async () => {
      this.refuseReadOnly();
      await this.data.save(options);
      this.followed = false;
      this.stamp = await this.stampOnDisk();
    });
  }

  saveAs(file: string, signal: AbortSignal): Promise<void> {
    return this.inTurn(() => this.data.saveAs(file, { signal }));
  }

  revert(signal?: AbortSignal): Promise<void> {
    return this.inTurn(async () => {
      await this.data.revert({ signal });
      this.followed = false;
      this.stamp = await this.stampOnDisk();
    });
  }

  /**
   * Refuses while there has been no edit: VS Code takes a document for edited whose extension host ended and started
   * again, and a backup of the bare file would take the place of the one with the edits.
   */
  backup(file: string, signal: AbortSignal): Promise<void> {
    return this.inTurn(() => {
      if (!this.touched) throw new Error('no edit has been made here: an earlier backup stays');
      return this.data.backup(file, { signal });
    });
  }

  /** Rows for the page. */
  async page(from: number, count: number): Promise<Row[]> {
    const rows = await this.data.read(from, count);
    this.seen();
    return rows;
  }

  async row(key: RowKey): Promise<Row | undefined> {
    const index = this.data.indexOf(key);
    return index < 0 ? undefined : (await this.data.read(index, 1))[0];
  }

  /** Rows of `keys`, in their order; rows that lie side by side are read together. */
  async rows(keys: readonly RowKey[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (let at = 0; at < keys.length;) {
      const first = this.data.indexOf(keys[at] ?? -1);
      let length = 1;
      while (at + length < keys.length && this.data.indexOf(keys[at + length] ?? -1) === first + length)
        length++;
      if (first >= 0) rows.push(...(await this.data.read(first, length)));
      at += length;
    }
    return rows;
  }

  /** Searches the whole dataset; `progress` gets what there is so far while it goes on. */
  async find(
    query: SearchQuery,
    signal: AbortSignal,
    progress: (keys: RowKey[], scanned: number) => void,
    findingsOf?: FindingsOf,
  ): Promise<Found> {
    const keys: RowKey[] = [];
    for await (const batch of search(this.data, query, { signal, limit: MOST_FOUND, findingsOf })) {
      for (const key of batch.matches) keys.push(key);
      progress(keys, batch.scanned);
    }
    return { keys, more: keys.length >= MOST_FOUND };
  }

  dispose(): void {
    this.closed.fire();
    this.edited.dispose();
    this.changed.dispose();
    this.closed.dispose();
    void this.data.dispose().then(() => this.removeCopy());
  }

  private applyNow(edit: DocumentEdit): readonly RowKey[] {
    this.refuseReadOnly();
    const applied = this.data.apply(edit);
    this.announce(applied);
    return applied.inserted;
  }

  private announce(edit: AppliedEdit): void {
    this.touched = true;
    this.edited.fire({
      document: this,
      label: edit.label,
      undo: () => this.step(() => edit.undo()),
      redo: () => this.step(() => edit.redo()),
    });
  }

  /** VS Code counts steps back to the last save, where a record may still be here that the file has lost meanwhile. */
  private step(take: () => void): void {
    take();
    if (this.followed && this.data.isDirty) this.edited.fire({ document: this });
  }

  private refuseReadOnly(): void {
    if (this.readOnly) {
      throw new UserError(
        'read-only',
        t('This version of the dataset can be read but not edited. Open the file itself to edit it.'),
      );
    }
  }

  private inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    // While the file is not known to its end, edits wait; when it will not be, they fail.
    const result = this.queue.then(() => this.data.ready.catch(() => undefined)).then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async stampOnDisk(): Promise<string> {
    const found = await stat(this.data.file, { bigint: true }).catch(() => undefined);
    return found === undefined ? '' : Object.values(stampOf(found)).join(' ');
  }

  private async removeCopy(): Promise<void> {
    if (this.copy !== undefined) await rm(path.dirname(this.copy), { recursive: true, force: true });
  }
}

/** The line index needs a file: what other extensions provide (a git revision, an archive) is copied into one. */
async function copyOf(uri: vscode.Uri): Promise<string> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  const folder = await mkdtemp(path.join(tmpdir(), 'afina-copy-'));
  const file = path.join(folder, 'dataset.jsonl');
  await writeFile(file, bytes);
  return file;
}
