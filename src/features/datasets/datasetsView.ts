import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { VarietyCounts } from '../../checks/checkFile';
import type { Finding } from '../../checks/finding';
import { STATUSES } from '../../dataset/record';
import type { Project } from '../../project/project';
import { countByFamily, familyLabel } from '../findings/families';
import type { FamilyCounts } from '../findings/families';
import { makeFormat } from '../../protocol/format';
import { statusLabel } from '../jobs/submissionSummary';
import { interfaceLanguage } from '../l10n';
import type { ProjectService } from '../project/projectService';
import { countRecords } from './datasetCounts';
import type { DatasetCounts } from './datasetCounts';
import { datasetFiles } from './datasetFiles';

/** What a family of rules found in a dataset. */
interface FamilyNode {
  readonly dataset: DatasetNode;
  readonly counts: FamilyCounts;
}

type Node = DatasetNode | FamilyNode;

export interface DatasetNode {
  readonly project: Project;
  /** From the project's folder, with forward slashes. */
  readonly name: string;
  readonly uri: vscode.Uri;
}

/** What the checks found in a file. */
export interface FileFindings {
  readonly onDidChange: vscode.Event<void>;
  of(file: string): readonly Finding[];
  varietiesIn(file: string): VarietyCounts | undefined;
}

const CHANGE_DELAY_MS = 300;
const EDITOR = 'afina.datasetEditor';

/** The view "Datasets": the files of afina.yaml's `datasets`, with their records and findings. */
export class DatasetsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private readonly counts = new Map<string, DatasetCounts | undefined>();
  private nodes: DatasetNode[] = [];
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly projects: ProjectService,
    private readonly findings: FileFindings,
  ) {}

  register(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.jsonl');
    const stale = (uri: vscode.Uri): void => {
      this.counts.delete(uri.fsPath);
      this.later();
    };
    this.disposables.push(
      watcher,
      watcher.onDidChange(stale),
      watcher.onDidCreate(stale),
      watcher.onDidDelete(stale),
      this.projects.onDidChange(() => this.later()),
      this.findings.onDidChange(() => this.later()),
      vscode.window.createTreeView('afina.datasets', { treeDataProvider: this }),
      vscode.commands.registerCommand('afina.openDatasetText', async (node: DatasetNode | undefined) => {
        if (node !== undefined) await vscode.commands.executeCommand('vscode.openWith', node.uri, 'default');
      }),
    );
    return this;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node !== undefined) {
      if ('dataset' in node) return [];
      return countByFamily(this.findings.of(node.uri.fsPath)).map((counts) => ({ dataset: node, counts }));
    }
    const nodes: DatasetNode[] = [];
    for (const project of this.projects.projects) {
      for (const name of await datasetFiles(project)) {
        nodes.push({ project, name, uri: vscode.Uri.file(path.join(project.root, name)) });
      }
    }
    this.nodes = nodes;
    return nodes;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return 'dataset' in node ? familyItem(node) : this.datasetItem(node);
  }

  private datasetItem(node: DatasetNode): vscode.TreeItem {
    const format = makeFormat(interfaceLanguage());
    const found = this.findings.of(node.uri.fsPath);
    const errors = found.filter(({ severity }) => severity === 'error').length;
    const warnings = found.filter(({ severity }) => severity === 'warning').length;
    const counts = this.countsOf(node);
    const parts: string[] = [];
    if (counts !== undefined) {
      parts.push(
        counts.byStatus === null
          ? t('{0} records', format.integer(counts.records))
          : t(
              '{0} of {1} approved',
              format.integer(counts.byStatus.approved),
              format.integer(counts.records),
            ),
      );
    }
    parts.push(...countTexts(errors, warnings));
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(path.posix.basename(node.name), found.length === 0 ? None : Collapsed);
    item.id = node.uri.toString();
    item.description = parts.join(' · ');
    item.contextValue = 'dataset';
    item.iconPath = iconOf(errors, warnings);
    item.command = { command: 'vscode.openWith', title: t('Open'), arguments: [node.uri, EDITOR] };
    item.accessibilityInformation = {
      label: t('Dataset {0}, {1}', path.posix.basename(node.name), parts.join(', ')),
      role: 'treeitem',
    };
    const states =
      counts?.byStatus == null
        ? []
        : STATUSES.map(
            (status) => `${statusLabel(status)}: ${format.integer(counts.byStatus?.[status] ?? 0)}`,
          );
    const families = countByFamily(found).map(
      ({ family, records }) =>
        `${familyLabel(family)}: ${records === 1 ? t('1 record') : t('{0} records', format.integer(records))}`,
    );
    const varieties = this.findings.varietiesIn(node.uri.fsPath);
    const share =
      varieties === undefined
        ? []
        : [
            t(
              'Variety: {0} pt-PT, {1} pt-BR, {2} undecided',
              format.integer(varieties['pt-PT']),
              format.integer(varieties['pt-BR']),
              format.integer(varieties.undecided),
            ),
          ];
    item.tooltip = [node.name, ...states, ...share, ...families].join('\n');
    return item;
  }

  /** What is known now; a count that is missing is made, and the item drawn again. */
  private countsOf(node: DatasetNode): DatasetCounts | undefined {
    const key = node.uri.fsPath;
    if (this.counts.has(key)) return this.counts.get(key);
    this.counts.set(key, undefined);
    void countRecords(key).then(
      (counts) => {
        this.counts.set(key, counts);
        if (this.nodes.includes(node)) this.changed.fire(node);
      },
      () => this.counts.delete(key), // gone or unreadable: opening it says why
    );
    return undefined;
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed.fire(undefined), CHANGE_DELAY_MS);
  }
}

function iconOf(errors: number, warnings: number): vscode.ThemeIcon {
  if (errors > 0) return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  if (warnings > 0) return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return new vscode.ThemeIcon('database');
}

function countTexts(errors: number, warnings: number): string[] {
  const format = makeFormat(interfaceLanguage());
  return [
    ...(errors === 0 ? [] : [errors === 1 ? t('1 error') : t('{0} errors', format.integer(errors))]),
    ...(warnings === 0
      ? []
      : [warnings === 1 ? t('1 warning') : t('{0} warnings', format.integer(warnings))]),
  ];
}

/** Opens the dataset with only those records shown. */
function familyItem({ dataset, counts }: FamilyNode): vscode.TreeItem {
  const { family, records, errors, warnings, infos } = counts;
  const format = makeFormat(interfaceLanguage());
  const item = new vscode.TreeItem(familyLabel(family));
  const texts = countTexts(errors, warnings);
  if (infos > 0) texts.push(infos === 1 ? t('1 note') : t('{0} notes', format.integer(infos)));
  item.id = `${dataset.uri.toString()}#${family}`;
  item.description = texts.join(' · ');
  item.contextValue = 'findings';
  item.iconPath = errors + warnings > 0 ? iconOf(errors, warnings) : new vscode.ThemeIcon('info');
  item.tooltip = `${family}/*: ${records === 1 ? t('1 record') : t('{0} records', format.integer(records))}`;
  item.command = {
    command: 'afina.showFindings',
    title: t('Show these records'),
    arguments: [{ file: dataset.uri.fsPath, finding: `${family}/*` }],
  };
  item.accessibilityInformation = { label: `${familyLabel(family)}, ${texts.join(', ')}`, role: 'treeitem' };
  return item;
}
