import { t } from '@vscode/l10n';
import { isEnded } from '../../jobs/run';
import type { Run, RunState } from '../../jobs/run';
import { statusOf } from '../../jobs/runWords';
import type { Format } from '../../protocol/format';
import type { RunAction } from '../../protocol/runView';

export type Tone = 'wait' | 'work' | 'good' | 'bad' | 'off';

/** The colour a state deserves. */
export function toneOf(state: RunState): Tone {
  switch (state) {
    case 'submitting':
    case 'unknown':
    case 'queued':
      return 'wait';
    case 'preparing':
    case 'running':
      return 'work';
    case 'completed':
      return 'good';
    case 'failed':
    case 'lost':
      return 'bad';
    case 'cancelled':
      return 'off';
  }
}

/** Codicon of a state, and the theme colour it is drawn in. */
export function iconOf(state: RunState): { readonly icon: string; readonly color: string } {
  switch (state) {
    case 'submitting':
      return { icon: 'cloud-upload', color: 'charts.yellow' };
    case 'unknown':
      return { icon: 'question', color: 'charts.yellow' };
    case 'queued':
      return { icon: 'clock', color: 'charts.yellow' };
    case 'preparing':
      return { icon: 'package', color: 'charts.blue' };
    case 'running':
      return { icon: 'sync~spin', color: 'charts.blue' };
    case 'completed':
      return { icon: 'pass-filled', color: 'charts.green' };
    case 'failed':
      return { icon: 'error', color: 'charts.red' };
    case 'lost':
      return { icon: 'debug-disconnect', color: 'charts.red' };
    case 'cancelled':
      return { icon: 'circle-slash', color: 'disabledForeground' };
  }
}

/** Seconds since the run started (to its end, if it has one), or null before its start. */
export function elapsedSeconds(run: Run, now: number): number | null {
  if (run.startedAt === null) return null;
  const start = Date.parse(run.startedAt);
  const end = run.endedAt === null ? now : Date.parse(run.endedAt);
  return Number.isNaN(start) || Number.isNaN(end) ? null : Math.max(0, (end - start) / 1000);
}

/** One line beside the run's name: state, step, loss, time, or why it waits. */
export function describeRun(run: Run, format: Format, now: number): string {
  const parts = [statusOf(run)];
  if (run.state === 'running' && run.step !== null) {
    parts.push(
      run.maxSteps === null
        ? t('step {0}', format.integer(run.step))
        : t('step {0}/{1}', format.integer(run.step), format.integer(run.maxSteps)),
    );
  }
  if (run.loss !== null && (run.state === 'running' || run.state === 'completed')) {
    parts.push(t('loss {0}', format.decimal(run.loss, 2)));
  }
  const elapsed = elapsedSeconds(run, now);
  if (elapsed !== null && run.state !== 'queued') parts.push(format.duration(elapsed));
  if (run.fetched !== null) parts.push(t('adapter here'));
  const why = run.error?.message ?? run.reason;
  if (why !== null && run.state !== 'running' && run.state !== 'completed') parts.push(why);
  return parts.join(' · ');
}

/** What may be done with a run now, the main action first. */
export function actionsOf(run: Run): RunAction[] {
  const actions: RunAction[] = [];
  if (run.state === 'completed') actions.push(run.fetched === null ? 'fetch' : 'preview');
  if (run.state === 'submitting' || run.state === 'unknown') actions.push('resume');
  actions.push('log', 'job');
  if (!isEnded(run.state)) actions.push('cancel');
  return actions;
}

/** Which menu entries a run has: package.json compares it. */
export function contextOf(run: Run): string {
  return `run.${run.state}${run.fetched === null ? '' : '.fetched'}`;
}

/** `"Title": completed, loss 2.31 → 1.42`: what is said when a run ends. */
export function endMessage(run: Run, title: string, firstLoss: number | null, format: Format): string {
  switch (run.state) {
    case 'completed':
      return firstLoss !== null && run.loss !== null
        ? t(
            'The run "{0}" has finished: loss {1} → {2}.',
            title,
            format.decimal(firstLoss, 2),
            format.decimal(run.loss, 2),
          )
        : t('The run "{0}" has finished.', title);
    case 'cancelled':
      return t('The run "{0}" was cancelled.', title);
    default: {
      const why = run.error?.message ?? run.reason;
      return why === null ? t('The run "{0}" failed.', title) : t('The run "{0}" failed: {1}', title, why);
    }
  }
}
