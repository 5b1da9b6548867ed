import { t } from '@vscode/l10n';
import type { Resources } from '../project/config';
import { UserError } from '../protocol/errors';
import { beingSubmitted } from './localScheduler';
import type { JobStatus, Scheduler, SubmitAnswer, SubmitContext, SubmitRequest } from './scheduler';
import { C_LOCALE, FIND_SLURM, LOCK, PROCESS_IDENTITY } from './shellParts';
import { slurmRefusal } from './slurmErrors';
import { SQUEUE_FORMAT, parseSlurmStates } from './slurmStates';
import { lastLine, remoteFailure } from './sshErrors';
import type { Transport } from './transport';

/**
 * Arguments: run folder, job name, then sbatch's. Under a lock: `job_id` is there: done. `submit.intent` is there:
 * an earlier attempt came as far as sbatch and nobody knows what became of it; then the job's own output file tells, or
 * squeue, whose header line tells an empty queue from no answer. Only if the queue answered twice that it has no such job is
 * sbatch called. Prints `job ID new|found`; after a refusal `partition NAME LIMIT` of each.
 * Exits: 33 nobody knows; 34 refused; 36 no Slurm.
 */
const SUBMIT = `
${C_LOCALE}
${PROCESS_IDENTITY}
${LOCK}
${FIND_SLURM}
run=$1
name=$2
shift 2
cd "$run" || exit 30
command -v sbatch >/dev/null 2>&1 || exit 36
take_lock "$run/submit.lock" 60
note() {
  printf '%s\\n' "$1" >"job_id.$$" && mv -f "job_id.$$" job_id
  printf 'job %s %s\\n' "$1" "$2"
  exit 0
}
[ -s job_id ] && { printf 'job %s found\\n' "$(cat job_id)"; exit 0; }
if [ -e submit.intent ]; then
  empty=0
  while [ $empty -lt 2 ]; do
    # sbatch may have been on its way to the controller when its shell was killed.
    sleep 2
    for each in slurm-*.out; do
      [ -e "$each" ] && { each=\${each#slurm-}; note "\${each%.out}" found; }
    done
    queue=$(limited 60 squeue --user="$user" --name="$name" --states=all --format=%i 2>/dev/null) || exit 33
    case $queue in JOBID*) ;; *) exit 33 ;; esac
    id=$(printf '%s\\n' "$queue" | sed -n 's/^\\([0-9][0-9]*\\).*/\\1/p' | sort -n | head -n 1)
    [ -n "$id" ] && note "$id" found
    empty=$((empty + 1))
  done
fi
: >submit.intent || exit 31
limited 180 sbatch "$@" >submit.out 2>submit.err </dev/null
code=$?
id=$(sed -n 's/^\\([0-9][0-9]*\\)\\(;.*\\)\\{0,1\\}$/\\1/p' submit.out | tail -n 1)
cat submit.err >&2
[ -n "$id" ] && note "$id" new
[ $code = 0 ] && exit 33
[ $code = 124 ] || [ $code -gt 128 ] && exit 33
grep -qiE 'timed out|timeout|unable to contact|connection|communication|zero bytes' submit.err && exit 33
rm -f submit.intent
limited 20 sinfo --noheader --format='partition %R %l' 2>/dev/null
exit 34
`;

/** Arguments: job name, job id (or empty), run folder. The file tells the trainer that its end was wanted. */
const CANCEL = `
${C_LOCALE}
${FIND_SLURM}
[ -d "$3" ] && : >"$3/cancel"
command -v scancel >/dev/null 2>&1 || exit 36
if [ -n "$2" ]; then limited 60 scancel "$2"; else limited 60 scancel --user="$user" --name="$1"; fi
`;

/** The name by which a run's job is found again. */
export function slurmJobName(run: string): string {
  return `afina-${run}`;
}

/** sbatch's arguments for a run: each of its own, from values that the schema has checked. */
export function sbatchArguments({ run, folder, resources }: SubmitRequest): string[] {
  const { partition, account, qos, gpus, gpuType, cpus, memory, time }: Resources = resources;
  return [
    '--parsable',
    `--job-name=${slurmJobName(run)}`,
    `--chdir=${folder}`,
    // Relative to chdir: a "%" in an absolute path would be taken for a pattern. Its name tells the job's id.
    '--output=slurm-%j.out',
    '--open-mode=append',
    '--nodes=1',
    '--ntasks-per-node=1',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...(gpus === undefined || gpus === 0
      ? []
      : [`--gres=gpu:${gpuType === undefined ? '' : `${gpuType}:`}${gpus}`]),
    ...(cpus === undefined ? [] : [`--cpus-per-task=${cpus}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    `${folder}/job.sh`,
    folder,
  ];
}

/** Jobs of a Slurm cluster, through its own commands and nothing else; works without accounting. */
export class SlurmScheduler implements Scheduler {
  readonly kind = 'slurm';

  /** squeue for all; of those it does not list, scontrol is asked, which alone says "no such job" in words. */
  readonly statesFunction = `
${FIND_SLURM}
states() {
  # With its header line, which tells an empty queue from no answer at all.
  queue=$(limited 60 squeue --user="$user" --states=all --format='${SQUEUE_FORMAT}' 2>&1)
  code=$?
  printf 'squeue %s\\n%s\\n' "$code" "$queue"
  [ $code = 124 ] && return
  asked=0
  for each in "$@"; do
    printf '%s\\n' "$queue" | grep -q "^$each|" && continue
    asked=$((asked + 1))
    [ $asked -gt 20 ] && return
    printf 'scontrol %s\\n%s\\n' "$each" "$(limited 20 scontrol show job -o "$each" 2>&1)"
  done
}
`;

  async submit(
    transport: Transport,
    request: SubmitRequest,
    context: SubmitContext = {},
  ): Promise<SubmitAnswer> {
    const args = [request.folder, slurmJobName(request.run), ...sbatchArguments(request)];
    const { code, stdout, stderr } = await transport.script(SUBMIT, args, { ...context, timeoutMs: 300_000 });
    const text = stdout.toString('utf8');
    const answer = /^job (\S+) (new|found)$/m.exec(text);
    if (answer?.[1] !== undefined) return { jobId: answer[1], found: answer[2] === 'found' };
    switch (code) {
      case 32:
        throw beingSubmitted(request.run);
      case 33:
        throw new UserError(
          'slurm/unknown',
          t(
            'Slurm on {0} does not answer, so nobody knows yet whether the job was accepted. Nothing is submitted twice: try again when Slurm is back.',
            transport.title,
          ),
          { remedies: ['retry'], log: stderr },
        );
      case 36:
        throw noSlurm(transport.title);
      default:
        throw (
          remoteFailure(stderr, request.folder, transport.title) ??
          slurmRefusal(stderr, request.resources, transport.title, partitionsIn(text))
        );
    }
  }

  parseStates(text: string, jobIds: readonly string[]): Map<string, JobStatus> {
    return parseSlurmStates(text, jobIds);
  }

  async cancel(
    transport: Transport,
    job: { readonly run: string; readonly folder: string; readonly jobId: string | null },
    signal?: AbortSignal,
  ): Promise<void> {
    const { code, stderr } = await transport.script(
      CANCEL,
      [slurmJobName(job.run), job.jobId ?? '', job.folder],
      {
        timeoutMs: 90_000,
        ...(signal === undefined ? {} : { signal }),
      },
    );
    if (code === 36) throw noSlurm(transport.title);
    if (code === 0 || /Invalid job id|already completing|completed/i.test(stderr)) return;
    throw new UserError(
      'slurm/cancel',
      t('Slurm on {0} did not cancel the job: {1}', transport.title, lastLine(stderr)),
      {
        remedies: ['retry'],
        log: stderr,
      },
    );
  }
}

function noSlurm(title: string): UserError {
  return new UserError(
    'slurm/missing',
    t(
      'Slurm (sbatch) was not found on {0}. Check that this is a login node, and that its login shell sets the PATH.',
      title,
    ),
  );
}

function partitionsIn(text: string): { name: string; limit: string }[] {
  return [...text.matchAll(/^partition (\S+) (\S+)$/gm)].map(([, name = '', limit = '']) => ({
    name,
    limit,
  }));
}
