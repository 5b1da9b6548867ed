import { t } from '@vscode/l10n';
import type { Resources } from '../project/config';
import { nearest } from '../project/suggest';
import { UserError } from '../protocol/errors';

/** Says what to change when sbatch refused a job. `partitions`: those that sinfo lists, with their time limits. */
export function slurmRefusal(
  stderr: string,
  resources: Resources,
  title: string,
  partitions: readonly { readonly name: string; readonly limit: string }[],
): UserError {
  const make = (code: string, message: string): UserError =>
    new UserError(code, message, { remedies: ['openFile'], log: stderr.trim() });
  const names = [...new Set(partitions.map(({ name }) => name))];
  if (/invalid partition/i.test(stderr)) {
    const wanted = resources.partition ?? '';
    const guess = nearest(wanted, names);
    const known = names.length === 0 ? '?' : names.join(', ');
    return make(
      'slurm/partition',
      guess === undefined
        ? t('{0} has no partition "{1}". It has: {2}.', title, wanted, known)
        : t('{0} has no partition "{1}". Did you mean "{2}"? It has: {3}.', title, wanted, guess, known),
    );
  }
  if (/time limit is invalid|invalid time limit/i.test(stderr)) {
    const limit = partitions.find(({ name }) => name === resources.partition)?.limit ?? partitions[0]?.limit;
    return make(
      'slurm/time',
      t(
        'Slurm on {0} does not allow the time {1} in partition "{2}" (its limit: {3}). Change "time" or "partition" under "resources".',
        title,
        resources.time ?? t('(none given)'),
        resources.partition ?? t('(default)'),
        limit ?? '?',
      ),
    );
  }
  if (/qos/i.test(stderr) && !/QOSMax|QOSGrp|limit/i.test(stderr)) {
    return make(
      'slurm/qos',
      t(
        'Slurm on {0} does not accept the QOS "{1}" for this account and partition. Change "qos" under "resources".',
        title,
        resources.qos ?? t('(default)'),
      ),
    );
  }
  if (/account/i.test(stderr) && !/accounting/i.test(stderr)) {
    return make(
      'slurm/account',
      t(
        'Slurm on {0} does not accept the account "{1}" for partition "{2}". Change "account" under "resources"; your administrators name those you may use.',
        title,
        resources.account ?? t('(default)'),
        resources.partition ?? t('(default)'),
      ),
    );
  }
  if (/QOSMax|QOSGrp|AssocMax|AssocGrp|accounting\/QOS policy|MaxSubmit/i.test(stderr)) {
    return make(
      'slurm/limit',
      t(
        'Slurm on {0} refuses the job because of a limit of your account: {1}. Ask for less, or wait until your other jobs have ended.',
        title,
        reason(stderr),
      ),
    );
  }
  if (
    /generic resource|gres|node configuration|node count|cpu count|memory specification|more processors|memory/i.test(
      stderr,
    )
  ) {
    return make(
      'slurm/resources',
      t(
        'No node of {0} has what the job asks for: {1}. Change gpus, gpuType, cpus or memory under "resources".',
        title,
        reason(stderr),
      ),
    );
  }
  return make('slurm/refused', t('Slurm on {0} refused the job: {1}', title, reason(stderr)));
}

/** sbatch's last word, without its own prefix. */
function reason(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return (lines.at(-1) ?? '')
    .replace(/^sbatch: (error: )?/, '')
    .replace(/^Batch job submission failed: /, '')
    .trim();
}
