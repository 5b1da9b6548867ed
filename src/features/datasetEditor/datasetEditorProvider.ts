import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import { UserError, isCancelled, messageOf } from '../../protocol/errors';
import type { EditorCommand } from '../../protocol/datasetEditor';
import type { FindingName } from '../../protocol/findings';
import { AutomaticChecks } from '../findings/automaticChecks';
import type { FindingsService } from '../findings/findingsService';
import type { PreviewService } from '../preview/previewService';
import { showError } from '../showError';
import { saveMerged, tellConflicts } from './conflictDialogs';
import type { Identity } from '../review/identity';
import type { ReviewSettings } from '../review/reviewSettings';
import { watchDisk } from './diskWatch';
import type { EditorDocument } from './editorDocument';
import type { EditorPanel } from './editorPanel';
import { registerEditorCommands } from './editorCommands';
import { LineFiles } from './lineFiles';

export const DATASET_EDITOR = 'afina.datasetEditor';

export interface DatasetEditorOptions {
  readonly extensionUri: vscode.Uri;
  readonly findings: FindingsService;
  readonly preview: PreviewService;
  readonly topicsOf: (file: string) => Promise<readonly { readonly id: string; readonly title: string }[]>;
  readonly openRecordText: (document: EditorDocument, key: RowKey) => Promise<void>;
  readonly showPrompt: (document: EditorDocument, key: RowKey) => Promise<void>;
  readonly output: vscode.LogOutputChannel;
  readonly manifest: unknown;
  readonly identity: Identity;
  readonly reviewSettings: (file: string) => ReviewSettings;
}

/** What happened to the records of a file that is open here. */
export interface RecordsChange {
  readonly file: string;
  /** Undefined when any record may be another now: also when the file was opened or closed. */
  readonly keys: readonly RowKey[] | undefined;
}

/** What is to be done as soon as the file is known. */
type Wanted = (panel: EditorPanel) => Promise<void> | void;

/** Opens `*.jsonl` as records: list, form and preview. */
export class DatasetEditorProvider implements vscode.CustomEditorProvider<EditorDocument> {
  private readonly edited = new vscode.EventEmitter<
    vscode.CustomDocumentContentChangeEvent<EditorDocument>
  >();
  readonly onDidChangeCustomDocument = this.edited.event;
  private readonly panels = new Set<EditorPanel>();
  private readonly lines = new LineFiles();
  private readonly documents = new Map<string, EditorDocument>();
  private readonly recordsChanged = new vscode.EventEmitter<RecordsChange>();
  readonly onDidChangeRecords = this.recordsChanged.event;
  /** What editors that are being opened are to show, by their URI. */
  private readonly wanted = new Map<string, Wanted>();

  private readonly checks: AutomaticChecks;

  constructor(private readonly options: DatasetEditorOptions) {
    this.checks = new AutomaticChecks(options.findings);
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.edited,
      this.lines.register(),
      this.recordsChanged,
      vscode.window.registerCustomEditorProvider(DATASET_EDITOR, this, {
        // A preview takes minutes on a laptop: it goes on, and is still there, when its tab was hidden meanwhile.
        webviewOptions: { retainContextWhenHidden: true },
        supportsMultipleEditorsPerDocument: true,
      }),
      registerEditorCommands({
        active: () => this.active,
        editorType: DATASET_EDITOR,
        manifest: () => this.options.manifest,
      }),
    );
  }

  /** Opens a dataset at the record of a line (from 1) of its file, and at a finding in it. */
  async show(uri: vscode.Uri, line: number, id: string, finding: FindingName | null = null): Promise<void> {
    await this.openAt(uri, (panel) => panel.showLine(line, id, finding));
  }

  /** Lets the page of the editor in front carry out a command. */
  runInFront(command: EditorCommand): void {
    this.active?.run(command, null);
  }

  /** Opens a dataset with only the records shown that have a finding of a rule or a family. */
  async showFindings(uri: vscode.Uri, finding: string): Promise<void> {
    await this.openAt(uri, (panel) => panel.filter(finding));
  }

  private async openAt(uri: vscode.Uri, act: Wanted): Promise<void> {
    const open = [...this.panels].filter(({ document }) => document.uri.toString() === uri.toString());
    const panel = open.find(({ active }) => active) ?? open[0];
    if (panel !== undefined) {
      panel.reveal();
      await act(panel);
      return;
    }
    this.wanted.set(uri.toString(), act);
    await vscode.commands.executeCommand('vscode.openWith', uri, DATASET_EDITOR);
  }

  async openCustomDocument(
    uri: vscode.Uri,
    context: vscode.CustomDocumentOpenContext,
    _token: vscode.CancellationToken,
  ): Promise<EditorDocument> {
    const backup = context.backupId === undefined ? undefined : vscode.Uri.parse(context.backupId).fsPath;
    const { EditorDocument: Loaded } = await import('./editorDocument');
    const { indexInWorker } = await import('../../dataset/indexInWorker');
    const worker = vscode.Uri.joinPath(this.options.extensionUri, 'dist', 'indexWorker.js').fsPath;
    const document = await Loaded.open(uri, backup, indexInWorker(worker));
    const following = vscode.Disposable.from(
      document.onDidEdit((event) => this.edited.fire(event)),
      watchDisk(document, {
        flush: () => this.flush(document),
        showConflicts: () => this.showConflicts(document),
        output: this.options.output,
      }),
      this.lines.follow(document),
    );
    document.onDidDispose(() => void following.dispose());
    if (!document.readOnly) this.follow(document);
    void document.data.ready.then(
      () => this.opened(document),
      (error: unknown) => {
        if (!isCancelled(error)) void showError(error, { output: this.options.output });
      },
    );
    return document;
  }

  async resolveCustomEditor(document: EditorDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { EditorPanel: Loaded } = await import('./editorPanel');
    const editor = new Loaded({ ...this.options, document, panel, lines: this.lines });
    this.panels.add(editor);
    const context = (): void => this.updateContext();
    panel.onDidChangeViewState(context);
    editor.onDidChangePreviewing(context);
    const changes = document.onDidChange(({ all, structure }) => {
      if (all || structure || document.data.conflicts.length > 0) context();
    });
    panel.onDidDispose(() => {
      this.panels.delete(editor);
      changes.dispose();
      editor.dispose();
      context();
    });
    context();
    const wanted = this.wanted.get(document.uri.toString());
    this.wanted.delete(document.uri.toString());
    if (wanted !== undefined)
      void document.data.ready.then(
        () => wanted(editor),
        () => undefined,
      );
    // Reading a file to check it waits until it has been read to be shown.
    const check = (): void => {
      if (!document.readOnly) void this.checks.opened(document.uri.fsPath);
    };
    void document.data.ready.then(check, () => undefined);
  }

  async saveCustomDocument(document: EditorDocument, token: vscode.CancellationToken): Promise<void> {
    await this.flush(document);
    await saveMerged(document, signalOf(token), () => this.showConflicts(document));
    void this.checks.saved(document.uri.fsPath);
  }

  async saveCustomDocumentAs(
    document: EditorDocument,
    destination: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<void> {
    if (destination.scheme !== 'file') {
      throw new UserError('not-a-file', t('A dataset can be saved on this machine only.'));
    }
    await this.flush(document);
    await document.saveAs(destination.fsPath, signalOf(token));
  }

  async revertCustomDocument(document: EditorDocument, token: vscode.CancellationToken): Promise<void> {
    await document.revert(signalOf(token));
  }

  async backupCustomDocument(
    document: EditorDocument,
    context: vscode.CustomDocumentBackupContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.CustomDocumentBackup> {
    // VS Code numbers its destinations anew in every extension host: one that restarts would overwrite the edits that
    // the one before it had kept.
    const destination = context.destination.with({ path: `${context.destination.path}-${randomUUID()}` });
    await document.backup(destination.fsPath, signalOf(token));
    return {
      id: destination.toString(),
      delete: () => void vscode.workspace.fs.delete(destination).then(undefined, () => undefined),
    };
  }

  /** The document of a file that is open here, with what is not saved yet. */
  documentOf(file: string): EditorDocument | undefined {
    return this.documents.get(file);
  }

  /** Shows a record in the editor of its file that is in front, or in another one. */
  showRecord(file: string, key: RowKey): void {
    const panels = [...this.panels].filter(({ document }) => document === this.documents.get(file));
    (panels.find(({ active }) => active) ?? panels[0])?.show(key);
  }

  private follow(document: EditorDocument): void {
    const file = document.uri.fsPath;
    const changed = (keys?: readonly RowKey[]): void => this.recordsChanged.fire({ file, keys });
    this.documents.set(file, document);
    document.onDidChange(({ structure, all, keys }) => changed(structure || all ? undefined : keys));
    document.onDidDispose(() => {
      if (this.documents.get(file) === document) this.documents.delete(file);
      changed();
    });
    changed();
  }

  private get active(): EditorPanel | undefined {
    return [...this.panels].find((panel) => panel.active);
  }

  private updateContext(): void {
    const { active } = this;
    void vscode.commands.executeCommand('setContext', 'afina.datasetEditor.focused', active !== undefined);
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `afina.datasetEditor.${key}`, value);
    set('loading', active?.document.data.loading?.stopped === false);
    set('conflicts', (active?.document.data.conflicts.length ?? 0) > 0);
    void vscode.commands.executeCommand('setContext', 'afina.preview.running', active?.previewing === true);
  }

  private async flush(document: EditorDocument): Promise<void> {
    for (const panel of this.panels) {
      if (panel.document !== document) continue;
      await panel.flush().catch((error: unknown) => {
        // A page that does not answer has nothing to send any more.
        this.options.output.warn(`${document.uri.fsPath}: ${messageOf(error)}`);
      });
    }
  }

  private opened(document: EditorDocument): void {
    if (!document.data.restoredOnChangedFile) return;
    const file = path.basename(document.uri.path);
    const { length } = document.data.conflicts;
    if (length > 0) {
      void tellConflicts(file, length, () => this.showConflicts(document));
      return;
    }
    void vscode.window.showInformationMessage(
      t(
        '{0} was changed by another program after your last edits. They were made again on what it has now.',
        file,
      ),
    );
  }

  private showConflicts(document: EditorDocument): void {
    const panel = [...this.panels].find((each) => each.document === document);
    panel?.reveal();
    panel?.run('showConflicts', null);
  }
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
