import type { Resources } from '../project/config';
import type { Transport } from './transport';

/** `gone`: the scheduler answered and does not know the job. `unknown`: it did not answer, which says nothing. */
export type JobStatus =
  | {
      readonly state: 'pending' | 'running';
      /** The scheduler's own word for why the job waits, or null. */
      readonly reason: string | null;
      /** When it is expected to start: the cluster's local time without a zone, or null. */
      readonly expectedStart: string | null;
    }
  | {
      readonly state:
        'completed' | 'failed' | 'cancelled' | 'timeout' | 'outOfMemory' | 'nodeFailed' | 'preempted';
      readonly reason: string | null;
    }
  | { readonly state: 'gone' | 'unknown' };

export interface SubmitRequest {
  readonly run: string;
  /** The run folder on the cluster, complete but for `job_id`. */
  readonly folder: string;
  readonly resources: Resources;
}

export interface SubmitAnswer {
  readonly jobId: string;
  /** The run had been submitted before; nothing was started now. */
  readonly found: boolean;
}

export interface SubmitContext {
  readonly signal?: AbortSignal;
  /** From here on the job may have been started even if no answer comes. */
  readonly onStarted?: () => void;
}

/** Starts, finds and ends jobs on a cluster. Throws UserError. */
export interface Scheduler {
  readonly kind: 'local' | 'slurm';
  /** Exactly once for a run folder, however often it is called and wherever it is cut off. */
  submit(transport: Transport, request: SubmitRequest, context?: SubmitContext): Promise<SubmitAnswer>;
  /** sh text that defines `states JOB_ID...`; what that prints goes to `parseStates`. */
  readonly statesFunction: string;
  parseStates(text: string, jobIds: readonly string[]): Map<string, JobStatus>;
  /** Ends a job and everything it started; a job that has ended already is no error. */
  cancel(
    transport: Transport,
    job: { readonly run: string; readonly folder: string; readonly jobId: string | null },
    signal?: AbortSignal,
  ): Promise<void>;
}
