import { t } from '@vscode/l10n';
import type { SubmitProgress } from '../../jobs/submit';
import type { Format } from '../../protocol/format';
import type { SubmissionStep } from '../../protocol/submission';

const ORDER = ['connect', 'upload', 'environment', 'submit'] as const;

/** The four steps of a submission before any has begun. */
export function waitingSteps(): SubmissionStep[] {
  return ORDER.map((name) => ({ name, state: 'waiting', detail: '', fraction: null }));
}

/** The steps after `progress`: those before its own are done. */
export function advance(
  steps: readonly SubmissionStep[],
  progress: SubmitProgress,
  format: Format,
): SubmissionStep[] {
  const at = ORDER.indexOf(progress.step);
  return steps.map((step, index) => {
    if (index < at) return step.state === 'done' ? step : { ...step, state: 'done', fraction: null };
    if (index > at) return step;
    return { ...step, state: 'active', detail: detailOf(progress, format), fraction: fractionOf(progress) };
  });
}

/** The steps when a submission ended, well or not. */
export function finish(steps: readonly SubmissionStep[], ended: 'done' | 'failed'): SubmissionStep[] {
  return steps.map((step) => {
    if (ended === 'done') return { ...step, state: 'done', fraction: null };
    return step.state === 'active' ? { ...step, state: 'failed', fraction: null } : step;
  });
}

/** One line for a progress notification. */
export function describeProgress(progress: SubmitProgress, format: Format): string {
  const detail = detailOf(progress, format);
  return detail === '' ? stepLabel(progress.step) : `${stepLabel(progress.step)}: ${detail}`;
}

function stepLabel(step: SubmitProgress['step']): string {
  switch (step) {
    case 'connect':
      return t('Connecting');
    case 'upload':
      return t('Sending files');
    case 'environment':
      return t('Python environment');
    case 'submit':
      return t('Submitting');
  }
}

function detailOf(progress: SubmitProgress, format: Format): string {
  switch (progress.step) {
    case 'connect':
    case 'submit':
      return '';
    case 'upload':
      return progress.total === 0
        ? progress.file
        : t('{0} of {1} · {2}', format.bytes(progress.done), format.bytes(progress.total), progress.file);
    case 'environment':
      return progress.message;
  }
}

function fractionOf(progress: SubmitProgress): number | null {
  if (progress.step !== 'upload' && progress.step !== 'environment') return null;
  return progress.total === 0 ? null : Math.min(1, progress.done / progress.total);
}
