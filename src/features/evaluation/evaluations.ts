import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { StoredEvaluation } from '../../evaluation/store';
import type { Project } from '../../project/project';
import type { RuntimeClient } from '../../runtime/client';
import type { PreviewService } from '../preview/previewService';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';
import type { EvaluationPanel } from './evaluationPanel';

export interface EvaluationsOptions {
  readonly extensionUri: vscode.Uri;
  readonly output: vscode.LogOutputChannel;
  readonly projects: ProjectService;
  readonly preview: PreviewService;
  readonly runtime: RuntimeClient;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
  /** Opens a record in the dataset editor. */
  readonly show: (uri: vscode.Uri, line: number, id: string) => Promise<void>;
}

/** *Evaluate…* and *Open Evaluation…*: one panel for each evaluation. */
export class Evaluations implements vscode.Disposable {
  private readonly panels = new Map<string, EvaluationPanel>();
  private readonly disposables: vscode.Disposable[] = [];

  constructor(private readonly options: EvaluationsOptions) {}

  register(): vscode.Disposable {
    this.disposables.push(
      vscode.commands.registerCommand('afina.evaluate', (target?: unknown) =>
        this.guard(async () => {
          const { chooseEvaluation } = await import('./chooseEvaluation');
          const chosen = await chooseEvaluation(target, this.options);
          if (chosen !== undefined) await this.open(chosen.project, chosen.evaluation, chosen.run);
        }),
      ),
      vscode.commands.registerCommand('afina.openEvaluation', () =>
        this.guard(async () => {
          const { chooseEarlier } = await import('./chooseEvaluation');
          const chosen = await chooseEarlier(this.options);
          if (chosen !== undefined) await this.open(chosen.project, chosen.evaluation, false);
        }),
      ),
    );
    return this;
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await showError(error, { output: this.options.output });
    }
  }

  private async open(project: Project, evaluation: StoredEvaluation, run: boolean): Promise<void> {
    const { folder } = evaluation;
    let panel = this.panels.get(folder);
    if (panel === undefined) {
      const { EvaluationPanel: Loaded } = await import('./evaluationPanel');
      panel = new Loaded(project, evaluation, this.options);
      this.panels.set(folder, panel);
      panel.onDidDispose(() => this.panels.delete(folder));
    } else panel.reveal();
    if (run) panel.start();
  }
}

/** Title of an evaluation in lists and tabs. */
export function evaluationTitle(name: string): string {
  return t('Evaluation: {0}', name);
}
