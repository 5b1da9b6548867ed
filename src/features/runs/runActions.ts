import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { interfaceLanguage } from '../l10n';
import type { Run } from '../../jobs/run';
import type { Project } from '../../project/project';
import { CancelledError, isCancelled } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import type { RunAction } from '../../protocol/runView';
import { describeProgress } from '../jobs/submitText';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';
import type { RunLogs } from './runLogs';
import type { ProjectRun, RunsService } from './runsService';

export interface Busy {
  readonly label: string;
  /** 0 to 1, or null when nobody can say. */
  readonly fraction: number | null;
}

export interface RunActionsOptions {
  readonly runs: RunsService;
  readonly projects: ProjectService;
  readonly logs: RunLogs;
  readonly output: vscode.LogOutputChannel;
  /** Absolute path of a model's GGUF, downloaded after asking if it is not here. */
  readonly ensureModel: (project: Project, modelKey: string) => Promise<string>;
  /** Makes a fetched run's adapter the one with which previews answer. */
  readonly useInPreview: (root: string, run: Run) => Promise<void>;
}

/** What a user may do with a run, from a menu, the palette, a notification or the run's own view. */
export class RunActions implements vscode.Disposable {
  private readonly busyRuns = new Map<string, Busy>();
  private readonly changed = new vscode.EventEmitter<void>();

  /** An action began, went on or ended. */
  readonly onDidChangeBusy = this.changed.event;

  constructor(private readonly options: RunActionsOptions) {}

  dispose(): void {
    this.changed.dispose();
  }

  busy(runId: string): Busy | undefined {
    return this.busyRuns.get(runId);
  }

  /** Ends when the action has; its error is shown here and goes no further. */
  async act(action: RunAction, target: ProjectRun): Promise<void> {
    try {
      await this.perform(action, target);
    } catch (error) {
      await this.options.runs.refresh(target.root);
      void showError(error, {
        output: this.options.output,
        retry: () => this.act(action, target),
        openLog: () => this.options.logs.open(target),
      });
    }
  }

  /** Takes a run's folder away from this machine, after asking; nothing on the cluster is touched. */
  async remove(root: string, id: string, name: string): Promise<void> {
    const yes = t('Remove');
    const picked = await vscode.window.showWarningMessage(
      t('Remove the run "{0}" from this machine?', name),
      {
        modal: true,
        detail: t(
          'Its metrics, log and fetched adapter in .afina/runs/{0} are deleted. Nothing on the cluster is touched.',
          id,
        ),
      },
      yes,
    );
    if (picked !== yes) return;
    try {
      await this.options.runs.store(root).remove(id);
    } catch (error) {
      void showError(error, { output: this.options.output });
    }
    await this.options.runs.refresh(root);
  }

  private async perform(action: RunAction, target: ProjectRun): Promise<void> {
    const { root, run } = target;
    switch (action) {
      case 'log':
        return this.options.logs.open(target);
      case 'job':
        await vscode.window.showTextDocument(vscode.Uri.file(path.join(root, run.jobFile)));
        return;
      case 'cancel':
        return this.cancel(target);
      case 'fetch':
        return this.fetch(target);
      case 'preview':
        return this.preview(target);
      case 'resume':
        return this.resume(target);
    }
  }

  private async cancel({ root, run }: ProjectRun): Promise<void> {
    const yes = t('Cancel Run');
    const picked = await vscode.window.showWarningMessage(
      t('Cancel the run "{0}"?', run.job),
      {
        modal: true,
        detail: t('The training is stopped. What it has learnt so far stays in its checkpoints.'),
      },
      yes,
    );
    if (picked !== yes) return;
    const { runs } = this.options;
    await this.working(run, t('Cancelling…'), async (_report, signal) => {
      const { cancelRun } = await import('../../jobs/cancelRun');
      await cancelRun(run.id, { runStore: runs.store(root), transportFor: runs.transportFor, signal });
    });
    await runs.pollNow();
  }

  private async fetch({ root, run }: ProjectRun): Promise<void> {
    const { runs, projects } = this.options;
    const project = projects.projectOf(root);
    // The conversion needs the base that the preview answers with: its shapes decide how the adapter is laid out.
    const baseGguf =
      run.base.gguf === null && project !== undefined
        ? await this.options.ensureModel(project, run.base.model)
        : undefined;
    const format = makeFormat(interfaceLanguage());
    const { fetchRun } = await import('../../jobs/fetchRun');
    const fetched = await this.working(run, t('Fetching the adapter…'), async (report, signal) =>
      fetchRun(run.id, {
        runStore: runs.store(root),
        transportFor: runs.transportFor,
        signal,
        ...(baseGguf === undefined ? {} : { baseGguf }),
        onProgress: ({ phase, done, total }) => {
          const fraction = total === 0 ? null : done / total;
          report(
            phase === 'download'
              ? t('Fetching the adapter: {0} of {1}', format.bytes(done), format.bytes(total))
              : t('Converting the adapter…'),
            fraction,
          );
        },
      }),
    );
    await runs.refresh(root);
    const use = t('Use in Preview');
    void vscode.window
      .showInformationMessage(t('The adapter of "{0}" is here and ready for the preview.', run.job), use)
      .then((picked) => (picked === use ? this.act('preview', { root, run: fetched }) : undefined));
  }

  /** Makes the adapter answer, and shows the dataset beside whose answers it will be read. */
  private async preview({ root, run }: ProjectRun): Promise<void> {
    await this.options.useInPreview(root, run);
    const dataset = vscode.Uri.file(path.join(root, run.dataset));
    await vscode.commands.executeCommand('vscode.openWith', dataset, 'afina.datasetEditor');
    void vscode.window.setStatusBarMessage(
      t('$(sparkle) The preview now answers with the adapter of "{0}" beside its base', run.job),
      8000,
    );
  }

  private async resume({ root, run }: ProjectRun): Promise<void> {
    const { runs } = this.options;
    const format = makeFormat(interfaceLanguage());
    await this.working(run, t('Resuming the submission…'), async (report, signal) => {
      const { resumeSubmission } = await import('../../jobs/submit');
      await resumeSubmission(run.id, {
        runStore: runs.store(root),
        transportFor: runs.transportFor,
        signal,
        onProgress: (progress) => report(describeProgress(progress, format), null),
      });
    });
    await runs.refresh(root);
  }

  /** Runs one action of a run at a time, with a notification that can stop it. */
  private async working<T>(
    run: Run,
    label: string,
    work: (report: (label: string, fraction: number | null) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.busyRuns.has(run.id)) throw new CancelledError('already under way');
    const controller = new AbortController();
    this.setBusy(run.id, { label, fraction: null });
    try {
      return await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: run.job, cancellable: true },
        async (progress, token) => {
          token.onCancellationRequested(() => controller.abort(new CancelledError()));
          let shown = 0;
          progress.report({ message: label });
          return work((message, fraction) => {
            this.setBusy(run.id, { label: message, fraction });
            const percent = Math.floor((fraction ?? 0) * 100);
            progress.report({ message, increment: Math.max(0, percent - shown) });
            shown = Math.max(shown, percent);
          }, controller.signal);
        },
      );
    } catch (error) {
      if (controller.signal.aborted && !isCancelled(error)) throw new CancelledError();
      throw error;
    } finally {
      this.setBusy(run.id, undefined);
    }
  }

  private setBusy(id: string, busy: Busy | undefined): void {
    if (busy === undefined) this.busyRuns.delete(id);
    else this.busyRuns.set(id, busy);
    this.changed.fire();
  }
}
