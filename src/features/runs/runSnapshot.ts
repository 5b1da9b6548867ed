import { t } from '@vscode/l10n';
import type { Metric, Run } from '../../jobs/run';
import { isEnded } from '../../jobs/run';
import type { ResolvedSpec } from '../../jobs/spec';
import type { Format } from '../../protocol/format';
import type { Points, RunSnapshot } from '../../protocol/runView';
import { clusterTitle } from '../jobs/jobText';
import type { Busy } from './runActions';
import { statusOf } from '../../jobs/runWords';
import { actionsOf, toneOf } from './runText';

export interface SnapshotInput {
  readonly run: Run;
  /** As it was submitted, when that is known on this machine. */
  readonly spec: ResolvedSpec | null;
  readonly firstLoss: number | null;
  readonly secondsPerStep: number | null;
  readonly busy: Busy | undefined;
  /** Why its cluster does not answer. */
  readonly silent: string | undefined;
  readonly format: Format;
}

/** All that the run's view shows, apart from the curves and the log. */
export function snapshotOf(input: SnapshotInput): RunSnapshot {
  const { run, spec, silent } = input;
  const ended = isEnded(run.state);
  const cancelling = run.cancelRequestedAt !== null && !ended;
  // Before the first step a run reports step 0, which says nothing.
  const begun = run.maxSteps !== null || (run.step ?? 0) > 0;
  const quiet = silent === undefined || ended ? null : t('{0} does not answer: {1}', run.cluster, silent);
  return {
    id: run.id,
    title: run.job,
    state: run.state,
    stateLabel: statusOf(run),
    tone: toneOf(run.state),
    reason: quiet ?? (run.error === null ? run.reason : null),
    error: run.error === null ? null : { message: run.error.message, hint: run.error.hint },
    step: begun ? run.step : null,
    maxSteps: run.maxSteps,
    epoch: begun ? run.epoch : null,
    epochs: spec === null ? null : spec.training.maxSteps === null ? spec.training.epochs : null,
    loss: run.loss,
    firstLoss: input.firstLoss,
    evalLoss: run.evalLoss,
    secondsPerStep: input.secondsPerStep,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    details: detailsOf(run, spec, input.format),
    actions: cancelling ? actionsOf(run).filter((action) => action !== 'cancel') : actionsOf(run),
    busy: input.busy ?? null,
  };
}

function detailsOf(run: Run, spec: ResolvedSpec | null, format: Format): { label: string; value: string }[] {
  const { resources } = run.clusterConfig;
  const slurm = run.clusterConfig.type === 'slurm';
  const host = run.clusterConfig.type === 'slurm' ? run.clusterConfig.host : undefined;
  const rows: [string, string | null | undefined][] = [
    [t('Cluster'), clusterTitle(run.cluster, host)],
    [t('Job number'), slurm ? run.jobId : null],
    [t('Partition'), resources?.partition],
    [t('Account'), resources?.account],
    [t('Base model'), run.base.hf === null ? run.base.model : `${run.base.model} (${run.base.hf})`],
    [t('Dataset'), run.dataset],
    [
      t('Records'),
      t('{0} train, {1} evaluate', format.integer(run.counts.train), format.integer(run.counts.eval)),
    ],
    [t('Submitted at'), format.time(run.createdAt)],
    [t('Ended'), run.endedAt === null ? null : format.time(run.endedAt)],
    ...settingRows(spec, format),
    [t('Adapter'), run.fetched === null ? null : t('fetched, {0}', format.bytes(run.fetched.bytes))],
    [t('Run folder'), run.remote.folder],
  ];
  return rows.flatMap(([label, value]) => (value === null || value === undefined ? [] : [{ label, value }]));
}

function settingRows(spec: ResolvedSpec | null, format: Format): [string, string][] {
  if (spec === null) return [];
  const { lora, training, data } = spec;
  return [
    ...(spec.dpo === null || spec.method === 'sft'
      ? []
      : [
          [
            t('What is learned'),
            t('preferences (DPO), beta {0}, loss {1}', spec.dpo.beta, spec.dpo.loss),
          ] as [string, string],
        ]),
    ['LoRA', t('r {0}, alpha {1}', lora.r, lora.alpha)],
    [t('Learning rate'), `${rate(training.learningRate)} · ${training.scheduler}`],
    [
      t('Batch'),
      training.gradientAccumulation === 1
        ? format.integer(training.batchSize)
        : `${training.batchSize} × ${training.gradientAccumulation}`,
    ],
    [t('Longest record'), t('{0} tokens', format.integer(data.maxLength))],
    [t('Seed'), String(spec.seed)],
  ];
}

/** `0.0002` → `2e-4`: how those who set it write it. */
export function rate(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return value >= 0.01 ? String(value) : `${mantissa}e${exponent}`;
}

/** The curves of metrics.jsonl: [step, loss], in the order of the file; a resumed training repeats steps, the last counts. */
export function curvesOf(metrics: readonly Metric[]): { train: Points; eval: Points } {
  const train = new Map<number, number>();
  const evaluation = new Map<number, number>();
  for (const metric of metrics) {
    if (metric.type === 'train') {
      if (Number.isFinite(metric.loss)) train.set(metric.step, metric.loss);
    } else if (Number.isFinite(metric.evalLoss)) {
      evaluation.set(metric.step, metric.evalLoss);
    }
  }
  const sorted = (points: Map<number, number>): Points => [...points].sort(([a], [b]) => a - b);
  return { train: sorted(train), eval: sorted(evaluation) };
}

/** How long a step takes, from the times of the logged ones since the training last began; null before there are two. */
export function secondsPerStep(metrics: readonly Metric[]): number | null {
  const steps: { readonly step: number; readonly seconds: number }[] = [];
  for (const metric of metrics) {
    if (metric.type !== 'train') continue;
    const seconds = secondsOf(metric.time);
    if (seconds === null) continue;
    // A resumed training goes back in its steps: what lay between is no step's time.
    if (metric.step <= (steps.at(-1)?.step ?? -1)) steps.length = 0;
    steps.push({ step: metric.step, seconds });
  }
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined || last.step === first.step) return null;
  const each = (last.seconds - first.seconds) / (last.step - first.step);
  return each >= 0 ? each : null;
}

/** ISO 8601, or seconds since 1970. */
function secondsOf(time: string | number | null | undefined): number | null {
  if (typeof time === 'number') return time;
  const parsed = Date.parse(time ?? '') / 1000;
  return Number.isNaN(parsed) ? null : parsed;
}
