import path from 'node:path';
import { t } from '@vscode/l10n';
import type { Status } from '../../dataset/record';
import type { JobPlan } from '../../jobs/resolve';
import { learnedFrom } from '../../jobs/runWords';
import { learningRateOf } from '../../jobs/spec';
import type { Resources } from '../../project/config';
import type { YamlProblem } from '../../project/yamlFile';
import type { Format } from '../../protocol/format';
import type { Fact, SubmissionProblem, SubmissionSummary } from '../../protocol/submission';

/** What a submission would do, for its user to judge before anything is sent. */
export function summaryOf(plan: JobPlan, format: Format): SubmissionSummary {
  const { job, counts, cluster } = plan;
  const local = cluster.config.type === 'local';
  return {
    jobFile: relative(plan, plan.jobFile),
    dataset: {
      file: relative(plan, plan.dataset),
      train: counts.train,
      eval: counts.eval,
      leftOut: counts.skipped,
      leftOutReason: t('only these train: {0}', job.statuses.map(statusLabel).join(', ')),
    },
    base: baseFacts(plan),
    cluster: {
      name: cluster.name,
      local,
      where: local ? t('this machine') : (cluster.host ?? t('this machine, through Slurm')),
      facts: clusterFacts(plan),
    },
    settings: settingFacts(plan, format),
    files: plan.files.map(({ label, path: inRun, bytes, leavesMachine }) => ({
      label,
      path: inRun,
      bytes,
      leaves: leavesMachine,
    })),
    bytesLeaving: plan.bytesLeaving,
  };
}

export function problemsOf(problems: readonly YamlProblem[], root: string): SubmissionProblem[] {
  return problems.map(({ message, severity, place }, index) => ({
    message,
    severity,
    file: path.relative(root, place.file).replaceAll(path.sep, '/'),
    line: place.line,
    index,
  }));
}

export function statusLabel(status: Status): string {
  switch (status) {
    case 'draft':
      return t('draft');
    case 'review':
      return t('in review');
    case 'approved':
      return t('approved');
    case 'rejected':
      return t('rejected');
  }
}

function relative(plan: JobPlan, file: string): string {
  return path.relative(plan.project.root, file).replaceAll(path.sep, '/');
}

function baseFacts({ model, spec }: JobPlan): Fact[] {
  const { base } = spec;
  const trained =
    'hf' in base
      ? base.revision === null
        ? base.hf
        : `${base.hf} @ ${base.revision}`
      : 'path' in base
        ? base.path
        : t('{0}, dequantised', path.basename(base.gguf));
  return facts([
    [t('Model'), model.config.title ?? model.key],
    [t('What is trained'), trained],
  ]);
}

function clusterFacts({ cluster, job }: JobPlan): Fact[] {
  const { config } = cluster;
  const resources: Resources = { ...config.resources, ...job.resources };
  const gpus =
    resources.gpus === undefined
      ? undefined
      : resources.gpus === 0
        ? t('none')
        : resources.gpuType === undefined
          ? String(resources.gpus)
          : `${resources.gpus} × ${resources.gpuType}`;
  return facts([
    [t('Host'), config.type === 'slurm' ? cluster.host : undefined],
    [t('Country'), config.type === 'slurm' ? config.country : undefined],
    [t('Partition'), resources.partition],
    [t('Account'), resources.account],
    ['QOS', resources.qos],
    ['GPU', gpus],
    ['CPU', resources.cpus === undefined ? undefined : String(resources.cpus)],
    [t('Memory'), resources.memory],
    [t('Time limit'), resources.time],
    [t('Folder'), cluster.root],
    [t('Python environment'), config.python?.venv ?? t('prepared by Afina, once')],
  ]);
}

function settingFacts({ job, spec }: JobPlan, format: Format): Fact[] {
  const { lora, training } = job;
  const targets = lora.targets === 'all-linear' ? t('all linear layers') : lora.targets.join(', ');
  return facts([
    [t('What is learned'), learnedFrom(job)],
    ['LoRA', t('r {0}, alpha {1}, dropout {2}', lora.r, lora.alpha, lora.dropout)],
    [t('Layers'), lora.rslora ? `${targets} · rsLoRA` : targets],
    [
      t('Length'),
      training.maxSteps === null
        ? training.epochs === 1
          ? t('1 epoch')
          : t('{0} epochs', training.epochs)
        : t('{0} steps', format.integer(training.maxSteps)),
    ],
    [
      t('Batch'),
      training.gradientAccumulation === 1
        ? String(training.batchSize)
        : t('{0} × {1} accumulated', training.batchSize, training.gradientAccumulation),
    ],
    [t('Learning rate'), `${learningRateOf(job)} · ${training.scheduler}`],
    [t('Longest record'), t('{0} tokens', format.integer(training.maxLength))],
    [t('Precision'), training.precision],
    [t('Seed'), String(spec.seed)],
  ]);
}

function facts(rows: readonly (readonly [string, string | null | undefined])[]): Fact[] {
  return rows.flatMap(([label, value]) =>
    value === undefined || value === null || value === '' ? [] : [{ label, value }],
  );
}
