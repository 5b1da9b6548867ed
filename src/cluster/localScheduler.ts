import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import type { JobStatus, Scheduler, SubmitAnswer, SubmitContext, SubmitRequest } from './scheduler';
import { C_LOCALE, LOCK, PROCESS_IDENTITY } from './shellParts';
import { lastLine, remoteFailure } from './sshErrors';
import type { Transport } from './transport';

/**
 * What runs detached. It writes `job_id` itself, by a hard link that only one process can make, and does nothing
 * unless it made it: however often this is started for a run folder, one of them trains. $1 is the run folder.
 */
const CHILD = `
${C_LOCALE}
${PROCESS_IDENTITY}
trap '' HUP
cd "$1" || exit 1
printf '%s\\n' "$$@$host:$(born $$)" >"job_id.$$" || exit 1
ln "job_id.$$" job_id 2>/dev/null
claimed=$?
rm -f "job_id.$$"
[ $claimed = 0 ] || exit 0
if command -v bash >/dev/null 2>&1; then exec bash -l "$1/job.sh" "$1"; else exec sh "$1/job.sh" "$1"; fi
`;

/** Arguments: run folder, CHILD. Prints `job ID new|found`. */
const SUBMIT = `
${C_LOCALE}
${PROCESS_IDENTITY}
${LOCK}
run=$1
cd "$run" || exit 30
take_lock "$run/submit.lock" 60
if [ -s job_id ]; then
  printf 'job %s found\\n' "$(cat job_id)"
  exit 0
fi
: >>launch.log || exit 31
detached sh -c "$2" afina "$run" >>launch.log 2>&1 </dev/null
tries=0
until [ -s job_id ]; do
  tries=$((tries + 1))
  [ $tries -gt 20 ] && { tail -n 3 launch.log >&2; exit 34; }
  sleep 0.1 2>/dev/null || sleep 1
done
printf 'job %s new\\n' "$(cat job_id)"
`;

/** Arguments: run folder, rounds of grace. The whole process group: the trainer, and what it started. */
const CANCEL = `
${C_LOCALE}
${PROCESS_IDENTITY}
cd "$1" 2>/dev/null || exit 0
id=$(cat job_id 2>/dev/null)
[ -n "$id" ] || exit 0
alive "$id"
case $? in 1) exit 0 ;; 2) exit 35 ;; esac
# Tells the trainer that its end was wanted.
: >cancel
pid=\${id%%@*}
kill -TERM "-$pid" 2>/dev/null || kill -TERM "$pid"
tries=0
while alive "$id"; do
  tries=$((tries + 1))
  [ $tries -gt "$2" ] && { kill -KILL "-$pid" 2>/dev/null || kill -KILL "$pid"; break; }
  sleep 0.2 2>/dev/null || sleep 1
done
# Workers that outlived their leader still bear its number.
kill -KILL "-$pid" 2>/dev/null
exit 0
`;

const CANCEL_GRACE_S = 20;

/** Jobs as detached processes of this machine: they survive the editor, and are told apart from reused process numbers. */
export class LocalScheduler implements Scheduler {
  readonly kind = 'local';

  readonly statesFunction = `
${PROCESS_IDENTITY}
states() {
  for each in "$@"; do
    alive "$each"
    printf '%s %s\\n' "$?" "$each"
  done
}
`;

  async submit(
    transport: Transport,
    request: SubmitRequest,
    context: SubmitContext = {},
  ): Promise<SubmitAnswer> {
    const { code, stdout, stderr } = await transport.script(SUBMIT, [request.folder, CHILD], {
      ...context,
      timeoutMs: 120_000,
    });
    const answer = /^job (\S+) (new|found)$/m.exec(stdout.toString('utf8'));
    if (answer?.[1] !== undefined) return { jobId: answer[1], found: answer[2] === 'found' };
    if (code === 32) throw beingSubmitted(request.run);
    throw (
      remoteFailure(stderr, request.folder, transport.title) ??
      new UserError(
        'local/start',
        t('The training could not be started on {0}: {1}', transport.title, lastLine(stderr) || String(code)),
        {
          log: stderr,
          remedies: ['retry'],
        },
      )
    );
  }

  parseStates(text: string, jobIds: readonly string[]): Map<string, JobStatus> {
    const codes = new Map(text.split('\n').map((line) => [line.slice(2), line[0]] as const));
    return new Map(
      jobIds.map((id): [string, JobStatus] => {
        const code = codes.get(id);
        if (code === '0') return [id, { state: 'running', reason: null, expectedStart: null }];
        return [id, { state: code === '1' ? 'gone' : 'unknown' }];
      }),
    );
  }

  async cancel(
    transport: Transport,
    job: { readonly run: string; readonly folder: string; readonly jobId: string | null },
    signal?: AbortSignal,
  ): Promise<void> {
    const { code, stderr } = await transport.script(CANCEL, [job.folder, String(CANCEL_GRACE_S * 5)], {
      timeoutMs: (CANCEL_GRACE_S + 30) * 1000,
      ...(signal === undefined ? {} : { signal }),
    });
    if (code === 0) return;
    if (code === 35) {
      throw new UserError(
        'local/other-machine',
        t('The run {0} was started on another machine: cancel it there.', job.run),
      );
    }
    throw new UserError(
      'local/cancel',
      t('The run {0} could not be cancelled: {1}', job.run, lastLine(stderr)),
      { log: stderr },
    );
  }
}

export function beingSubmitted(run: string): UserError {
  return new UserError(
    'cluster/locked',
    t(
      'The run {0} is being submitted from somewhere else at this moment. Wait a minute and look again.',
      run,
    ),
    { remedies: ['retry'] },
  );
}
