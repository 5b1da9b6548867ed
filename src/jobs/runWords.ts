import { t } from '@vscode/l10n';
import { isEnded } from './run';
import type { Run, RunState } from './run';
import { dpoOf } from './spec';
import type { Job } from './spec';

function stateLabel(state: RunState): string {
  switch (state) {
    case 'submitting':
      return t('submission not finished');
    case 'unknown':
      return t('submission unconfirmed');
    case 'queued':
      return t('waiting in the queue');
    case 'preparing':
      return t('preparing');
    case 'running':
      return t('training');
    case 'completed':
      return t('completed');
    case 'failed':
      return t('failed');
    case 'cancelled':
      return t('cancelled');
    case 'lost':
      return t('lost');
  }
}

/** What a run is doing within its state, as train.py and job.sh name it; null when that says no more than the state. */
function phaseLabel(phase: string | null): string | null {
  switch (phase) {
    case 'environment':
      return t('preparing Python');
    case 'load':
      return t('loading the model');
    case 'tokenize':
      return t('reading the records');
    case 'evaluate':
      return t('evaluating');
    case 'save':
      return t('saving the adapter');
    default:
      return null;
  }
}

/** The state of a run in words, as precisely as it is known. */
export function statusOf(run: Run): string {
  if (run.cancelRequestedAt !== null && !isEnded(run.state)) return t('being cancelled');
  const phase = run.state === 'preparing' || run.state === 'running' ? phaseLabel(run.phase) : null;
  return phase ?? stateLabel(run.state);
}

/** What a job makes of its dataset. */
export function learnedFrom(job: Job): string {
  const dpo = dpoOf(job);
  return dpo === null
    ? t('conversations (SFT)')
    : t('preferences (DPO), beta {0}, loss {1}', dpo.beta, dpo.loss);
}
