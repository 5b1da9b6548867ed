import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Row, RowKey } from '../../dataset/document';
import {
  duplicateRecordText,
  newId,
  newRecordText,
  parseRecordText,
  summary,
} from '../../dataset/recordText';
import { afterEdit } from '../../dataset/reviewText';
import type { Finding } from '../../checks/finding';
import { Channel } from '../../protocol/channel';
import type { HandlerContext, Handlers, Transport } from '../../protocol/channel';
import type { RecordQuery } from '../../protocol/bulk';
import type { FindingName, RecordCheck, RecordVariety } from '../../protocol/findings';
import { datasetEditorHostApi, datasetEditorViewApi } from '../../protocol/datasetEditor';
import type {
  EditorCommand,
  HeldCommand,
  LoadingState,
  RecordChange,
  RecordStatus,
  RecordView,
  RowSummary,
} from '../../protocol/datasetEditor';
import { isCancelled, messageOf } from '../../protocol/errors';
import { countBySeverity } from '../findings/findingsService';
import type { FindingsService } from '../findings/findingsService';
import { recordVariety } from '../findings/recordVariety';
import { pickAdapter, pickModel } from '../preview/choosePreview';
import type { PreviewService } from '../preview/previewService';
import type { Identity } from '../review/identity';
import { ReviewSession } from '../review/reviewSession';
import type { ReviewSettings } from '../review/reviewSettings';
import { mountWebview } from '../webviewPanel';
import type { EditorDocument } from './editorDocument';
import { conflictHandlers, conflictView } from './conflictView';
import type { LineFiles } from './lineFiles';
import { BulkActions } from './bulkActions';
import { FindingActions, findingView } from './findingActions';
import { previewHandlers } from './previewHandlers';
import { changeRecord } from './recordChanges';
import { shapeView } from './shapeView';
import { searchQuery } from './searchQuery';

/** Longest that a save waits for the page's last characters. */
const FLUSH_MS = 2000;
/** Milliseconds between two counts of a search that goes on. */
const TELL_MS = 100;
/** Changed rows that are named one by one; of more, all are shown anew. */
const MOST_TOLD = 500;

export interface EditorPanelOptions {
  readonly document: EditorDocument;
  readonly panel: vscode.WebviewPanel;
  readonly extensionUri: vscode.Uri;
  readonly findings: FindingsService;
  readonly preview: PreviewService;
  readonly topicsOf: (file: string) => Promise<readonly { readonly id: string; readonly title: string }[]>;
  readonly openRecordText: (document: EditorDocument, key: RowKey) => Promise<void>;
  readonly showPrompt: (document: EditorDocument, key: RowKey) => Promise<void>;
  readonly output: vscode.LogOutputChannel;
  readonly lines: LineFiles;
  readonly identity: Identity;
  readonly reviewSettings: (file: string) => ReviewSettings;
}

type HostChannel = Channel<typeof datasetEditorHostApi, typeof datasetEditorViewApi>;

const HELD: Readonly<Record<HeldCommand, string>> = {
  undo: 'undo',
  redo: 'redo',
  save: 'workbench.action.files.save',
  close: 'workbench.action.closeActiveEditor',
};

/** One editor of a dataset: answers its page and tells it what changed. */
export class EditorPanel implements vscode.Disposable {
  private channel: HostChannel;
  private readonly disposables: vscode.Disposable[] = [];
  private readonly previewingChanged = new vscode.EventEmitter<void>();
  private found: RowKey[] | undefined;
  private isPreviewing = false;
  private readonly bulk: BulkActions;
  private readonly findingActions: FindingActions;
  private readonly review: ReviewSession;
  /** Waits for a page that is still loading: it asks for it. */
  private showing: RowKey | null = null;
  private showingFinding: FindingName | null = null;
  private filtering: string | null = null;

  readonly onDidChangePreviewing = this.previewingChanged.event;

  constructor(private readonly options: EditorPanelOptions) {
    const { document, panel, extensionUri, findings, preview } = options;
    const found = (): readonly RowKey[] | undefined => this.found;
    const by = async (): Promise<string> => (await options.identity.known(document.uri.fsPath)) ?? '';
    this.bulk = new BulkActions({ document, findings, found, topicsOf: options.topicsOf, by });
    this.findingActions = new FindingActions({ document, findings, found, by });
    this.review = new ReviewSession({
      document,
      identity: options.identity,
      settings: () => options.reviewSettings(document.uri.fsPath),
      found: () => this.found,
    });
    const transport = mountWebview(panel.webview, {
      entry: 'dataset-editor',
      title: document.uri.path,
      extensionUri,
    });
    this.channel = this.connect(transport);
    this.disposables.push(
      this.previewingChanged,
      document.onDidChange(({ structure, all, keys }) => {
        if (structure) this.found = this.found?.filter((key) => document.data.indexOf(key) >= 0);
        const loading = loadingState(document);
        if (loading !== null && !structure) this.channel.emit('editor/loading', loading);
        else if (keys.length > MOST_TOLD)
          this.channel.emit('editor/changed', { structure, all: true, keys: [] });
        else this.channel.emit('editor/changed', { structure, all, keys: [...keys] });
      }),
      findings.onDidChange(() => this.channel.emit('editor/findings', {})),
      preview.onDidChange(() => this.channel.emit('preview/changed', {})),
      panel.webview.onDidReceiveMessage((message: unknown) => {
        // A page that is loaded anew (its tab moved to a window of its own) numbers its requests from the start.
        if (isHello(message)) {
          this.channel.dispose();
          this.channel = this.connect(transport);
        }
      }),
    );
  }

  get active(): boolean {
    return this.options.panel.active;
  }

  get previewing(): boolean {
    return this.isPreviewing;
  }

  get document(): EditorDocument {
    return this.options.document;
  }

  reveal(): void {
    this.options.panel.reveal();
  }

  /** Shows a record, and a finding in it: now, or as soon as the page is there. */
  show(key: RowKey, finding: FindingName | null = null): void {
    this.showing = key;
    this.showingFinding = finding;
    this.channel.emit('editor/show', { key, finding });
  }

  /** Shows only the records with a finding of a rule or a family (`pii/*`). */
  filter(finding: string): void {
    this.filtering = finding;
    this.channel.emit('editor/filter', { finding });
  }

  run(command: EditorCommand, status: RecordStatus | null): void {
    this.channel.emit('editor/command', { command, status });
  }

  /** Chooses the record at a line (from 1) of the saved file, or the one that has this id now. */
  async showLine(line: number, id: string, finding: FindingName | null = null): Promise<void> {
    const { data } = this.document;
    const key = data.keyOfLine(line);
    const text = key === undefined ? undefined : (await this.document.row(key))?.text;
    const there = text !== undefined && text !== null && (id === '' || summary(text).id === id);
    if (key !== undefined && there) this.show(key, finding);
  }

  chooseModel(): Promise<void> {
    return pickModel(this.options.preview, this.document.uri.fsPath);
  }

  chooseAdapter(): Promise<void> {
    return pickAdapter(this.options.preview, this.document.uri.fsPath);
  }

  /** Waits until what is still being typed has become an edit. */
  async flush(): Promise<void> {
    await this.channel.request('view/flush', {}, { signal: AbortSignal.timeout(FLUSH_MS) });
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
    this.channel.dispose();
  }

  private connect(transport: Transport): HostChannel {
    const channel = new Channel(datasetEditorHostApi, datasetEditorViewApi, this.handlers(), transport);
    channel.on('view/previewing', ({ running }) => {
      this.isPreviewing = running;
      this.previewingChanged.fire();
    });
    channel.on('view/runCommand', ({ command }) => void vscode.commands.executeCommand(HELD[command]));
    return channel;
  }

  private handlers(): Handlers<typeof datasetEditorHostApi> {
    const { document, preview, topicsOf } = this.options;
    return {
      'editor/state': async () => ({
        count: document.data.count,
        topics: await topicsOf(document.uri.fsPath),
        readOnly: document.readOnly,
        loading: loadingState(document),
        conflicts: document.data.conflicts.length,
        show: this.showing,
        showFinding: this.showingFinding,
        filter: this.filtering,
      }),
      ...conflictHandlers(document, (keys) => (this.found = keys)),
      'editor/repair': async ({ key }) => {
        await this.options.lines.open(document, key);
        return null;
      },
      'editor/load': ({ go }) => {
        if (go) document.data.continueLoading();
        else document.data.cancelLoading();
        return null;
      },
      'editor/page': async ({ from, count, found }) => {
        if (!found || this.found === undefined) {
          const rows = await document.page(from, count);
          return { rows: rows.map((row) => this.summarise(row)), total: document.data.count };
        }
        const rows = await document.rows(this.found.slice(from, from + count));
        return { rows: rows.map((row) => this.summarise(row)), total: this.found.length };
      },
      'editor/rows': async ({ keys }) => (await document.rows(keys)).map((row) => this.summarise(row)),
      'editor/record': ({ key }) => {
        if (key === this.showing) this.showing = this.showingFinding = null;
        this.filtering = null;
        return this.view(key);
      },
      'editor/edit': async ({ key, change }) => {
        const by = (await this.options.identity.known(document.uri.fsPath)) ?? '';
        const at = new Date().toISOString();
        const done = await document.replace(key, (text) => {
          const changed = changeRecord(text, change);
          return { ...changed, text: afterEdit(text, changed.text, by, at) };
        });
        return done ? { version: document.data.version } : null;
      },
      'editor/check': ({ key, changes }) => this.checkTyped(key, changes),
      ...this.findingActions.handlers(),
      'editor/add': ({ after, copy }) => this.add(after, copy),
      'editor/delete': async ({ key }) => {
        if (document.data.indexOf(key) >= 0) {
          await document.apply({ label: t('Delete record'), changes: [{ kind: 'delete', keys: [key] }] });
        }
        return null;
      },
      'editor/search': (query, context) => this.search(query, context),
      'editor/indexOf': ({ key, found }) =>
        found && this.found !== undefined ? this.found.indexOf(key) : document.data.indexOf(key),
      'editor/keyOfId': async ({ id, index }) => {
        const row = (await document.data.read(index, 1))[0];
        return row?.text !== undefined && row.text !== null && summary(row.text).id === id ? row.key : null;
      },
      ...this.bulk.handlers(),
      ...previewHandlers({ document, preview, output: this.options.output }),
      'editor/openAsText': async () => {
        await vscode.commands.executeCommand('afina.openAsText', document.uri);
        return null;
      },
      'editor/openRecordText': async ({ key }) => {
        await this.options.openRecordText(document, key);
        return null;
      },
      'editor/showPrompt': async ({ key }) => {
        await this.options.showPrompt(document, key);
        return null;
      },
      ...this.review.handlers(),
    };
  }

  /** What is found so far can be paged through while the search goes on. */
  private async search(
    query: RecordQuery,
    { signal, progress }: HandlerContext<{ readonly found: number; readonly scanned: number }>,
  ): Promise<{ readonly found: number; readonly more: boolean }> {
    const { document, findings } = this.options;
    const wanted = searchQuery(query);
    if (wanted === undefined) {
      this.found = undefined;
      return { found: document.data.count, more: false };
    }
    let told = Date.now();
    const show = (keys: RowKey[], scanned: number): void => {
      // A newer search may have been asked for in the meantime: then this one was aborted.
      if (signal.aborted || keys.length === 0 || Date.now() - told < TELL_MS) return;
      told = Date.now();
      this.found = keys;
      progress({ found: keys.length, scanned });
    };
    const { keys, more } = await document.find(wanted, signal, show, (row) =>
      findings.checkRow(
        document.uri.fsPath,
        document.data.lineOf(row.key) ?? row.index + 1,
        row.text ?? '',
        row.state,
      ),
    );
    if (!signal.aborted) this.found = keys;
    return { found: keys.length, more };
  }

  private summarise(row: Row): RowSummary {
    const { key, index, text, state } = row;
    const { document, findings } = this.options;
    const read = text === null ? undefined : summary(text);
    const counts =
      state === 'saved' && !document.readOnly
        ? findings.countsAt(document.uri.fsPath, document.data.lineOf(key))
        : document.liveCounts.get(key);
    return {
      key,
      index,
      id: read?.id ?? '',
      title: read?.title ?? row.problem ?? '',
      topic: read?.topic ?? '',
      status: read?.status ?? '',
      broken: read === undefined || read.error !== undefined,
      edited: state !== 'saved',
      conflict: row.conflict !== undefined,
      errors: counts?.errors ?? 0,
      warnings: counts?.warnings ?? 0,
    };
  }

  private async view(key: RowKey): Promise<RecordView | null> {
    const { document } = this.options;
    const { version } = document.data;
    const row = await document.row(key);
    if (row === undefined) return null;
    document.data.watch(key);
    const conflict = row.conflict === undefined ? undefined : await document.data.conflict(key);
    const parsed = row.text === null ? undefined : parseRecordText(row.text);
    const found = await this.check(row);
    const record = parsed?.record;
    return {
      key,
      index: row.index,
      version,
      record:
        record === undefined
          ? null
          : {
              id: record.id,
              turns: record.messages,
              topic: record.meta.topic ?? '',
              status: record.meta.status ?? null,
              sources: record.meta.sources ?? [],
              ...(record.shaped === undefined ? {} : { shape: shapeView(record.shaped) }),
            },
      // The form does not need it, and it has the verdicts that a blind reviewer is not to see.
      raw: record === undefined ? row.text : null,
      problem: row.problem ?? parsed?.error?.message ?? null,
      repairable: row.repairable === true,
      conflict: conflict === undefined ? null : conflictView(conflict),
      review: record === undefined ? null : await this.review.shown(parsed?.raw, record.meta.author),
      findings: found.map(findingView),
      variety: row.text === null ? null : await this.variety(row.text),
    };
  }

  private variety(text: string): Promise<RecordVariety | null> {
    const { document, findings } = this.options;
    return recordVariety(text, findings.varietyOf(document.uri.fsPath));
  }

  private count(key: RowKey, found: readonly Finding[]): void {
    const { liveCounts } = this.options.document;
    const before = liveCounts.get(key);
    const counts = countBySeverity(found);
    liveCounts.set(key, counts);
    // The list has drawn the row before its findings were known.
    if (before?.errors !== counts.errors || before.warnings !== counts.warnings)
      this.channel.emit('editor/counted', { key });
  }

  /** Of what is being typed, before it becomes an edit. */
  private async checkTyped(key: RowKey, changes: readonly RecordChange[]): Promise<RecordCheck | null> {
    const row = await this.options.document.row(key);
    if (row === undefined || row.text === null) return null;
    const text = changes.reduce((so, change) => changeRecord(so, change).text, row.text);
    const { document, findings } = this.options;
    const line = document.data.lineOf(key) ?? row.index + 1;
    const state = text === row.text ? row.state : 'typed';
    const found = await findings.checkText(document.uri.fsPath, line, text, state);
    return { findings: found.map(findingView), variety: await this.variety(text) };
  }

  /** Findings of a row as it stands here. A check that fails must not keep anybody from editing. */
  private async check(row: Row): Promise<readonly Finding[]> {
    const { document, findings, output } = this.options;
    if (row.text === null) return [];
    const line = document.data.lineOf(row.key) ?? row.index + 1;
    try {
      const state = document.readOnly ? 'edited' : row.state;
      const found = await findings.checkText(document.uri.fsPath, line, row.text, state);
      if (state !== 'saved') this.count(row.key, found);
      return found;
    } catch (error) {
      if (!isCancelled(error)) output.error(error instanceof Error ? error : messageOf(error));
      return [];
    }
  }

  /** A new record takes what its neighbour has in common with it: the kind of id, the topic, the system turn. */
  private async add(after: RowKey | null, copy: RowKey | null): Promise<{ key: number; index: number }> {
    const { data } = this.document;
    const neighbour = after === null ? -1 : data.indexOf(after);
    const at = neighbour < 0 ? data.count : neighbour + 1;
    const original = copy === null ? undefined : (await this.document.row(copy))?.text;
    const like = at === 0 ? undefined : (await data.read(at - 1, 1))[0]?.text;
    const parsed = like === undefined || like === null ? undefined : parseRecordText(like);
    const record = parsed?.record;
    const id = newId(record?.id);
    const system = record?.messages.find(({ role }) => role === 'system')?.content;
    const text =
      original === undefined || original === null
        ? newRecordText({ id, system, topic: record?.meta.topic, like: parsed?.raw })
        : duplicateRecordText(original, id);
    const [key] = await this.document.apply({
      label: original === undefined ? t('Add record') : t('Duplicate record'),
      changes: [{ kind: 'insert', at, texts: [text] }],
    });
    return { key: key ?? data.row(at), index: at };
  }
}

function loadingState({ data: { loading } }: EditorDocument): LoadingState | null {
  if (loading === undefined) return null;
  const { fraction, stopped, problem } = loading;
  return { fraction, stopped, problem: problem ?? null };
}

function isHello(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'hello';
}
