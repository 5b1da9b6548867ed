import type { JobStatus } from './scheduler';

/** Job, state in words, reason, expected or real start. `|` occurs in none of them. */
export const SQUEUE_FORMAT = '%i|%T|%r|%S';

const ENDED: Readonly<
  Record<string, Exclude<JobStatus['state'], 'pending' | 'running' | 'gone' | 'unknown'>>
> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  BOOT_FAIL: 'nodeFailed',
  NODE_FAIL: 'nodeFailed',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  DEADLINE: 'timeout',
  TIMEOUT: 'timeout',
  OUT_OF_MEMORY: 'outOfMemory',
  PREEMPTED: 'preempted',
};
const WAITING = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
  'CONFIGURING',
]);
const RUNNING = new Set([
  'RUNNING',
  'COMPLETING',
  'STAGE_OUT',
  'SUSPENDED',
  'STOPPED',
  'SIGNALING',
  'RESIZING',
]);

function told(value: string | undefined): string | null {
  return value === undefined ||
    value === '' ||
    value === 'None' ||
    value === '(null)' ||
    value === 'N/A' ||
    value === 'Unknown'
    ? null
    : value;
}

function statusOf(state: string, reason: string | undefined, start: string | undefined): JobStatus {
  // `CANCELLED by 1000`; newer versions append flags: `COMPLETED+`.
  const word = /^[A-Z_]+/.exec(state)?.[0] ?? '';
  const ended = ENDED[word];
  if (ended !== undefined) return { state: ended, reason: told(reason) };
  if (WAITING.has(word)) return { state: 'pending', reason: told(reason), expectedStart: told(start) };
  if (RUNNING.has(word)) return { state: 'running', reason: null, expectedStart: null };
  return { state: 'unknown' };
}

/**
 * Reads what SlurmScheduler's `states` printed: a line `squeue CODE` and squeue's answer, then for jobs it did not list
 * a line `scontrol ID` and scontrol's. A job is `gone` only if squeue answered without it and scontrol says in words that
 * there is none such: under load both may answer with nothing.
 */
export function parseSlurmStates(text: string, jobIds: readonly string[]): Map<string, JobStatus> {
  const found = new Map<string, JobStatus>();
  const invalid = new Set<string>();
  let queueAnswered = false;
  let asked: string | undefined;
  let section: 'none' | 'squeue' | 'scontrol' = 'none';
  let code = '';
  for (const line of text.split('\n')) {
    const head = /^(squeue|scontrol) (\S+)$/.exec(line);
    if (head !== null) {
      section = head[1] === 'squeue' ? 'squeue' : 'scontrol';
      if (section === 'squeue') code = head[2] ?? '';
      else asked = head[2];
    } else if (section === 'squeue') {
      if (line.startsWith('JOBID|')) queueAnswered = code === '0';
      const [id = '', state = '', reason, start] = line.split('|');
      if (/^\d+$/.test(id)) found.set(id, statusOf(state, reason, start));
    } else if (section === 'scontrol' && asked !== undefined) {
      const state = /(?:^|\s)JobState=(\S+)/.exec(line)?.[1];
      if (state !== undefined && /(?:^|\s)JobId=(\d+)/.exec(line)?.[1] === asked) {
        const start = /(?:^|\s)StartTime=(\S+)/.exec(line)?.[1];
        found.set(asked, statusOf(state, /(?:^|\s)Reason=(\S+)/.exec(line)?.[1], start));
      } else if (/Invalid job id/i.test(line)) {
        invalid.add(asked);
      }
    }
  }
  return new Map(
    jobIds.map((id): [string, JobStatus] => [
      id,
      found.get(id) ?? { state: queueAnswered && invalid.has(id) ? 'gone' : 'unknown' },
    ]),
  );
}
