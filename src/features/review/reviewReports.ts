import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { chooseDataset } from '../datasets/chooseDataset';
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
        const uri = await chooseDataset(target, this.options, t('Report of which dataset?'));
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
}
