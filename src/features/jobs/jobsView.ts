import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Job } from '../../jobs/spec';
import type { Project } from '../../project/project';
import { checkJob, isJobFile, listJobFiles } from '../project/jobFiles';
import type { ProjectService } from '../project/projectService';
import { clusterTitle, describeJob, modelTitle } from './jobText';
import { textOf } from '../project/yamlDiagnostics';

/** A job file, as far as it can be read. */
export interface JobNode {
  readonly project: Project;
  /** Absolute. */
  readonly file: string;
  /** The file's name without its extension. */
  readonly name: string;
  readonly job: Job | undefined;
  readonly errors: number;
}

export function isJobNode(value: unknown): value is JobNode {
  return (
    typeof value === 'object' && value !== null && 'project' in value && 'file' in value && 'errors' in value
  );
}

/** Jobs of all projects, sorted by project and file name. */
export async function readJobs(projects: readonly Project[]): Promise<JobNode[]> {
  const nodes: JobNode[] = [];
  for (const project of projects) {
    for (const file of await listJobFiles(project)) nodes.push(await readJob(project, file));
  }
  return nodes;
}

export async function readJob(project: Project, file: string): Promise<JobNode> {
  const text = (await textOf(vscode.Uri.file(file))) ?? '';
  const { job, problems } = await checkJob(text, file, project);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { project, file, name: path.basename(file).replace(/\.ya?ml$/i, ''), job, errors };
}

const CHANGE_DELAY_MS = 250;

/** The view "Jobs". */
export class JobsView implements vscode.TreeDataProvider<JobNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private timer: NodeJS.Timeout | undefined;
  private readonly disposables: vscode.Disposable[] = [this.changed];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly projects: ProjectService) {}

  register(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher('**/jobs/*.{yaml,yml}');
    const refresh = (): void => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed.fire(undefined), CHANGE_DELAY_MS);
    };
    // What is typed counts, as it does in Problems; and an open file follows its file on disk a moment late.
    const typed = ({ uri }: vscode.TextDocument): void => {
      const project = this.projects.projectOf(uri.fsPath);
      if (project !== undefined && isJobFile(project, uri.fsPath)) refresh();
    };
    this.disposables.push(
      vscode.workspace.onDidChangeTextDocument(({ document }) => typed(document)),
      vscode.workspace.onDidCloseTextDocument(typed),
      watcher,
      watcher.onDidChange(refresh),
      watcher.onDidCreate(refresh),
      watcher.onDidDelete(refresh),
      this.projects.onDidChange(refresh),
      vscode.window.createTreeView('afina.jobs', { treeDataProvider: this }),
    );
    return this;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  async getChildren(node?: JobNode): Promise<JobNode[]> {
    return node === undefined ? readJobs(this.projects.projects) : [];
  }

  getTreeItem(node: JobNode): vscode.TreeItem {
    const title = node.job?.title ?? node.name;
    const item = new vscode.TreeItem(title);
    const description = describeJob(node.project, node.job, node.errors);
    item.id = node.file;
    item.description = description;
    item.iconPath =
      node.errors > 0
        ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
        : new vscode.ThemeIcon(node.job?.cluster === 'local' ? 'vm' : 'server-environment');
    item.contextValue = 'job';
    item.tooltip = tooltipOf(node);
    item.accessibilityInformation = { label: t('Job {0}, {1}', title, description), role: 'treeitem' };
    item.command = { command: 'vscode.open', title: t('Open'), arguments: [vscode.Uri.file(node.file)] };
    return item;
  }
}

function tooltipOf({ file, project, job, errors }: JobNode): string {
  const lines = [path.relative(project.root, file)];
  if (job !== undefined) {
    lines.push(
      t('Dataset: {0}', job.dataset),
      t('Base model: {0}', modelTitle(project, job.base)),
      t('Cluster: {0}', clusterTitle(job.cluster)),
    );
  }
  if (errors > 0) lines.push(t('It has errors: see Problems.'));
  return lines.join('\n');
}
