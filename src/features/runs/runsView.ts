import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { clusterTitle } from '../jobs/jobText';
import { interfaceLanguage } from '../l10n';
import { isEnded } from '../../jobs/run';
import type { Run } from '../../jobs/run';
import { statusOf } from '../../jobs/runWords';
import type { BrokenRun } from '../../jobs/runStore';
import { makeFormat } from '../../protocol/format';
import { contextOf, describeRun, elapsedSeconds, iconOf } from './runText';
import type { ProjectRun, RunsService } from './runsService';

type BrokenNode = BrokenRun & { readonly root: string };
export type RunNode = ProjectRun | BrokenNode;

export function isProjectRun(value: unknown): value is ProjectRun {
  return typeof value === 'object' && value !== null && 'root' in value && 'run' in value;
}

const CLOCK_MS = 1000;

/** The view "Runs": newest first, with what each is doing. */
export class RunsView implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<RunNode | undefined>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private onScreen: vscode.Disposable | undefined;
  private clock: NodeJS.Timeout | undefined;
  private nodes: RunNode[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly runs: RunsService) {}

  register(): vscode.Disposable {
    const view = vscode.window.createTreeView<RunNode>('afina.runs', { treeDataProvider: this });
    const refresh = (): void => {
      view.message = this.silence() ?? '';
      const working = this.runs.all.filter(({ run }) => !isEnded(run.state)).length;
      view.badge =
        working === 0
          ? undefined
          : {
              value: working,
              tooltip: working === 1 ? t('1 unfinished run') : t('{0} unfinished runs', working),
            };
      this.changed.fire(undefined);
    };
    this.disposables.push(
      view,
      this.runs.onDidChange(refresh),
      view.onDidChangeVisibility(({ visible }) => this.setVisible(visible)),
      vscode.commands.registerCommand('afina.refresh', () => this.runs.pollNow()),
    );
    this.setVisible(view.visible);
    refresh();
    return this;
  }

  dispose(): void {
    this.setVisible(false);
    for (const disposable of this.disposables) disposable.dispose();
  }

  getChildren(node?: RunNode): RunNode[] {
    if (node !== undefined) return [];
    this.nodes = [...this.runs.all, ...this.runs.broken];
    return this.nodes;
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    return isProjectRun(node) ? runItem(node) : brokenItem(node);
  }

  /** Times on screen go on between two polls. */
  private setVisible(visible: boolean): void {
    if (visible === (this.onScreen !== undefined)) return;
    this.onScreen?.dispose();
    this.onScreen = visible ? this.runs.watchOnScreen() : undefined;
    clearInterval(this.clock);
    if (!visible) return;
    this.clock = setInterval(() => {
      for (const node of this.nodes) {
        if (isProjectRun(node) && (node.run.state === 'running' || node.run.state === 'preparing')) {
          this.changed.fire(node);
        }
      }
    }, CLOCK_MS);
  }

  private silence(): string | undefined {
    const silent = [...this.runs.silentClusters];
    return silent.length === 0
      ? undefined
      : silent.map(([cluster, why]) => t('{0} does not answer: {1}', cluster, why)).join('\n');
  }
}

function runItem(node: ProjectRun): vscode.TreeItem {
  const { root, run } = node;
  const format = makeFormat(interfaceLanguage());
  const description = describeRun(run, format, Date.now());
  const item = new vscode.TreeItem(run.job);
  const { icon, color } = iconOf(run.state);
  item.id = `${root}\0${run.id}`;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.contextValue = contextOf(run);
  item.accessibilityInformation = {
    label: t('Run {0}: {1}', run.job, description),
    role: 'treeitem',
  };
  item.command = { command: 'afina.openRun', title: t('Open Run'), arguments: [node] };
  const elapsed = elapsedSeconds(run, Date.now());
  const rows: [string, string | null][] = [
    [t('State'), statusOf(run)],
    [t('Reason'), run.error?.message ?? run.reason],
    [t('Submitted at'), format.time(run.createdAt)],
    [t('Elapsed'), elapsed === null ? null : format.duration(elapsed)],
    [t('Cluster'), clusterOf(run)],
    [t('Base model'), run.base.model],
    [
      t('Records'),
      t('{0} train, {1} evaluate', format.integer(run.counts.train), format.integer(run.counts.eval)),
    ],
    [t('Loss'), run.loss === null ? null : format.decimal(run.loss, 4)],
    [t('Evaluation loss'), run.evalLoss === null ? null : format.decimal(run.evalLoss, 4)],
    [t('Adapter'), run.fetched === null ? null : format.bytes(run.fetched.bytes)],
  ];
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(run.id).appendMarkdown('**\n\n');
  for (const [label, value] of rows) {
    if (value !== null) tooltip.appendText(`${label}: ${value}`).appendMarkdown('  \n');
  }
  item.tooltip = tooltip;
  return item;
}

function clusterOf({ cluster, clusterConfig, jobId }: Run): string {
  const title = clusterTitle(cluster);
  return jobId === null || clusterConfig.type === 'local' ? title : t('{0}, job {1}', title, jobId);
}

function brokenItem(node: BrokenNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.id);
  item.id = `${node.root}\0${node.id}`;
  item.description = t('cannot be read');
  item.tooltip = node.message;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('charts.yellow'));
  item.contextValue = 'run.broken';
  item.command = {
    command: 'vscode.open',
    title: t('Open'),
    arguments: [vscode.Uri.file(node.file)],
  };
  return item;
}
