import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { cleanLog } from './logText';
import type { ProjectRun, RunsService } from './runsService';

const SCHEME = 'afina-log';
/** What an editor shows of a log: the end counts, and a long training writes megabytes. */
const TAIL_BYTES = 2_000_000;
const CHANGE_DELAY_MS = 300;

/** train.log of a run as a read-only document that grows, and that scrolls along while its end is in view. */
export class RunLogs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Documents whose last line was in view when they last moved. */
  private readonly following = new Set<string>();
  private readonly onScreen = new Map<string, vscode.Disposable>();

  readonly onDidChange = this.changed.event;

  constructor(private readonly runs: RunsService) {}

  register(): vscode.Disposable {
    this.disposables.push(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      this.runs.onDidProgress(({ root, run }) => this.later(uriOf(root, run.id))),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor, visibleRanges }) => {
        const { document } = textEditor;
        if (document.uri.scheme !== SCHEME) return;
        const last = visibleRanges.at(-1)?.end.line ?? 0;
        if (last >= document.lineCount - 2) this.following.add(document.uri.toString());
        else this.following.delete(document.uri.toString());
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme === SCHEME && this.following.has(document.uri.toString())) showEnd(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.following.delete(uri.toString());
        this.onScreen.get(uri.toString())?.dispose();
        this.onScreen.delete(uri.toString());
      }),
    );
    return this;
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const viewer of this.onScreen.values()) viewer.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  async open({ root, run }: ProjectRun): Promise<void> {
    const uri = uriOf(root, run.id);
    const document = await vscode.workspace.openTextDocument(uri);
    if (!this.onScreen.has(uri.toString())) this.onScreen.set(uri.toString(), this.runs.watchOnScreen());
    this.following.add(uri.toString());
    await vscode.languages.setTextDocumentLanguage(document, 'log');
    await vscode.window.showTextDocument(document, { preview: false });
    showEnd(document);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const root = new URLSearchParams(uri.query).get('root');
    const id = uri.path.replace(/^\/|\.log$/g, '');
    if (root === null || this.runs.find(root, id) === undefined)
      return t('This run is not in the project any more.');
    const log = cleanLog(await this.runs.store(root).logTail(id, TAIL_BYTES));
    return log === '' ? t('The run has written nothing to its log yet.') : log;
  }

  private later(uri: vscode.Uri): void {
    const key = uri.toString();
    if (this.timers.has(key)) return;
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        this.changed.fire(uri);
      }, CHANGE_DELAY_MS),
    );
  }
}

function uriOf(root: string, id: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: SCHEME,
    path: `/${id}.log`,
    query: new URLSearchParams({ root }).toString(),
  });
}

function showEnd(document: vscode.TextDocument): void {
  const end = new vscode.Position(Math.max(0, document.lineCount - 1), 0);
  for (const editor of vscode.window.visibleTextEditors) {
    if (editor.document === document) editor.revealRange(new vscode.Range(end, end));
  }
}
