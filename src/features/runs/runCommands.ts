import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { interfaceLanguage } from '../l10n';
import { isEnded } from '../../jobs/run';
import { makeFormat } from '../../protocol/format';
import type { RunAction } from '../../protocol/runView';
import type { RunActions } from './runActions';
import type { RunPanels } from './runPanels';
import { actionsOf, describeRun, iconOf } from './runText';
import type { ProjectRun, RunsService } from './runsService';
import { isProjectRun } from './runsView';

/** The commands of runs: with a run from a menu, else asking which. */
export class RunCommands {
  constructor(
    private readonly runs: RunsService,
    private readonly actions: RunActions,
    private readonly panels: RunPanels,
  ) {}

  register(): vscode.Disposable {
    const may = (action: RunAction) => (target: ProjectRun) => actionsOf(target.run).includes(action);
    const act = (
      command: string,
      action: RunAction,
      allowed: (target: ProjectRun) => boolean,
    ): vscode.Disposable =>
      vscode.commands.registerCommand(command, async (argument: unknown) => {
        const target = await this.target(argument, allowed);
        if (target !== undefined) await this.actions.act(action, target);
      });
    return vscode.Disposable.from(
      vscode.commands.registerCommand('afina.openRun', async (argument: unknown) => {
        const target = await this.target(argument, () => true);
        if (target !== undefined) this.panels.open(target);
      }),
      act('afina.openRunLog', 'log', () => true),
      act('afina.cancelRun', 'cancel', may('cancel')),
      // A fetched adapter may be fetched again: repairing it is the point of doing so.
      act('afina.fetchRun', 'fetch', ({ run }) => run.state === 'completed'),
      act('afina.previewRun', 'preview', may('preview')),
      act('afina.resumeSubmission', 'resume', may('resume')),
      vscode.commands.registerCommand('afina.removeRun', (argument: unknown) => this.remove(argument)),
      vscode.commands.registerCommand('afina.copyRunId', async (argument: unknown) => {
        const target = await this.target(argument, () => true);
        if (target !== undefined) await vscode.env.clipboard.writeText(target.run.id);
      }),
    );
  }

  private async remove(argument: unknown): Promise<void> {
    const broken = this.runs.broken.find((each) => each === argument);
    if (broken !== undefined) return this.actions.remove(broken.root, broken.id, broken.id);
    const target = await this.target(argument, ({ run }) => isEnded(run.state));
    if (target !== undefined) await this.actions.remove(target.root, target.run.id, target.run.job);
  }

  /** The newest state of the run that is meant; asks when the command came without one. */
  private async target(
    argument: unknown,
    allowed: (target: ProjectRun) => boolean,
  ): Promise<ProjectRun | undefined> {
    if (isProjectRun(argument)) return this.runs.find(argument.root, argument.run.id);
    const choice = this.runs.all.filter(allowed);
    if (choice.length === 0) {
      void vscode.window.showInformationMessage(t('There is no run for which this can be done now.'));
      return undefined;
    }
    const format = makeFormat(interfaceLanguage());
    const picked = await vscode.window.showQuickPick(
      choice.map((target) => ({
        label: `$(${iconOf(target.run.state).icon}) ${target.run.job}`,
        description: format.time(target.run.createdAt),
        detail: describeRun(target.run, format, Date.now()),
        target,
      })),
      { placeHolder: t('Which run?'), matchOnDescription: true, matchOnDetail: true },
    );
    return picked?.target;
  }
}
