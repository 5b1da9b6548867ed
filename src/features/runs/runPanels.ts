import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import { interfaceLanguage } from '../l10n';
import type { ResolvedSpec } from '../../jobs/spec';
import { Channel } from '../../protocol/channel';
import { isCancelled, messageOf } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { runViewHostApi, runViewViewApi } from '../../protocol/runView';
import type { Curves, RunSnapshot } from '../../protocol/runView';
import { openWebview } from '../webviewPanel';
import { cleanLog, lastLines } from './logText';
import type { RunActions } from './runActions';
import { curvesOf, secondsPerStep, snapshotOf } from './runSnapshot';
import type { ProjectRun, RunsService } from './runsService';

const LOG_BYTES = 64_000;
const LOG_LINES = 400;
const UPDATE_DELAY_MS = 150;

/** One panel for each run that is open. */
export class RunPanels implements vscode.Disposable {
  private readonly panels = new Map<string, RunPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly runs: RunsService,
    private readonly actions: RunActions,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  open(target: ProjectRun): void {
    const key = `${target.root}\0${target.run.id}`;
    const open = this.panels.get(key);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const panel = new RunPanel(target, this.extensionUri, this.runs, this.actions, this.output);
    this.panels.set(key, panel);
    panel.onDidDispose(() => this.panels.delete(key));
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

/** The view of one run, live: everything in it comes from the run store. */
class RunPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof runViewHostApi, typeof runViewViewApi>;
  private readonly disposables: vscode.Disposable[] = [];
  private timer: NodeJS.Timeout | undefined;
  private spec: ResolvedSpec | null = null;
  private onScreen: vscode.Disposable | undefined;
  private sent = { train: 0, eval: 0, last: '', log: '', snapshot: '' };

  constructor(
    private target: ProjectRun,
    extensionUri: vscode.Uri,
    private readonly runs: RunsService,
    private readonly actions: RunActions,
    private readonly output: vscode.LogOutputChannel,
  ) {
    const opened = openWebview({
      viewType: 'afina.runView',
      title: t('Run: {0}', target.run.job),
      entry: 'run-view',
      extensionUri,
    });
    this.panel = opened.panel;
    this.channel = new Channel(
      runViewHostApi,
      runViewViewApi,
      {
        'runView/load': () => this.load(),
        'runView/act': async ({ action }) => {
          const newest = this.runs.find(this.target.root, this.target.run.id);
          if (newest !== undefined) await this.actions.act(action, newest);
          return null;
        },
      },
      opened.transport,
    );
    this.disposables.push(
      this.runs.onDidChange(() => this.later()),
      this.runs.onDidProgress(({ root, run }) => {
        if (root === this.target.root && run.id === this.target.run.id) this.later();
      }),
      this.actions.onDidChangeBusy(() => this.later()),
      this.panel.onDidChangeViewState(() => this.see()),
      this.panel.onDidDispose(() => this.cleanUp()),
    );
    this.see();
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private see(): void {
    if (this.panel.visible === (this.onScreen !== undefined)) return;
    this.onScreen?.dispose();
    this.onScreen = this.panel.visible ? this.runs.watchOnScreen() : undefined;
  }

  private cleanUp(): void {
    clearTimeout(this.timer);
    this.onScreen?.dispose();
    this.channel.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async load(): Promise<{ snapshot: RunSnapshot; curves: Curves; log: string }> {
    this.spec ??= await this.readSpec();
    const { snapshot, curves, log } = await this.read();
    this.remember(snapshot, curves, log);
    return { snapshot, curves: { reset: true, ...curves }, log };
  }

  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.update().catch((error: unknown) => {
        if (!isCancelled(error)) this.output.error(messageOf(error));
      });
    }, UPDATE_DELAY_MS);
  }

  /** Sends what differs from what the view has. */
  private async update(): Promise<void> {
    const before = { ...this.sent };
    const { snapshot, curves, log } = await this.read();
    this.remember(snapshot, curves, log);
    if (this.sent.snapshot !== before.snapshot) this.channel.emit('runView/snapshot', snapshot);
    if (this.sent.log !== before.log) this.channel.emit('runView/log', { text: log });
    if (this.sent.last === before.last) return;
    // A resumed training goes back in its steps: then all is sent again.
    const grown =
      curves.train.length >= before.train &&
      curves.eval.length >= before.eval &&
      lastOf(curves.train.slice(0, before.train), curves.eval.slice(0, before.eval)) === before.last;
    this.channel.emit('runView/curves', {
      reset: !grown,
      train: grown ? curves.train.slice(before.train) : curves.train,
      eval: grown ? curves.eval.slice(before.eval) : curves.eval,
    });
  }

  private async read(): Promise<{ snapshot: RunSnapshot; curves: Omit<Curves, 'reset'>; log: string }> {
    this.target = this.runs.find(this.target.root, this.target.run.id) ?? this.target;
    const { root, run } = this.target;
    const store = this.runs.store(root);
    const [metrics, tail] = await Promise.all([
      store.metrics(run.id).catch(() => []),
      store.logTail(run.id, LOG_BYTES).catch(() => ''),
    ]);
    const curves = curvesOf(metrics);
    const snapshot = snapshotOf({
      run,
      spec: this.spec,
      firstLoss: curves.train[0]?.[1] ?? null,
      secondsPerStep: secondsPerStep(metrics),
      busy: this.actions.busy(run.id),
      silent: this.runs.silentClusters.get(run.cluster),
      format: makeFormat(interfaceLanguage()),
    });
    return { snapshot, curves, log: lastLines(cleanLog(tail), LOG_LINES) };
  }

  private remember(snapshot: RunSnapshot, curves: Omit<Curves, 'reset'>, log: string): void {
    this.sent = {
      train: curves.train.length,
      eval: curves.eval.length,
      last: lastOf(curves.train, curves.eval),
      log,
      snapshot: JSON.stringify(snapshot),
    };
  }

  /** spec.json of the run, if this machine has kept it. */
  private async readSpec(): Promise<ResolvedSpec | null> {
    const file = path.join(this.runs.store(this.target.root).folder(this.target.run.id), 'spec.json');
    try {
      return JSON.parse(await readFile(file, 'utf8')) as ResolvedSpec;
    } catch {
      return null; // runs of another machine have none here: the view then shows fewer settings
    }
  }
}

function lastOf(train: Curves['train'], evaluation: Curves['eval']): string {
  return JSON.stringify([train.at(-1), evaluation.at(-1)]);
}
