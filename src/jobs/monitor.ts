import { clusterKey, schedulerOf } from '../cluster/clusters';
import { delay } from '../cluster/environment';
import { pollRuns } from '../cluster/poll';
import type { PollResult } from '../cluster/poll';
import { CancelledError, isCancelled, messageOf } from '../protocol/errors';
import { isEnded } from './run';
import type { Run } from './run';
import { isOver, progressOf } from './runProgress';
import { parseMetrics } from './runStore';
import type { RunStore } from './runStore';
import { SUBMITTING, isBeingSubmitted } from './submit';
import type { TransportFor } from './submit';

export interface MonitorIntervals {
  /** Milliseconds between two polls of the local cluster. Default 1000. */
  readonly local: number;
  /** Between two polls of another cluster. Default 5000. */
  readonly remote: number;
  /** Longest wait after errors. Default 300000. */
  readonly maxBackoff: number;
  /** How long a job may be over without a final status before it counts as failed or lost. Default 3000 local, 60000 otherwise. */
  readonly grace: number;
  /** Age of the last heartbeat from which a running job is called silent. Default 180000. */
  readonly heartbeat: number;
}

export interface MonitorOptions {
  readonly runStore: RunStore;
  readonly transportFor: TransportFor;
  /** Read anew before every use. */
  readonly intervals?: Partial<MonitorIntervals>;
}

/** The next polls of one cluster that is followed. */
interface Follower {
  readonly name: string;
  failures: number;
  task: Promise<void> | undefined;
}

/** Follows all unfinished runs of a project: one remote command a poll for each cluster. */
export class Monitor {
  private readonly changeListeners = new Set<(run: Run) => void>();
  private readonly endListeners = new Set<(run: Run) => void>();
  private readonly errorListeners = new Set<(cluster: string, error: Error | undefined) => void>();
  private readonly followers = new Map<string, Follower>();
  /** When a job was first seen to be over without a final status, by run. */
  private readonly overSince = new Map<string, number>();
  private readonly polling = new Map<string, Promise<void>>();
  private stopping = new AbortController();
  private stopWatching: (() => void) | undefined;

  constructor(private readonly options: MonitorOptions) {}

  /** Any field of a run changed, or metrics or log lines came. */
  onChange(listener: (run: Run) => void): () => void {
    return add(this.changeListeners, listener);
  }

  /** A run reached completed, failed, cancelled or lost while this monitor watched. */
  onEnd(listener: (run: Run) => void): () => void {
    return add(this.endListeners, listener);
  }

  /** A cluster could not be asked (undefined: it answers again). */
  onError(listener: (cluster: string, error: Error | undefined) => void): () => void {
    return add(this.errorListeners, listener);
  }

  /** Follows until stop(); new runs are noticed by themselves. */
  start(): void {
    if (this.stopWatching !== undefined) return;
    this.stopping = new AbortController();
    this.stopWatching = this.options.runStore.watchChanges(() => {
      void this.followAll();
    });
    void this.followAll();
  }

  /** Polls every cluster with unfinished runs once, now. Rejects with the first cluster's error. */
  async pollNow(signal?: AbortSignal): Promise<void> {
    const clusters = await this.unfinished();
    const results = await Promise.allSettled([...clusters.keys()].map((key) => this.poll(key, signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Resolves with the run when it has ended; polls at the usual intervals, and goes on through errors. */
  async waitForEnd(runId: string, signal?: AbortSignal): Promise<Run> {
    let failures = 0;
    for (;;) {
      const run = await this.options.runStore.get(runId);
      if (isEnded(run.state)) return run;
      if (signal?.aborted === true) throw new CancelledError();
      try {
        await this.poll(clusterKey(run.clusterConfig), signal);
        failures = 0;
      } catch (error) {
        if (isCancelled(error)) throw error;
        failures += 1;
      }
      const now = await this.options.runStore.get(runId);
      if (!isEnded(now.state)) await delay(this.pause(now, failures), signal);
    }
  }

  async stop(): Promise<void> {
    this.stopWatching?.();
    this.stopWatching = undefined;
    this.stopping.abort();
    for (const { task } of [...this.followers.values()]) await task;
    await Promise.allSettled(this.polling.values());
    this.followers.clear();
  }

  private get grace(): { local: number; remote: number } {
    const grace = this.options.intervals?.grace;
    return { local: grace ?? 3000, remote: grace ?? 60_000 };
  }

  /** Milliseconds to the next poll; twice as long after every failure. */
  private pause(run: Run, failures: number): number {
    const { intervals } = this.options;
    const usual =
      run.clusterConfig.type === 'local' ? (intervals?.local ?? 1000) : (intervals?.remote ?? 5000);
    return Math.min(usual * 2 ** failures, Math.max(usual, intervals?.maxBackoff ?? 300_000));
  }

  /** Unfinished runs that are on their cluster, by cluster. */
  private async unfinished(): Promise<Map<string, Run[]>> {
    const { runs } = await this.options.runStore.list();
    const clusters = new Map<string, Run[]>();
    for (const run of runs) {
      if (isEnded(run.state)) continue;
      if (run.jobId === null) {
        // Nothing to see before the job is there; but a submission that was broken off may have left one.
        if (run.state === 'submitting' && run.phase !== SUBMITTING) continue;
        if (await isBeingSubmitted(this.options.runStore, run.id)) continue;
      }
      const key = clusterKey(run.clusterConfig);
      clusters.set(key, [...(clusters.get(key) ?? []), run]);
    }
    return clusters;
  }

  private async followAll(): Promise<void> {
    const clusters = await this.unfinished().catch(() => new Map<string, Run[]>());
    for (const [key, [first]] of clusters) {
      if (first === undefined || this.followers.has(key) || this.stopping.signal.aborted) continue;
      const follower: Follower = { name: first.cluster, failures: 0, task: undefined };
      this.followers.set(key, follower);
      follower.task = this.follow(key, follower).finally(() => {
        this.followers.delete(key);
      });
    }
  }

  /** Until none of the cluster's runs is unfinished. */
  private async follow(key: string, follower: Follower): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const runs = (await this.unfinished()).get(key);
        const [first] = runs ?? [];
        if (first === undefined) return;
        try {
          await this.poll(key, signal);
          if (follower.failures > 0) this.report(follower.name, undefined);
          follower.failures = 0;
        } catch (error) {
          if (isCancelled(error)) return;
          follower.failures += 1;
          this.report(follower.name, error instanceof Error ? error : new Error(messageOf(error)));
        }
        await delay(this.pause(first, follower.failures), signal);
      } catch (error) {
        if (isCancelled(error)) return;
        // A run store that cannot be read at this moment (a network folder): the next round may.
        await delay(5000, signal).catch(() => undefined);
      }
    }
  }

  /** One poll at a time for each cluster: a second caller waits for the first and then polls again. */
  private async poll(key: string, signal: AbortSignal | undefined): Promise<void> {
    await this.polling.get(key)?.catch(() => undefined);
    const task = this.pollOnce(key, signal);
    this.polling.set(key, task);
    try {
      await task;
    } finally {
      if (this.polling.get(key) === task) this.polling.delete(key);
    }
  }

  private async pollOnce(key: string, signal: AbortSignal | undefined): Promise<void> {
    let runs = (await this.unfinished()).get(key) ?? [];
    while (runs.length > 0) {
      const [first] = runs;
      if (first === undefined) return;
      const transport = this.options.transportFor(first.clusterConfig);
      const answer = await pollRuns(
        transport,
        schedulerOf(first.clusterConfig),
        runs.map(({ remote, jobId, offsets }) => ({
          folder: remote.folder,
          jobId,
          metricsOffset: offsets.metrics,
          logOffset: offsets.log,
        })),
        signal,
      );
      const more: Run[] = [];
      for (const [index, run] of runs.entries()) {
        const poll = answer.runs[index];
        if (poll === undefined) continue;
        const next = await this.take(run, poll, answer.now);
        // What did not fit into one answer is asked for at once.
        const behind = poll.log.size > next.offsets.log || metricsBehind(poll, next);
        if (behind && next.offsets.log + next.offsets.metrics > run.offsets.log + run.offsets.metrics)
          more.push(next);
      }
      runs = more;
    }
  }

  private async take(asked: Run, poll: PollResult, clusterNow: number): Promise<Run> {
    const { runStore } = this.options;
    if (isOver(poll)) {
      if (!this.overSince.has(asked.id)) this.overSince.set(asked.id, Date.now());
    } else {
      this.overSince.delete(asked.id);
    }
    const since = this.overSince.get(asked.id);
    const replaced =
      poll.metrics.size < asked.offsets.metrics ||
      (asked.offsets.metrics > 0 &&
        (asked.offsets.metricsInode ?? poll.metrics.inode) !== poll.metrics.inode);
    const restarted = poll.log.size < asked.offsets.log;
    const whole = poll.metrics.data.subarray(0, poll.metrics.data.lastIndexOf(0x0a) + 1);
    const metrics = poll.metrics.size === -1 || replaced ? Buffer.alloc(0) : whole;
    const log = restarted ? Buffer.alloc(0) : poll.log.data;
    const grace = this.grace[asked.clusterConfig.type === 'local' ? 'local' : 'remote'];
    let wasEnded = false;
    const { run, changed } = await runStore.absorb(asked.id, { from: asked.offsets, metrics, log }, (run) => {
      wasEnded = isEnded(run.state);
      if (wasEnded) return {};
      const progress = progressOf(
        run,
        {
          poll,
          clusterNow,
          overFor: since === undefined ? undefined : Date.now() - since,
          metrics: parseMetrics(metrics.toString('utf8')),
        },
        { grace, heartbeat: this.options.intervals?.heartbeat ?? 180_000 },
      );
      const behind = poll.log.size > run.offsets.log && !restarted;
      const stillComing =
        (behind || metricsBehind(poll, run)) &&
        run.offsets.log + run.offsets.metrics > asked.offsets.log + asked.offsets.metrics;
      return {
        ...progress,
        // A run is not shown as ended before its last lines are here.
        ...(stillComing && progress.state !== undefined && isEnded(progress.state)
          ? { state: run.state, endedAt: run.endedAt, reason: run.reason, error: run.error }
          : {}),
        offsets: {
          metrics: replaced && run.offsets.metrics === asked.offsets.metrics ? 0 : run.offsets.metrics,
          log: restarted && run.offsets.log === asked.offsets.log ? 0 : run.offsets.log,
          metricsInode: poll.metrics.inode,
        },
      };
    });
    if (!changed) return run;
    for (const listener of this.changeListeners) listener(run);
    // Set inside the callback above, which the compiler does not see.
    if (isEnded(run.state) && !(wasEnded as boolean)) {
      this.overSince.delete(run.id);
      for (const listener of this.endListeners) listener(run);
    }
    return run;
  }

  private report(cluster: string, error: Error | undefined): void {
    for (const listener of this.errorListeners) listener(cluster, error);
  }
}

/** Whether whole lines of metrics.jsonl are still on the cluster: a torn last line stays there for ever. */
function metricsBehind(poll: PollResult, run: Run): boolean {
  const lastBreak = poll.metrics.data.lastIndexOf(0x0a);
  return lastBreak !== -1 && poll.metrics.size - run.offsets.metrics > poll.metrics.data.length - lastBreak;
}

function add<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
