import { t } from '@vscode/l10n';
import { schedulerOf } from '../cluster/clusters';
import { UserError } from '../protocol/errors';
import { isEnded } from './run';
import type { Run } from './run';
import type { RunStore } from './runStore';
import { SUBMITTING, isBeingSubmitted } from './submit';
import type { TransportFor } from './submit';

export interface CancelOptions {
  readonly runStore: RunStore;
  readonly transportFor: TransportFor;
  readonly signal?: AbortSignal;
}

/** Asks the cluster to end a run. The monitor sees it end; a run that has ended already is returned as it is. */
export async function cancelRun(
  runId: string,
  { runStore, transportFor, signal }: CancelOptions,
): Promise<Run> {
  const run = await runStore.get(runId);
  if (isEnded(run.state)) return run;
  if (run.jobId === null && (await isBeingSubmitted(runStore, run.id))) {
    throw new UserError(
      'job/being-submitted',
      t('The run {0} is being submitted at this moment: cancel it there, or wait.', run.id),
    );
  }
  const nothingSent = run.state === 'submitting' && run.phase !== SUBMITTING;
  if (!nothingSent) {
    await schedulerOf(run.clusterConfig).cancel(
      transportFor(run.clusterConfig),
      { run: run.id, folder: run.remote.folder, jobId: run.jobId },
      signal,
    );
  }
  const now = new Date().toISOString();
  return runStore.update(run.id, (newest) => ({
    cancelRequestedAt: newest.cancelRequestedAt ?? now,
    // Without a job there is nothing that could still report its end.
    ...(nothingSent && newest.jobId === null ? { state: 'cancelled', reason: null, endedAt: now } : {}),
  }));
}
