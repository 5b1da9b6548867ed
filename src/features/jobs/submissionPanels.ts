import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { interfaceLanguage } from '../l10n';
import { JobError } from '../../jobs/jobError';
import type { RecordError } from '../../jobs/recordErrors';
import type { JobPlan, PlanOptions } from '../../jobs/resolve';
import type { Run } from '../../jobs/run';
import type { SubmitOptions } from '../../jobs/submit';
import type { Project } from '../../project/project';
import type { YamlProblem } from '../../project/yamlFile';
import { Channel } from '../../protocol/channel';
import { CancelledError, UserError, isCancelled, messageOf } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { submissionHostApi, submissionViewApi } from '../../protocol/submission';
import type { SubmissionState } from '../../protocol/submission';
import type { ProjectRun, RunsService } from '../runs/runsService';
import { openPlace } from '../showError';
import { openWebview } from '../webviewPanel';
import { problemsOf, summaryOf } from './submissionSummary';
import { advance, finish, waitingSteps } from './submitText';

export interface SubmissionOptions {
  readonly extensionUri: vscode.Uri;
  /** Folder with what runs on the cluster. */
  readonly payload: string;
  readonly runs: RunsService;
  readonly output: vscode.LogOutputChannel;
  /** Errors that the checks find in a dataset. */
  readonly errorsIn?: (dataset: string, signal?: AbortSignal) => Promise<readonly RecordError[]>;
  /** Holds the preview's prompts against the trainer's. */
  readonly promptCheck?: PlanOptions['promptCheck'];
  /** Absolute path of a model's GGUF, downloaded after asking if it is not here. */
  readonly resolveGguf?: (model: string, project: Project) => Promise<string>;
  readonly openRun: (target: ProjectRun) => void;
}

/** One panel for each job that is about to be submitted, or was. */
export class SubmissionPanels implements vscode.Disposable {
  private readonly panels = new Map<string, SubmissionPanel>();

  constructor(private readonly options: SubmissionOptions) {}

  open(project: Project, jobFile: string): void {
    const open = this.panels.get(jobFile);
    if (open !== undefined) {
      open.again(project);
      return;
    }
    const panel = new SubmissionPanel(project, jobFile, this.options);
    this.panels.set(jobFile, panel);
    panel.onDidDispose(() => this.panels.delete(jobFile));
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

/** Plans one job, shows what would happen, and submits it once its user has confirmed. */
class SubmissionPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof submissionHostApi, typeof submissionViewApi>;
  private readonly format = makeFormat(interfaceLanguage());
  private state: SubmissionState;
  private plan: JobPlan | undefined;
  private problems: readonly YamlProblem[] = [];
  private working: AbortController | undefined;
  private closed = false;

  constructor(
    private project: Project,
    private readonly jobFile: string,
    private readonly options: SubmissionOptions,
  ) {
    const name = path.basename(jobFile).replace(/\.ya?ml$/i, '');
    this.state = emptyState(name);
    const { panel, transport } = openWebview({
      viewType: 'afina.submission',
      title: t('Submit: {0}', name),
      entry: 'submission',
      extensionUri: options.extensionUri,
    });
    this.panel = panel;
    this.channel = new Channel(
      submissionHostApi,
      submissionViewApi,
      {
        'submission/load': () => this.state,
        'submission/confirm': () => this.confirm(),
        'submission/cancel': () => this.cancel(),
        'submission/retry': () => this.retry(),
        'submission/openRun': () => this.openRun(),
        'submission/openJob': () => this.openFile(this.jobFile),
        'submission/openDataset': () => this.openDataset(),
        'submission/openProblem': async ({ index }) => {
          const problem = this.problems[index];
          if (problem !== undefined) await this.openProblem(problem);
          return null;
        },
      },
      transport,
    );
    panel.onDidDispose(() => this.close());
    void this.prepare();
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** The command came again: a submission under way is shown, anything else begins anew. */
  again(project: Project): void {
    this.panel.reveal();
    this.project = project;
    const { phase } = this.state;
    // What failed half way is taken up where it stopped, by its own button: a new plan would be a second run.
    if (phase === 'submitting' || phase === 'planning' || (phase === 'failed' && this.openRunOf() !== null))
      return;
    void this.prepare();
  }

  /** An earlier submission of this job of which nobody knows yet how it ended. */
  private openRunOf(): Run | null {
    const jobFile = path.relative(this.project.root, this.jobFile).replaceAll(path.sep, '/');
    const found = this.options.runs.all.find(
      ({ root, run }) =>
        root === this.project.root &&
        run.jobFile === jobFile &&
        (run.state === 'submitting' || run.state === 'unknown'),
    );
    return found?.run ?? null;
  }

  private unfinished(): string | null {
    const run = this.openRunOf();
    return run === null
      ? null
      : t(
          'An earlier submission of this job has not been finished ({0}). Resume or cancel it under Runs; submitting here starts another run.',
          this.format.time(run.createdAt),
        );
  }

  private async prepare(): Promise<void> {
    await this.dropPlan();
    const controller = this.begin();
    this.problems = [];
    this.show(emptyState(this.state.title));
    const { errorsIn, promptCheck, resolveGguf } = this.options;
    try {
      const { planJob } = await import('../../jobs/resolve');
      const plan = await planJob({
        project: this.project,
        jobFile: this.jobFile,
        payload: this.options.payload,
        signal: controller.signal,
        ...(errorsIn === undefined ? {} : { errorsIn }),
        ...(promptCheck === undefined ? {} : { promptCheck }),
        ...(resolveGguf === undefined ? {} : { resolveGguf }),
      });
      if (this.closed) {
        await plan.dispose();
        return;
      }
      this.plan = plan;
      this.problems = plan.problems;
      this.show({
        ...this.state,
        phase: 'ready',
        title: plan.job.title ?? plan.jobName,
        summary: summaryOf(plan, this.format),
        problems: problemsOf(plan.problems, this.project.root),
        unfinished: this.unfinished(),
      });
    } catch (error) {
      if (this.working === controller) this.showPlanError(error);
    } finally {
      this.end(controller);
    }
  }

  private showPlanError(error: unknown): void {
    if (isCancelled(error)) {
      this.show({ ...this.state, phase: 'cancelled' });
    } else if (error instanceof JobError) {
      this.problems = error.problems;
      this.show({
        ...this.state,
        phase: 'problems',
        problems: problemsOf(error.problems, this.project.root),
      });
    } else {
      this.fail(error);
    }
  }

  private confirm(): null {
    if (this.state.phase === 'ready' && this.plan !== undefined) void this.submit(this.plan);
    return null;
  }

  /** Sends what was shown; or goes on, when a part of it was sent already. */
  private async submit(plan: JobPlan): Promise<void> {
    const controller = this.begin();
    const { runs } = this.options;
    const options: SubmitOptions = {
      runStore: runs.store(this.project.root),
      transportFor: runs.transportFor,
      signal: controller.signal,
      onProgress: (progress) =>
        this.show({ ...this.state, steps: advance(this.state.steps, progress, this.format) }),
    };
    this.show({ ...this.state, phase: 'submitting', steps: waitingSteps(), error: null });
    try {
      const stored = await options.runStore.get(plan.runId).catch(() => undefined);
      const submissions = await import('../../jobs/submit');
      const run =
        stored === undefined
          ? await submissions.submitJob(plan, options)
          : await submissions.resumeSubmission(plan.runId, options);
      if (run.state === 'failed')
        throw new UserError(
          'job/refused',
          run.error?.message ?? run.reason ?? t('The cluster refused the job.'),
        );
      this.show({
        ...this.state,
        phase: 'submitted',
        steps: finish(this.state.steps, 'done'),
        run: { id: run.id, jobId: run.jobId },
      });
      if (this.closed) this.tellAfterClosing(run);
    } catch (error) {
      const stopped = isCancelled(error) || (controller.signal.aborted && !(error instanceof UserError));
      this.fail(
        stopped
          ? new UserError(
              'job/stopped',
              t(
                'The submission was stopped. Trying again goes on where it stopped; nothing is submitted twice.',
              ),
            )
          : error,
      );
    } finally {
      this.end(controller);
      await runs.refresh(this.project.root);
    }
  }

  /** A record is shown where records are edited; everything else is text. */
  private async openProblem({ place, path: inJob }: YamlProblem): Promise<void> {
    if (place.file === this.jobFile || inJob.length > 0) return openPlace(place);
    await vscode.commands.executeCommand('afina.showFinding', { file: place.file, line: place.line });
  }

  private async retry(): Promise<null> {
    if (this.state.phase !== 'failed' && this.state.phase !== 'problems' && this.state.phase !== 'cancelled')
      return null;
    const { plan } = this;
    if (plan === undefined) {
      void this.prepare();
      return null;
    }
    const stored = await this.options.runs
      .store(this.project.root)
      .get(plan.runId)
      .catch(() => undefined);
    // A refused run has ended; what its user changed since then needs a new plan.
    if (stored?.state === 'failed') void this.prepare();
    else void this.submit(plan);
    return null;
  }

  private cancel(): null {
    if (this.state.phase === 'submitting') this.working?.abort(new CancelledError());
    else this.panel.dispose();
    return null;
  }

  private async openRun(): Promise<null> {
    const id = this.state.run?.id;
    if (id === undefined) return null;
    await this.options.runs.refresh(this.project.root);
    const target = this.options.runs.find(this.project.root, id);
    if (target !== undefined) this.options.openRun(target);
    return null;
  }

  private async openFile(file: string): Promise<null> {
    await vscode.window.showTextDocument(vscode.Uri.file(file));
    return null;
  }

  private async openDataset(): Promise<null> {
    if (this.plan !== undefined)
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(this.plan.dataset));
    return null;
  }

  private fail(error: unknown): void {
    const known = error instanceof UserError;
    this.options.output.error(
      error instanceof Error && !known ? (error.stack ?? error.message) : messageOf(error),
    );
    if (this.closed) void vscode.window.showErrorMessage(messageOf(error));
    this.show({
      ...this.state,
      phase: 'failed',
      steps: finish(this.state.steps, 'failed'),
      error: {
        message: known ? error.message : t('Something unexpected went wrong: {0}', messageOf(error)),
        log: known ? (error.details.log ?? null) : null,
        retry: true,
      },
    });
  }

  private tellAfterClosing(run: Run): void {
    const open = t('Open');
    void vscode.window
      .showInformationMessage(t('"{0}" was submitted.', this.state.title), open)
      .then((picked) =>
        picked === open ? this.options.openRun({ root: this.project.root, run }) : undefined,
      );
  }

  private begin(): AbortController {
    this.working?.abort(new CancelledError());
    this.working = new AbortController();
    return this.working;
  }

  private end(controller: AbortController): void {
    if (this.working === controller) this.working = undefined;
  }

  private show(state: SubmissionState): void {
    this.state = state;
    if (!this.closed) this.channel.emit('submission/state', state);
  }

  private close(): void {
    this.closed = true;
    this.channel.dispose();
    // A submission that was confirmed goes on without its panel; a plan nobody confirmed is dropped.
    if (this.state.phase === 'submitting') return;
    this.working?.abort(new CancelledError());
    void this.dropPlan();
  }

  private async dropPlan(): Promise<void> {
    const { plan } = this;
    this.plan = undefined;
    await plan?.dispose().catch((error: unknown) => this.options.output.warn(messageOf(error)));
  }
}

function emptyState(title: string): SubmissionState {
  return {
    title,
    phase: 'planning',
    summary: null,
    problems: [],
    unfinished: null,
    steps: waitingSteps(),
    error: null,
    run: null,
  };
}
