import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';
import type { ReviewReportPanel } from './reviewReportPanel';

export interface ReviewReportsOptions {
  readonly extensionUri: vscode.Uri;
  readonly output: vscode.LogOutputChannel;
  readonly projects: ProjectService;
  readonly topicsOf: (file: string) => Promise<readonly { readonly id: string; readonly title: string }[]>;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
  /** Opens a record in the dataset editor. */
  readonly show: (uri: vscode.Uri, line: number, id: string) => Promise<void>;
}

/** The command *Review Report*: one panel for each dataset. */
export class ReviewReports {
  private readonly panels = new Map<string, ReviewReportPanel>();

  constructor(private readonly options: ReviewReportsOptions) {}

  register(): vscode.Disposable {
    return vscode.commands.registerCommand('afina.reviewReport', async (target?: unknown) => {
      try {
        const uri = uriOf(target) ?? activeDataset() ?? (await this.pick());
        if (uri !== undefined) await this.open(uri);
      } catch (error) {
        await showError(error, { output: this.options.output });
      }
    });
  }

  private async open(uri: vscode.Uri): Promise<void> {
    const open = this.panels.get(uri.fsPath);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const { ReviewReportPanel: Loaded } = await import('./reviewReportPanel');
    const panel = new Loaded(uri, this.options);
    this.panels.set(uri.fsPath, panel);
    panel.onDidDispose(() => this.panels.delete(uri.fsPath));
  }

  private async pick(): Promise<vscode.Uri | undefined> {
    const { projects, datasetsOf } = this.options;
    const files: vscode.Uri[] = [];
    for (const project of projects.projects) {
      for (const name of await datasetsOf(project))
        files.push(vscode.Uri.file(path.join(project.root, name)));
    }
    if (files.length < 2) return files[0] ?? pickFile();
    const picked = await vscode.window.showQuickPick(
      files.map((uri) => ({ label: path.basename(uri.fsPath), description: path.dirname(uri.fsPath), uri })),
      { placeHolder: t('Report of which dataset?') },
    );
    return picked?.uri;
  }
}

async function pickFile(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: t('Report of which dataset?'),
    filters: { JSONL: ['jsonl'] },
  });
  return picked?.[0];
}

/** A file of the explorer, or a row of the datasets view. */
function uriOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target !== 'object' || target === null || !('uri' in target)) return undefined;
  return target.uri instanceof vscode.Uri ? target.uri : undefined;
}

function activeDataset(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom) && !(input instanceof vscode.TabInputText)) return undefined;
  return input.uri.scheme === 'file' && input.uri.path.endsWith('.jsonl') ? input.uri : undefined;
}
