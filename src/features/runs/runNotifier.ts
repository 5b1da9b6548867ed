import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { interfaceLanguage } from '../l10n';
import { makeFormat } from '../../protocol/format';
import type { RunActions } from './runActions';
import type { RunPanels } from './runPanels';
import { curvesOf } from './runSnapshot';
import { endMessage } from './runText';
import type { ProjectRun, RunsService } from './runsService';

/** Tells when a run has ended, with what its user will want to do next. */
export class RunNotifier {
  constructor(
    private readonly runs: RunsService,
    private readonly actions: RunActions,
    private readonly panels: RunPanels,
  ) {}

  register(): vscode.Disposable {
    return this.runs.onDidEnd((target) => void this.tell(target));
  }

  private async tell(target: ProjectRun): Promise<void> {
    if (!vscode.workspace.getConfiguration('afina').get<boolean>('runs.notify', true)) return;
    const { root, run } = target;
    const metrics = await this.runs
      .store(root)
      .metrics(run.id)
      .catch(() => []);
    const first = curvesOf(metrics).train[0]?.[1] ?? null;
    const message = endMessage(run, run.job, first, makeFormat(interfaceLanguage()));
    const fetch = t('Fetch Adapter');
    const open = t('Open');
    const log = t('Open Log');
    const good = run.state === 'completed';
    const show =
      good || run.state === 'cancelled'
        ? vscode.window.showInformationMessage
        : vscode.window.showErrorMessage;
    const picked = await show(
      message,
      ...(good ? [fetch, open] : run.state === 'cancelled' ? [open] : [log, open]),
    );
    const newest = this.runs.find(root, run.id) ?? target;
    if (picked === fetch) await this.actions.act('fetch', newest);
    else if (picked === log) await this.actions.act('log', newest);
    else if (picked === open) this.panels.open(newest);
  }
}
