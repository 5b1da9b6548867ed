import { unwatchFile, watchFile } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DatasetDocument, DocumentEdit, Row, RowKey, RowState } from '../../dataset/document';
import type { DocumentProblem } from '../../dataset/frontMatter';
import type { RecordDocument } from '../../dataset/recordDocument';
import { UserError } from '../../protocol/errors';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';
import type { EditorDocument } from '../datasetEditor/editorDocument';
import { RECORD_SCHEME, recordAddress, recordUri } from './recordUri';
import type { RecordAddress } from './recordUri';

/** A record as it stands now, unsaved edits of an open dataset editor included. */
export interface RecordNow {
  readonly file: string;
  readonly line: string;
  readonly text: string;
  /** When the text became another one, in milliseconds. */
  readonly mtime: number;
  readonly state: RowState;
  /** Line in the file, from 1; for a record that is not in it yet, where it would be. */
  readonly lineNumber: number;
}

/** What is known of a record that is open as text: an id may be edited, and rows move. */
interface Binding {
  readonly address: RecordAddress;
  id: string;
  index: number | undefined;
  /** Where it is in an open dataset editor. */
  at?: { readonly document: EditorDocument; readonly key: RowKey };
  /** The file as it was when the record was read from it. */
  stamp?: string;
  now?: RecordNow;
  /** The text that VS Code has, as far as it was told; undefined when it was told that there is none. */
  told?: string | undefined;
}

const QUIET_MS = 100;
/** VS Code's watchers take a moment to start, and miss some file systems: this one is the net under them. */
const POLL_MS = 2000;

/** Reads and writes the records behind `afina-record:` documents. */
export class RecordSource implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly bindings = new Map<string, Binding>();
  private readonly watchers = new Map<string, vscode.Disposable>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly following: vscode.Disposable[] = [];
  private queue: Promise<unknown> = Promise.resolve();

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly editors: DatasetEditorProvider,
    /** Who edits a dataset, when that is known. */
    private readonly authorOf: (file: string) => Promise<string | undefined>,
  ) {
    const { workspace } = vscode;
    this.following.push(
      workspace.onDidOpenTextDocument(() => this.watchOpen()),
      workspace.onDidCloseTextDocument(() => this.watchOpen()),
      editors.onDidChangeRecords(({ file, keys }) => {
        const concerned = [...this.bindings.values()].some(
          ({ address, at }) =>
            address.file === file && (keys === undefined || at === undefined || keys.includes(at.key)),
        );
        if (concerned) this.lookSoon(file);
      }),
    );
  }

  /** The address of a record of an open dataset, the same one each time. */
  bind(document: EditorDocument, row: Row, id: string): vscode.Uri {
    const file = document.uri.fsPath;
    const plain = recordUri({ file, id, row: undefined });
    const before = this.bindings.get(plain.toString());
    const taken =
      before?.at?.document === document &&
      before.at.key !== row.key &&
      document.data.indexOf(before.at.key) >= 0;
    const address = { file, id, row: id === '' || taken ? row.index + 1 : undefined };
    const uri = recordUri(address);
    const binding = this.bindings.get(uri.toString()) ?? { address, id, index: row.index };
    binding.at = { document, key: row.key };
    this.bindings.set(uri.toString(), binding);
    return uri;
  }

  /** Throws FileSystemError and UserError. */
  read(uri: vscode.Uri): Promise<RecordNow> {
    return this.inTurn(() => this.readNow(this.bindingOf(uri)));
  }

  /** The text for VS Code, which hears of every change from then on. */
  deliver(uri: vscode.Uri): Promise<string> {
    return this.inTurn(async () => {
      const binding = this.bindingOf(uri);
      binding.told = (await this.readNow(binding)).text;
      return binding.told;
    });
  }

  /** Takes over what was written; refuses what is no record. Whether it is an edit that still has to be saved. */
  write(uri: vscode.Uri, text: string): Promise<{ readonly unsaved: boolean; readonly file: string }> {
    return this.inTurn(async () => {
      const binding = this.bindingOf(uri);
      const { file } = binding.address;
      const { readRecordDocument } = await import('../../dataset/recordDocument');
      const document = readRecordDocument(text);
      const editor = this.editors.documentOf(file);
      const returned = await (editor === undefined
        ? this.saveInFile(binding, document, text)
        : this.applyInEditor(editor, binding, document, text));
      // Now, so that the events of this very change find nothing new; unless the record went back to review with it.
      const now = await this.readNow(binding);
      binding.told = returned ? text : now.text;
      if (returned) this.lookSoon(file);
      return { unsaved: editor !== undefined, file };
    });
  }

  /**
   * Changes what the text does not show: in the open dataset a step of undo, else in the file. `change` throws
   * RangeError for a line that is no record.
   */
  changeLine(uri: vscode.Uri, change: (line: string) => string, label: string): Promise<void> {
    return this.inTurn(async () => {
      const binding = this.bindingOf(uri);
      const editor = this.editors.documentOf(binding.address.file);
      if (editor === undefined) {
        await withDataset(binding.address.file, async (data) => {
          const row = await this.rowOf(data, binding);
          if (row === undefined || row.text === null) throw gone(binding);
          const text = change(row.text);
          if (text === row.text) return;
          data.apply({ label, changes: [{ kind: 'replace', key: row.key, text }] });
          await data.save();
        });
      } else {
        const row = await this.rowOf(editor.data, binding, editor);
        if (row === undefined) throw gone(binding);
        await editor.replace(row.key, (line) => ({ text: change(line), label }));
      }
      this.lookSoon(binding.address.file);
    });
  }

  /** Puts a record below this one: in the open dataset a step of undo, else in the file. */
  insertBelow(uri: vscode.Uri, line: string, label: string): Promise<void> {
    return this.inTurn(async () => {
      const binding = this.bindingOf(uri);
      const { file } = binding.address;
      const insert = (data: DatasetDocument, row: Row | undefined): DocumentEdit => {
        if (row === undefined) throw gone(binding);
        return { label, changes: [{ kind: 'insert', at: data.indexOf(row.key) + 1, texts: [line] }] };
      };
      const editor = this.editors.documentOf(file);
      if (editor !== undefined) {
        await editor.apply(insert(editor.data, await this.rowOf(editor.data, binding, editor)));
        return;
      }
      await withDataset(file, async (data) => {
        data.apply(insert(data, await this.rowOf(data, binding)));
        await data.save();
      });
    });
  }

  /** Where the record stands in the editor of its dataset, which must be open. */
  async keyOf(uri: vscode.Uri): Promise<RowKey | undefined> {
    return this.inTurn(async () => {
      const binding = this.bindingOf(uri);
      const editor = this.editors.documentOf(binding.address.file);
      return editor === undefined ? undefined : (await this.rowOf(editor.data, binding, editor))?.key;
    });
  }

  dispose(): void {
    for (const each of this.following) each.dispose();
    this.changed.dispose();
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const watcher of this.watchers.values()) watcher.dispose();
  }

  private bindingOf(uri: vscode.Uri): Binding {
    const known = this.bindings.get(uri.toString());
    if (known !== undefined) return known;
    const address = recordAddress(uri);
    if (address === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    const index = address.row === undefined ? undefined : address.row - 1;
    const binding: Binding = { address, id: address.id, index };
    this.bindings.set(uri.toString(), binding);
    return binding;
  }

  private async readNow(binding: Binding): Promise<RecordNow> {
    const { file } = binding.address;
    const editor = this.editors.documentOf(file);
    const stamp = await stampOf(file);
    const same = editor === undefined && stamp !== '' && stamp === binding.stamp;
    if (same && binding.now !== undefined) return binding.now;
    delete binding.stamp;
    const found =
      editor === undefined
        ? await withDataset(file, (data) => this.locate(data, binding))
        : await this.locate(editor.data, binding, editor);
    const { writeRecordDocument } = await import('../../dataset/recordDocument');
    const text = writeRecordDocument(found.line);
    const before = binding.now;
    const mtime =
      before === undefined
        ? Number(stamp.split(' ')[0] ?? 0)
        : before.text === text
          ? before.mtime
          : Math.max(Date.now(), before.mtime + 1);
    binding.now = { file, text, mtime, ...found };
    if (editor === undefined) binding.stamp = stamp;
    return binding.now;
  }

  private async locate(
    data: DatasetDocument,
    binding: Binding,
    editor?: EditorDocument,
  ): Promise<Pick<RecordNow, 'line' | 'state' | 'lineNumber'>> {
    const row = await this.rowOf(data, binding, editor);
    if (row === undefined) throw gone(binding);
    if (row.text === null) throw new UserError('record/no-text', row.problem ?? '');
    const { idOfLine } = await import('../../dataset/findRow');
    binding.id = idOfLine(row.text);
    binding.index = row.index;
    if (editor !== undefined) binding.at = { document: editor, key: row.key };
    return { line: row.text, state: row.state, lineNumber: data.lineOf(row.key) ?? row.index + 1 };
  }

  private async rowOf(
    data: DatasetDocument,
    binding: Binding,
    editor?: EditorDocument,
  ): Promise<Row | undefined> {
    const { at, id, index, address } = binding;
    if (at !== undefined && at.document === editor) {
      const row = data.indexOf(at.key);
      if (row >= 0) return (await data.read(row, 1))[0];
    }
    const { findRow, idOfLine } = await import('../../dataset/findRow');
    if (address.row === undefined) return findRow(data, id, index);
    const row = index === undefined ? undefined : (await data.read(index, 1))[0];
    return row === undefined || (row.text !== null && idOfLine(row.text) !== id) ? undefined : row;
  }

  /** One more step in the history of the open dataset. Whether it took the record back to review. */
  private async applyInEditor(
    editor: EditorDocument,
    binding: Binding,
    document: RecordDocument,
    text: string,
  ): Promise<boolean> {
    const row = await this.rowOf(editor.data, binding, editor);
    if (row === undefined) throw gone(binding);
    const { applyRecordDocument } = await import('../../dataset/recordDocument');
    const judge = await this.judge(binding.address.file);
    let returned = false;
    const done = await editor.replace(row.key, (line) => {
      const result = applyRecordDocument(line, document);
      if (result.problems !== undefined) throw refusal(result.problems, text);
      const judged = judge(line, result.line);
      returned = judged !== result.line;
      return { text: judged, label: t('Edit record as text') };
    });
    if (!done) throw gone(binding);
    return returned;
  }

  private async saveInFile(binding: Binding, document: RecordDocument, text: string): Promise<boolean> {
    return withDataset(binding.address.file, async (data) => {
      const row = await this.rowOf(data, binding);
      if (row === undefined) throw gone(binding);
      if (row.text === null) throw new UserError('record/no-text', row.problem ?? '');
      const { applyRecordDocument } = await import('../../dataset/recordDocument');
      const result = applyRecordDocument(row.text, document);
      if (result.problems !== undefined) throw refusal(result.problems, text);
      if (result.line === row.text) return false;
      const judge = await this.judge(binding.address.file);
      const judged = judge(row.text, result.line);
      data.apply({
        label: t('Edit record as text'),
        changes: [{ kind: 'replace', key: row.key, text: judged }],
      });
      await data.save();
      const { idOfLine } = await import('../../dataset/findRow');
      binding.id = idOfLine(result.line);
      binding.index = row.index;
      return judged !== result.line;
    });
  }

  /** What an edit means for the review of the record: an approved one returns to it. */
  private async judge(file: string): Promise<(before: string, after: string) => string> {
    const { afterEdit } = await import('../../dataset/reviewText');
    const by = (await this.authorOf(file)) ?? '';
    const at = new Date().toISOString();
    return (before, after) => afterEdit(before, after, by, at);
  }

  /** VS Code asks to watch what is visible; a record in a hidden tab has to follow as well. */
  private watchOpen(): void {
    const files = new Set(openRecords().map(({ address }) => address.file));
    for (const file of files) this.watchFile(file);
    for (const [file, watcher] of this.watchers) {
      if (files.has(file)) continue;
      watcher.dispose();
      this.watchers.delete(file);
    }
  }

  private watchFile(file: string): void {
    if (this.watchers.has(file)) return;
    // The name could hold glob characters, so it is compared, not matched.
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(path.dirname(file)), '*'),
    );
    const look = (uri: vscode.Uri): void => {
      if (uri.fsPath === file) this.lookSoon(file);
    };
    const changed = (): void => this.lookSoon(file);
    watchFile(file, { interval: POLL_MS, persistent: false }, changed);
    this.lookSoon(file);
    this.watchers.set(
      file,
      vscode.Disposable.from(
        { dispose: () => unwatchFile(file, changed) },
        watcher,
        watcher.onDidChange(look),
        watcher.onDidCreate(look),
        watcher.onDidDelete(look),
      ),
    );
  }

  private lookSoon(file: string): void {
    clearTimeout(this.timers.get(file));
    this.timers.set(
      file,
      setTimeout(() => {
        this.timers.delete(file);
        void this.look(file);
      }, QUIET_MS),
    );
  }

  /** Tells VS Code which of the open records became others, went away or came back. */
  private async look(file: string): Promise<void> {
    for (const { uri, address } of openRecords()) {
      if (address.file !== file) continue;
      await this.inTurn(async () => {
        const binding = this.bindingOf(uri);
        const before = binding.told;
        const after = await this.readNow(binding).catch(() => undefined);
        if (after === undefined) delete binding.now;
        binding.told = after?.text;
        if (before === after?.text) return;
        // VS Code reads again only what is newer than the text that it has.
        if (after !== undefined) binding.now = { ...after, mtime: Math.max(Date.now(), after.mtime + 1) };
        const { Changed, Created, Deleted } = vscode.FileChangeType;
        const type = after === undefined ? Deleted : before === undefined ? Created : Changed;
        this.changed.fire([{ type, uri }]);
      });
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }
}

function openRecords(): { readonly uri: vscode.Uri; readonly address: RecordAddress }[] {
  return vscode.workspace.textDocuments.flatMap(({ uri }) => {
    const address = uri.scheme === RECORD_SCHEME ? recordAddress(uri) : undefined;
    return address === undefined ? [] : [{ uri, address }];
  });
}

async function withDataset<T>(file: string, work: (data: DatasetDocument) => Promise<T>): Promise<T> {
  const { DatasetDocument: Loaded } = await import('../../dataset/document');
  const data = await Loaded.open(file);
  try {
    return await work(data);
  } finally {
    await data.dispose();
  }
}

/** Begins with the time of the last change; empty when the file is not there. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined
    ? ''
    : `${Math.round(found.mtimeMs)} ${found.mtimeMs} ${found.size} ${found.ino}`;
}

function gone({ address, id }: Binding): vscode.FileSystemError {
  const name = path.basename(address.file);
  return vscode.FileSystemError.FileNotFound(
    id === ''
      ? t(
          'Row {0} of {1} is another record now, or none. Open it from the dataset editor again.',
          address.row ?? 0,
          name,
        )
      : t(
          '{0} has no record with the id {1} any more. Copy your text into a new record to keep it.',
          name,
          id,
        ),
  );
}

/** The first problem, with its line. */
function refusal(problems: readonly DocumentProblem[], text: string): UserError {
  const [first] = problems;
  const line = text.slice(0, first?.start ?? 0).split(/\r\n|\r|\n/).length;
  return new UserError('record/unreadable', t('Line {0}: {1}', line, first?.message ?? ''));
}
