import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import { UserError, messageOf } from '../../protocol/errors';
import type { FindingsService } from '../findings/findingsService';
import type { PreviewService } from '../preview/previewService';
import type { Identity } from '../review/identity';
import type { ReviewSettings } from '../review/reviewSettings';
import { watchDisk } from './diskWatch';
import type { EditorDocument } from './editorDocument';
import type { EditorPanel } from './editorPanel';
import { registerEditorCommands } from './editorCommands';

export const DATASET_EDITOR = 'afina.datasetEditor';

export interface DatasetEditorOptions {
  readonly extensionUri: vscode.Uri;
  readonly findings: FindingsService;
  readonly preview: PreviewService;
  readonly topicsOf: (file: string) => Promise<readonly { readonly id: string; readonly title: string }[]>;
  readonly openRecordText: (document: EditorDocument, key: RowKey) => Promise<void>;
  readonly output: vscode.LogOutputChannel;
  readonly identity: Identity;
  readonly reviewSettings: (file: string) => ReviewSettings;
}

/** What happened to the records of a file that is open here. */
export interface RecordsChange {
  readonly file: string;
  /** Undefined when any record may be another now: also when the file was opened or closed. */
  readonly keys: readonly RowKey[] | undefined;
}

/** Opens `*.jsonl` as records: list, form and preview. */
export class DatasetEditorProvider implements vscode.CustomEditorProvider<EditorDocument> {
  private readonly edited = new vscode.EventEmitter<vscode.CustomDocumentEditEvent<EditorDocument>>();
  readonly onDidChangeCustomDocument = this.edited.event;
  private readonly panels = new Set<EditorPanel>();
  private readonly documents = new Map<string, EditorDocument>();
  private readonly recordsChanged = new vscode.EventEmitter<RecordsChange>();
  readonly onDidChangeRecords = this.recordsChanged.event;
  /** Records to be shown by editors that are being opened, by their URI. */
  private readonly wanted = new Map<string, { readonly line: number; readonly id: string }>();

  constructor(private readonly options: DatasetEditorOptions) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.edited,
      this.recordsChanged,
      vscode.window.registerCustomEditorProvider(DATASET_EDITOR, this, {
        // A preview takes minutes on a laptop: it goes on, and is still there, when its tab was hidden meanwhile.
        webviewOptions: { retainContextWhenHidden: true },
        supportsMultipleEditorsPerDocument: true,
      }),
      registerEditorCommands({ active: () => this.active, editorType: DATASET_EDITOR }),
    );
  }

  /** Opens a dataset at the record of a line (from 1) of its file. */
  async show(uri: vscode.Uri, line: number, id: string): Promise<void> {
    const open = [...this.panels].find(({ document }) => document.uri.toString() === uri.toString());
    if (open !== undefined) {
      open.reveal();
      await open.showLine(line, id);
      return;
    }
    this.wanted.set(uri.toString(), { line, id });
    await vscode.commands.executeCommand('vscode.openWith', uri, DATASET_EDITOR);
  }

  async openCustomDocument(
    uri: vscode.Uri,
    context: vscode.CustomDocumentOpenContext,
    token: vscode.CancellationToken,
  ): Promise<EditorDocument> {
    const backup = context.backupId === undefined ? undefined : vscode.Uri.parse(context.backupId).fsPath;
    const { EditorDocument: Loaded } = await import('./editorDocument');
    const document = await Loaded.open(uri, backup, signalOf(token));
    const following = vscode.Disposable.from(
      document.onDidEdit((event) => this.edited.fire(event)),
      watchDisk(document, () => this.revertInEditor(document), this.options.output),
    );
    document.onDidDispose(() => void following.dispose());
    if (!document.readOnly) this.follow(document);
    if (document.data.restoredOnChangedFile) {
      void vscode.window.showWarningMessage(
        t(
          '{0} changed after these edits were made. Edits whose record is gone were added as new records; look them over before saving.',
          uri.fsPath,
        ),
      );
    }
    return document;
  }

  async resolveCustomEditor(document: EditorDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { EditorPanel: Loaded } = await import('./editorPanel');
    const editor = new Loaded({ ...this.options, document, panel });
    this.panels.add(editor);
    const context = (): void => this.updateContext();
    panel.onDidChangeViewState(context);
    editor.onDidChangePreviewing(context);
    panel.onDidDispose(() => {
      this.panels.delete(editor);
      editor.dispose();
      context();
    });
    context();
    const wanted = this.wanted.get(document.uri.toString());
    this.wanted.delete(document.uri.toString());
    if (wanted !== undefined) await editor.showLine(wanted.line, wanted.id);
    if (!document.readOnly) void this.options.findings.check([document.uri.fsPath]);
  }

  async saveCustomDocument(document: EditorDocument, token: vscode.CancellationToken): Promise<void> {
    await this.flush(document);
    const signal = signalOf(token);
    try {
      await document.save({ signal });
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'changed-on-disk') throw error;
      const overwrite = t('Overwrite');
      const answer = await vscode.window.showWarningMessage(
        error.message,
        { modal: true, detail: t('Overwriting replaces what the other program wrote.') },
        overwrite,
      );
      if (answer !== overwrite) throw new vscode.CancellationError();
      await document.save({ signal, overwrite: true });
    }
    void this.options.findings.check([document.uri.fsPath]);
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
    await document.backup(context.destination.fsPath, signalOf(token));
    return {
      id: context.destination.toString(),
      delete: () => void vscode.workspace.fs.delete(context.destination).then(undefined, () => undefined),
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

  private async revertInEditor(document: EditorDocument): Promise<void> {
    const panel = [...this.panels].find((each) => each.document === document);
    if (panel === undefined) return;
    panel.reveal();
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
