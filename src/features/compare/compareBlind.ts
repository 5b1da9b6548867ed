import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Comparison } from '../../evaluation/comparisonStore';
import type { Project } from '../../project/project';
import { COMPARE_COMMANDS } from '../../protocol/compareView';
import { pickProject } from '../jobs/createJob';
import { interfaceLanguage } from '../l10n';
import type { PreviewService } from '../preview/previewService';
import type { ProjectService } from '../project/projectService';
import type { Identity } from '../review/identity';
import { showError } from '../showError';
import type { ComparePanel } from './comparePanel';

export interface CompareBlindOptions {
  readonly extensionUri: vscode.Uri;
  readonly output: vscode.LogOutputChannel;
  readonly projects: ProjectService;
  readonly preview: PreviewService;
  readonly identity: Identity;
}

/** The command *Compare Blind…*: a new comparison, or one to go on with; one panel for each. */
export class CompareBlind {
  /** By the folder of the comparison. */
  private readonly panels = new Map<string, ComparePanel>();

  constructor(private readonly options: CompareBlindOptions) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.commands.registerCommand('afina.compareBlind', async () => {
        try {
          await this.begin();
        } catch (error) {
          await showError(error, { output: this.options.output });
        }
      }),
      ...COMPARE_COMMANDS.map((command) =>
        vscode.commands.registerCommand(`afina.${command}`, () =>
          [...this.panels.values()].find((panel) => panel.active)?.run(command),
        ),
      ),
    );
  }

  private async begin(): Promise<void> {
    const { projects, preview, identity } = this.options;
    const project = await pickProject(projects.projects, t('In which project?'));
    if (project === undefined) return;
    const judge = await identity.ask(project.file);
    if (judge === undefined) return;
    const earlier = await this.pickEarlier(project, judge);
    if (earlier === undefined) return;
    const { newComparison } = await import('./newComparison');
    const comparison = earlier === 'new' ? await newComparison(project, preview) : earlier;
    if (comparison !== undefined) await this.open(project, comparison, judge);
  }

  /** A comparison that is there already, or `new`; undefined when the question was left unanswered. */
  private async pickEarlier(project: Project, judge: string): Promise<Comparison | 'new' | undefined> {
    const { listComparisons } = await import('../../evaluation/comparisonStore');
    const { judgedBy } = await import('../../evaluation/comparison');
    const all = await listComparisons(project.root);
    if (all.length === 0) return 'new';
    const time = new Intl.DateTimeFormat(interfaceLanguage(), { dateStyle: 'medium', timeStyle: 'short' });
    const picked = await vscode.window.showQuickPick(
      [
        { label: t('New comparison…'), description: '', detail: '', choice: 'new' as const },
        ...all.map((comparison) => {
          const { spec, votes, records } = comparison;
          return {
            label: path.posix.basename(spec.dataset),
            description: time.format(new Date(spec.createdAt)),
            detail: t('{0} of {1} judged by you', judgedBy(votes, judge), records.length),
            choice: comparison,
          };
        }),
      ],
      { placeHolder: t('A new comparison, or go on with one?'), ignoreFocusOut: true },
    );
    return picked?.choice;
  }

  private async open(project: Project, comparison: Comparison, judge: string): Promise<void> {
    const open = this.panels.get(comparison.folder);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const { ComparePanel: Loaded } = await import('./comparePanel');
    const panel = new Loaded(this.options, project, comparison, judge);
    this.panels.set(comparison.folder, panel);
    panel.onDidDispose(() => this.panels.delete(comparison.folder));
  }
}
