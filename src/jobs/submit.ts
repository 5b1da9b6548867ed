import { cp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { schedulerOf } from '../cluster/clusters';
import { checkVenv, prepareEnvironment } from '../cluster/environment';
import { writeAtomically } from '../cluster/files';
import { isTransient } from '../cluster/sshErrors';
import { placeFiles, storeFiles } from '../cluster/store';
import type { Transport } from '../cluster/transport';
import { resourcesSchema } from '../project/config';
import type { ClusterConfig } from '../project/config';
import { UserError, isCancelled, messageOf } from '../protocol/errors';
import { sha256 } from './bundle';
import { isLocked, tryLock } from './fileLock';
import type { JobPlan } from './resolve';
import type { Run } from './run';
import type { RunStore } from './runStore';

export type TransportFor = (config: ClusterConfig) => Transport;

export type SubmitProgress =
  | { readonly step: 'connect' }
  | { readonly step: 'upload'; readonly done: number; readonly total: number; readonly file: string }
  /** `total` 0: not known yet. Counts are packages. */
  | { readonly step: 'environment'; readonly message: string; readonly done: number; readonly total: number }
  | { readonly step: 'submit' };

export interface SubmitOptions {
  readonly runStore: RunStore;
  /** `new TransportPool(…).transportFor`. */
  readonly transportFor: TransportFor;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SubmitProgress) => void;
  /** Between two looks at an environment that is being created. Default 1000. */
  readonly environmentPollMs?: number;
}

/** `.afina/runs/<run>/submission.json`: what a submission needs to go on after a crash of the editor. */
const submissionSchema = z.object({
  version: z.literal(1),
  resources: resourcesSchema,
  environment: z.union([
    z.object({ venv: z.string(), modules: z.array(z.string()) }),
    z.object({
      folder: z.string(),
      interpreter: z.string(),
      modules: z.array(z.string()),
      pipArgs: z.array(z.string()),
      requirements: z.string(),
    }),
  ]),
  /** `local` from the run's folder, or absolute. */
  files: z.array(z.object({ local: z.string(), path: z.string(), sha256: z.string(), bytes: z.number() })),
});
type Submission = z.infer<typeof submissionSchema>;

const BUNDLE = 'bundle';
/** Phase of a run whose submission script may be under way: whether there is a job, only the cluster knows. */
export const SUBMITTING = 'submit';

/**
 * Submits what was planned and confirmed. The run is stored as `submitting` before anything is sent; when the
 * connection dies it stays `submitting` (nothing was started) or `unknown` (it may have been), and
 * `resumeSubmission` goes on. A refusal makes it `failed`. The same plan never gives two runs.
 * Throws UserError `job/being-submitted` when another window is submitting this job file.
 */
export async function submitJob(plan: JobPlan, options: SubmitOptions): Promise<Run> {
  const { runStore } = options;
  const release = await tryLock(jobLock(plan));
  if (release === undefined) {
    throw new UserError(
      'job/being-submitted',
      t(
        'The job {0} is being submitted from another window at this moment. Wait for it, then look at the runs before submitting again.',
        plan.jobName,
      ),
      { remedies: ['showRuns'] },
    );
  }
  try {
    await store(plan, runStore);
    return await proceed(plan.runId, options);
  } finally {
    await release();
  }
}

/**
 * Goes on with a submission that a crash, a lost connection or a refusal broke off; never submits twice. A run that
 * has its job already is returned as it is.
 */
export async function resumeSubmission(runId: string, options: SubmitOptions): Promise<Run> {
  const run = await options.runStore.get(runId);
  return proceed(run.id, options);
}

/** Whether some window is at work on this run's submission at this moment. */
export function isBeingSubmitted(runStore: RunStore, runId: string): Promise<boolean> {
  return isLocked(submitLock(runStore, runId));
}

/** States from which a submission can go on: nothing was started, or nobody knows. */
export function canResume(run: Run): boolean {
  return (
    run.jobId === null && (run.state === 'submitting' || run.state === 'unknown' || run.state === 'failed')
  );
}

function submitLock(runStore: RunStore, runId: string): string {
  return path.join(runStore.folder(runId), 'submit.lock');
}

function jobLock(plan: JobPlan): string {
  return path.join(plan.project.root, '.afina', 'locks', `${sha256(plan.jobFile).slice(0, 16)}.lock`);
}

/** Turns the plan into a run of this machine: from here on nothing is forgotten. */
async function store(plan: JobPlan, runStore: RunStore): Promise<void> {
  const relative = (file: string): string => path.relative(plan.project.root, file).split(path.sep).join('/');
  const folder = runStore.folder(plan.runId);
  const inBundle = (file: string): string => {
    const inside = path.relative(plan.folder, file);
    return inside.startsWith('..') || path.isAbsolute(inside) ? file : path.join(BUNDLE, inside);
  };
  const submission: Submission = {
    version: 1,
    resources: plan.resources,
    environment:
      'venv' in plan.environment
        ? { venv: plan.environment.venv, modules: [...plan.environment.modules] }
        : {
            ...plan.environment,
            modules: [...plan.environment.modules],
            pipArgs: [...plan.environment.pipArgs],
          },
    files: plan.files.map(({ local, path: name, sha256: hash, bytes }) => ({
      local: inBundle(local),
      path: name,
      sha256: hash,
      bytes,
    })),
  };
  const run: Run = {
    version: 1,
    id: plan.runId,
    job: plan.jobName,
    jobFile: relative(plan.jobFile),
    dataset: relative(plan.dataset),
    cluster: plan.cluster.name,
    clusterConfig: plan.cluster.config,
    base: { model: plan.model.key, gguf: plan.model.gguf, hf: plan.model.config.hf ?? null },
    createdAt: new Date().toISOString(),
    state: 'submitting',
    reason: null,
    jobId: null,
    remote: {
      root: plan.cluster.root,
      folder: `${plan.cluster.root}/runs/${plan.runId}`,
      environment: 'venv' in plan.environment ? plan.environment.venv : plan.environment.folder,
    },
    phase: null,
    step: null,
    maxSteps: null,
    epoch: null,
    loss: null,
    evalLoss: null,
    startedAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    error: null,
    counts: { train: plan.counts.train, eval: plan.counts.eval },
    offsets: { metrics: 0, log: 0 },
    fetched: null,
  };
  // Before run.json: a run that is listed can always go on.
  await writeAtomically(
    path.join(folder, 'submission.json'),
    `${JSON.stringify(submission, undefined, 1)}\n`,
  );
  await rename(plan.folder, path.join(folder, BUNDLE)).catch((error: unknown) => {
    // The same plan a second time: its files are where they belong already.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await cp(path.join(folder, BUNDLE, 'spec.json'), path.join(folder, 'spec.json')).catch(() => undefined);
  await runStore.create(run);
}

async function proceed(runId: string, options: SubmitOptions): Promise<Run> {
  const { runStore } = options;
  const release = await tryLock(submitLock(runStore, runId));
  if (release === undefined) {
    throw new UserError(
      'job/being-submitted',
      t('The run {0} is being submitted from another window at this moment.', runId),
      { remedies: ['showRuns'] },
    );
  }
  try {
    const run = await runStore.get(runId);
    if (!canResume(run)) return run;
    return await attempt(run, options);
  } finally {
    await release();
  }
}

async function attempt(run: Run, options: SubmitOptions): Promise<Run> {
  const { runStore, signal, onProgress } = options;
  const wasUnknown = run.state === 'unknown' || run.phase === SUBMITTING;
  let sent = false;
  try {
    const submission = await readSubmission(runStore, run.id);
    const transport = options.transportFor(run.clusterConfig);
    const withSignal = signal === undefined ? {} : { signal };
    await runStore.update(run.id, (now) => ({
      state: now.state === 'unknown' ? 'unknown' : 'submitting',
      reason: null,
      error: null,
      endedAt: null,
    }));
    onProgress?.({ step: 'connect' });
    const folder = runStore.folder(run.id);
    const files = submission.files.map((file) => ({ ...file, local: path.resolve(folder, file.local) }));
    await storeFiles(transport, run.remote.root, files, {
      ...withSignal,
      onProgress: (done, total, file) => onProgress?.({ step: 'upload', done, total, file }),
    });
    await placeFiles(transport, run.remote.root, run.remote.folder, files, signal);

    onProgress?.({ step: 'environment', message: '', done: 0, total: 0 });
    const { environment } = submission;
    if ('venv' in environment) {
      await checkVenv(transport, environment.venv, signal);
    } else {
      await prepareEnvironment(
        transport,
        { ...environment, folder: run.remote.folder, environment: environment.folder },
        {
          ...withSignal,
          onProgress: (progress) => onProgress?.({ step: 'environment', ...progress }),
          ...(options.environmentPollMs === undefined ? {} : { pollMs: options.environmentPollMs }),
        },
      );
    }

    onProgress?.({ step: 'submit' });
    // Stored before the command leaves: a crash in between must not look as if nothing had been sent.
    await runStore.update(run.id, () => ({ phase: SUBMITTING }));
    const answer = await schedulerOf(run.clusterConfig).submit(
      transport,
      { run: run.id, folder: run.remote.folder, resources: submission.resources },
      { ...withSignal, onStarted: () => (sent = true) },
    );
    const submitted = await runStore.update(run.id, (now) => ({
      jobId: answer.jobId,
      phase: now.phase === SUBMITTING ? null : now.phase,
      // A monitor may have seen it run in between.
      state: now.state === 'unknown' || now.state === 'submitting' ? 'queued' : now.state,
      reason: null,
      error: null,
    }));
    await tidy(runStore, run.id);
    return submitted;
  } catch (error) {
    await settle(runStore, run.id, error, { sent, wasUnknown });
    throw error;
  }
}

/** What the failed attempt means for the run. */
async function settle(
  runStore: RunStore,
  id: string,
  error: unknown,
  { sent, wasUnknown }: { readonly sent: boolean; readonly wasUnknown: boolean },
): Promise<void> {
  const cancelled = isCancelled(error);
  const transient = isTransient(error);
  const message = messageOf(error);
  await runStore.update(id, (run) => {
    if (run.jobId !== null) return {};
    if (wasUnknown || (sent && (cancelled || transient || !(error instanceof UserError)))) {
      // A definite refusal of the scheduler ends even an unknown state: it looked, and there is no job.
      if (!(sent && error instanceof UserError && !transient)) {
        return {
          state: 'unknown',
          reason: t(
            'It is not known whether the job was accepted. Resume the submission: it looks first and submits nothing twice.',
          ),
        };
      }
    }
    if (cancelled)
      return { state: 'cancelled', phase: null, reason: null, endedAt: new Date().toISOString() };
    if (transient) return { state: 'submitting', phase: null, reason: message };
    return {
      state: 'failed',
      phase: null,
      reason: message,
      error: { type: error instanceof UserError ? error.code : 'internal', message, hint: null },
      endedAt: new Date().toISOString(),
    };
  });
}

async function readSubmission(runStore: RunStore, id: string): Promise<Submission> {
  const file = path.join(runStore.folder(id), 'submission.json');
  try {
    return z.parse(submissionSchema, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UserError(
      'run/broken',
      t('{0} cannot be read ({1}). Submit the job again.', file, messageOf(error)),
      { place: { file } },
      { cause: error },
    );
  }
}

/** The cluster has everything now; the dataset's copies need not stay here twice. */
async function tidy(runStore: RunStore, id: string): Promise<void> {
  await rm(path.join(runStore.folder(id), BUNDLE), { recursive: true, force: true }).catch(() => undefined);
}
