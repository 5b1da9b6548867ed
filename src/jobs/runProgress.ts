import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import type { PollResult } from '../cluster/poll';
import type { JobStatus } from '../cluster/scheduler';
import type { Metric, Run, RunState } from './run';

/** status.json, as far as it is needed here. */
const statusSchema = z.object({
  state: z.enum(['preparing', 'running', 'completed', 'failed', 'cancelled']),
  phase: z.nullish(z.string()),
  step: z.nullish(z.number()),
  maxSteps: z.nullish(z.number()),
  epoch: z.nullish(z.number()),
  heartbeat: z.nullish(z.string()),
  startedAt: z.nullish(z.string()),
  endedAt: z.nullish(z.string()),
  error: z.nullish(
    z.object({ type: z.nullish(z.string()), message: z.nullish(z.string()), hint: z.nullish(z.string()) }),
  ),
});
type Status = z.infer<typeof statusSchema>;

export interface Limits {
  /** Milliseconds that a job may be over without having said how it ended. */
  readonly grace: number;
  /** Milliseconds after which a running job without heartbeat is called silent. */
  readonly heartbeat: number;
}

export interface Observation {
  readonly poll: PollResult;
  /** The cluster's clock at the poll, in milliseconds since 1970. */
  readonly clusterNow: number;
  /** Milliseconds since the job was first seen to be over without a final status; undefined when it is not. */
  readonly overFor: number | undefined;
  /** Lines of metrics.jsonl that came with this poll. */
  readonly metrics: readonly Metric[];
}

/** Half-written or of another version: as if it were not there. */
function parseStatus(text: string | null): Status | undefined {
  if (text === null) return undefined;
  try {
    const parsed = z.safeParse(statusSchema, JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What status.json says of a training that a signal ended. */
const STOPPED = new Set(['terminated', 'killed']);

/**
 * Whether the run folder says how the run ended. A training that was stopped from outside may go on (its job is put back
 * into the queue): it has ended only when its job has.
 */
function isFinal(status: Status | undefined, job: JobStatus): boolean {
  if (status?.state === 'failed') return !STOPPED.has(status.error?.type ?? '') || !isLive(job);
  return (status?.state === 'completed' || status?.state === 'cancelled') && job.state !== 'pending';
}

function isLive(job: JobStatus): boolean {
  return job.state === 'pending' || job.state === 'running' || job.state === 'unknown';
}

/** Whether the job is over, as far as the scheduler knows, while its run folder does not say how it ended. */
export function isOver(poll: PollResult): boolean {
  return (
    !isFinal(parseStatus(poll.status), poll.job) &&
    poll.jobId !== null &&
    (!isLive(poll.job) || !poll.folderExists)
  );
}

/** What an observation changes in a run. The run folder is the truth; the scheduler speaks only where that is silent. */
export function progressOf(run: Run, observation: Observation, limits: Limits): Partial<Run> {
  const { poll, clusterNow, overFor } = observation;
  const status = parseStatus(poll.status);
  const train = observation.metrics.findLast((metric) => metric.type === 'train');
  const evaluation = observation.metrics.findLast((metric) => metric.type === 'eval');
  const change: Partial<Run> = {
    jobId: run.jobId ?? poll.jobId,
    ...(train === undefined ? {} : { loss: train.loss }),
    ...(evaluation === undefined ? {} : { evalLoss: evaluation.evalLoss }),
  };
  if (change.jobId === null) {
    // Cancelled by its name, and the cluster has no job of it: nobody else will say so.
    return run.cancelRequestedAt === null
      ? change
      : {
          ...change,
          state: 'cancelled',
          phase: null,
          reason: null,
          endedAt: new Date(clusterNow).toISOString(),
        };
  }
  if (status !== undefined) {
    change.phase = status.phase ?? null;
    change.step = status.step ?? run.step;
    change.maxSteps = status.maxSteps ?? run.maxSteps;
    change.epoch = status.epoch ?? run.epoch;
    change.startedAt = status.startedAt ?? run.startedAt;
  } else if (run.state === 'submitting' || run.state === 'unknown') {
    change.phase = null;
  }
  const ended = (state: RunState, reason: string | null, error?: Run['error']): Partial<Run> => ({
    ...change,
    state,
    reason,
    endedAt: status?.endedAt ?? new Date(clusterNow).toISOString(),
    error: error ?? null,
  });

  if (status !== undefined && isFinal(status, poll.job)) {
    if (status.state === 'completed') return ended('completed', null);
    if (status.state === 'cancelled') return ended('cancelled', null);
    const message = status.error?.message ?? t('The training failed without saying why; its log tells more.');
    return ended('failed', message, {
      type: status.error?.type ?? 'unknown',
      message,
      hint: status.error?.hint ?? null,
    });
  }
  if (isOver(poll)) {
    // Its last words may still be on their way through a shared file system.
    if (overFor === undefined || overFor < limits.grace) return change;
    if (run.cancelRequestedAt !== null || poll.job.state === 'cancelled') return ended('cancelled', null);
    const [state, message] = endOf(run, poll);
    return ended(state, message, { type: poll.job.state, message, hint: hintOf(poll.job) });
  }
  if (poll.job.state === 'pending') {
    return { ...change, state: 'queued', reason: waitReason(poll.job) };
  }
  const live: RunState =
    status?.state === 'running'
      ? 'running'
      : status === undefined && poll.job.state === 'unknown'
        ? 'queued'
        : 'preparing';
  return { ...change, state: live, reason: liveReason(status, poll.job, clusterNow, limits) };
}

function liveReason(
  status: Status | undefined,
  job: JobStatus,
  clusterNow: number,
  limits: Limits,
): string | null {
  const beat = Date.parse(status?.heartbeat ?? '');
  const silence = Number.isNaN(beat) ? 0 : clusterNow - beat;
  if (silence > limits.heartbeat) {
    return t(
      "No sign of life for {0} minutes: the training hangs, or the cluster's file system does.",
      Math.round(silence / 60_000),
    );
  }
  return job.state === 'unknown' && status === undefined
    ? t('The scheduler does not answer at the moment.')
    : null;
}

function endOf(run: Run, poll: PollResult): [RunState, string] {
  if (!poll.folderExists) {
    return ['lost', t("The run's folder is no longer on the cluster: {0}", run.remote.folder)];
  }
  const reason = 'reason' in poll.job && poll.job.reason !== null ? ` (${poll.job.reason})` : '';
  switch (poll.job.state) {
    case 'timeout':
      return ['failed', t('The time limit of the job was reached.') + reason];
    case 'outOfMemory':
      return ['failed', t('The job needed more memory than it was given.') + reason];
    case 'nodeFailed':
      return ['failed', t('The node on which the job ran failed.') + reason];
    case 'preempted':
      return ['failed', t('The cluster ended the job in favour of another one.') + reason];
    case 'failed':
    case 'completed':
      return ['failed', t('The job ended without saying how; its log tells more.') + reason];
    default:
      return run.clusterConfig.type === 'local'
        ? [
            'failed',
            t(
              'The training process is gone without having said why: it was killed, or the machine was out of memory or restarted.',
            ),
          ]
        : ['lost', t('The cluster no longer knows the job, and it left no result.')];
  }
}

function hintOf(job: JobStatus): string | null {
  switch (job.state) {
    case 'timeout':
      return t('Give it more "time" under "resources".');
    case 'outOfMemory':
      return t('Give it more "memory", or make "batchSize" or "maxLength" smaller.');
    case 'nodeFailed':
    case 'preempted':
      return t('Submit the job again.');
    default:
      return null;
  }
}

function waitReason(job: Extract<JobStatus, { state: 'pending' | 'running' }>): string {
  const word = job.reason ?? '';
  const why = ((): string => {
    if (word === '' || word === 'None') return t('Waits in the queue.');
    if (word.startsWith('Resources')) return t('Waits until the resources it asks for are free.');
    if (word.startsWith('Priority')) return t('Waits: other jobs have a higher priority.');
    if (word.startsWith('Dependency')) return t('Waits for another job.');
    if (/^(ReqNodeNotAvail|Nodes?Down|PartitionDown|PartitionInactive|Reservation)/.test(word)) {
      return t('Waits: nodes or the partition are not available at the moment ({0}).', word);
    }
    if (/Limit|QOS|Assoc|Grp|Max/.test(word))
      return t('Waits because of a limit of the account or the QOS ({0}).', word);
    return t('Waits in the queue ({0}).', word);
  })();
  const start = job.expectedStart?.replace('T', ' ').replace(/:\d\d$/, '');
  return start === undefined ? why : `${why} ${t('Expected to start: {0}.', start)}`;
}
