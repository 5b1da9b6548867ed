import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { clusterRoot, hostOf } from '../cluster/clusters';
import { sha256File, writeAtomically } from '../cluster/files';
import { exportTraining } from '../dataset/exportTraining';
import type { ExportResult } from '../dataset/exportTraining';
import type { ClusterConfig, ModelConfig, PythonEnvironment, Resources } from '../project/config';
import type { Project } from '../project/project';
import type { YamlProblem } from '../project/yamlFile';
import { UserError, messageOf } from '../protocol/errors';
import { environmentName, readPayload, sha256 } from './bundle';
import type { Manifest } from './bundle';
import { JobError } from './jobError';
import { promptProblems } from './promptProblems';
import type { PromptCheck, PromptCheckRequest } from './promptParity';
import { recordProblems } from './recordErrors';
import type { RecordError } from './recordErrors';
import { checkDataset, checkMethod, findCluster, findGguf, findModel } from './jobParts';
import { parseJob } from './jobFile';
import { ignoreInGit } from './runStore';
import { dpoOf, learningRateOf } from './spec';
import type { Job, ResolvedSpec, TrainingBase } from './spec';
import { trainingBase } from './trainingBase';

export interface PlannedFile {
  /** What it is, for the summary shown before submission. */
  readonly label: string;
  /** Absolute path on this machine. */
  readonly local: string;
  /** Path in the run folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly leavesMachine: boolean;
}

/** The Python that trains: an environment of ours, created on the cluster unless it is there, or one that is given. */
export type PlannedEnvironment =
  | { readonly venv: string; readonly modules: readonly string[] }
  | {
      readonly folder: string;
      readonly interpreter: string;
      readonly modules: readonly string[];
      readonly pipArgs: readonly string[];
      /** sha256 of requirements.txt. */
      readonly requirements: string;
    };

/** Everything that one submission will do, known before anything is sent. Submit it or dispose of it. */
export interface JobPlan {
  readonly runId: string;
  readonly project: Project;
  readonly job: Job;
  /** The job file's name without its extension. */
  readonly jobName: string;
  /** Absolute. */
  readonly jobFile: string;
  /** Absolute. */
  readonly dataset: string;
  readonly cluster: {
    readonly name: string;
    readonly config: ClusterConfig;
    readonly root: string;
    /** Null: this machine. */
    readonly host: string | null;
  };
  readonly model: {
    readonly key: string;
    readonly config: ModelConfig;
    /** Absolute, or null when it is not on this machine. */
    readonly gguf: string | null;
  };
  readonly spec: ResolvedSpec;
  readonly manifest: Manifest;
  readonly resources: Resources;
  readonly environment: PlannedEnvironment;
  readonly counts: { readonly train: number; readonly eval: number; readonly skipped: number };
  /** Warnings, with their places in the job file or the dataset. */
  readonly problems: readonly YamlProblem[];
  readonly files: readonly PlannedFile[];
  /** Sum of the bytes that would leave this machine, at most: what the cluster has already is not sent again. */
  readonly bytesLeaving: number;
  /** Folder of the prepared files, under `.afina/`. */
  readonly folder: string;
  /** Removes the prepared files; does nothing after a submission. */
  dispose(): Promise<void>;
}

export interface PlanOptions {
  readonly project: Project;
  /** Absolute, or from the project's folder. */
  readonly jobFile: string;
  /** Folder with train.py, job.sh, prepare.sh, requirements.txt. */
  readonly payload: string;
  /**
   * Gives the absolute path of a model's GGUF by its key in afina.yaml, downloading it if need be. Called only when the
   * GGUF itself is to be trained. Default: paths from the project's folder; `hf:` references count as not on this machine.
   */
  readonly resolveGguf?: (model: string, project: Project) => Promise<string>;
  /** Errors that the checks find in the dataset: with one in a record that would train, there is no plan. */
  readonly errorsIn?: (dataset: string, signal?: AbortSignal) => Promise<readonly RecordError[]>;
  /** Holds the preview's prompts against the trainer's. */
  readonly promptCheck?: (request: PromptCheckRequest, signal?: AbortSignal) => Promise<PromptCheck>;
  readonly signal?: AbortSignal;
}

/** Plans whose owner was killed are removed after this time. */
const STALE_PLAN_MS = 24 * 3600 * 1000;

/**
 * Resolves a job: job file, cluster, model, residency, records. Sends nothing. Throws JobError (a UserError, code
 * `job/invalid`) with all problems and their places.
 */
export async function planJob(options: PlanOptions): Promise<JobPlan> {
  const { project, signal } = options;
  const jobFile = path.resolve(project.root, options.jobFile);
  const parsed = parseJob(await readJob(jobFile), jobFile);
  if (parsed.value === undefined) throw new JobError(parsed.problems);
  const job = parsed.value;
  const problems = [...parsed.problems];
  const errors: YamlProblem[] = [];

  checkMethod(job, parsed.at, errors);
  const dataset = path.resolve(project.root, job.dataset);
  const datasetProblem = await checkDataset(project, dataset, job.dataset);
  if (datasetProblem !== undefined) errors.push(parsed.at(['dataset'], datasetProblem));
  const clusterConfig = findCluster(project, job, parsed.at, errors);
  const modelConfig = findModel(project, job, parsed.at, errors);
  const gguf =
    modelConfig === undefined ? null : await findGguf(options, modelConfig, job, parsed.at, errors);
  if (clusterConfig === undefined || modelConfig === undefined || errors.length > 0)
    throw new JobError([...errors, ...problems]);

  const payload = await readPayload(options.payload);
  const jobName = path.basename(jobFile).replace(/\.ya?ml$/i, '');
  const runId = newRunId(jobName, new Date());
  const plans = path.join(project.root, '.afina', 'plans');
  const folder = path.join(plans, runId);
  await removeStalePlans(plans);
  await mkdir(folder, { recursive: true });
  await ignoreInGit(project.root);
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const exported = await exportTraining({
      file: dataset,
      method: job.method,
      statuses: job.statuses,
      evaluation: job.evaluation,
      seed: job.seed,
      nearDuplicate: project.config.checks.nearDuplicate,
      outDir: path.join(folder, 'data'),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      // No record to train, or broken ones: the dataset that the job names is what has to change.
      if (!(error instanceof UserError) || error.code === 'changed-on-disk') throw error;
      throw new JobError([parsed.at(['dataset'], error.message), ...problems]);
    });
    problems.push(...exportProblems(exported, dataset));
    const skipped = Object.values(exported.skipped).reduce((sum, count) => sum + count, 0);
    if (job.evaluation > 0 && (exported.eval?.records ?? 0) === 0) {
      problems.push(
        parsed.at(['dataset'], t('There are too few records for an evaluation: all of them train.'), {
          severity: 'warning',
        }),
      );
    }
    if (exported.leaks.near + exported.leaks.source > 0) {
      problems.push(parsed.at(['dataset'], leakMessage(exported), { severity: 'warning' }));
    }
    const wrong = await recordProblems(
      dataset,
      (await options.errorsIn?.(dataset, signal)) ?? [],
      job.statuses,
      (message) => parsed.at(['dataset'], message),
      signal,
    );
    if (wrong.length > 0) throw new JobError([...wrong, ...problems]);

    const root = clusterRoot(clusterConfig);
    const host = hostOf(clusterConfig);
    const base = trainingBase(modelConfig, gguf, clusterConfig.type);
    const prompts = await promptProblems(options, job.base, base, exported.train.path, (message, severity) =>
      parsed.at(['base'], message, { severity }),
    );
    if (prompts.problems.some(({ severity }) => severity === 'error'))
      throw new JobError([...prompts.problems, ...problems]);
    problems.push(...prompts.problems);
    const spec = resolvedSpec(runId, jobName, job, base, exported);
    const resources: Resources = { ...clusterConfig.resources, ...job.resources };
    const requirements = payload.find((file) => file.path === 'requirements.txt');
    const environment = plannedEnvironment(
      clusterConfig.python,
      root,
      project.root,
      clusterConfig.type,
      requirements?.content ?? Buffer.alloc(0),
    );
    const leaves = host !== null;
    const files: PlannedFile[] = [];
    const add = async (name: string, label: string, content: string | Uint8Array): Promise<void> => {
      const local = path.join(folder, name);
      await writeAtomically(local, content);
      files.push({
        label,
        local,
        path: name,
        bytes: Buffer.byteLength(content),
        sha256: sha256(content),
        leavesMachine: leaves,
      });
    };
    const records = (
      label: string,
      name: string,
      file: { path: string; bytes: number; sha256: string },
    ): void => {
      files.push({
        label,
        local: file.path,
        path: name,
        bytes: file.bytes,
        sha256: file.sha256,
        leavesMachine: leaves,
      });
    };
    records(t('Training records'), 'data/train.jsonl', exported.train);
    if (spec.data.eval !== null && exported.eval !== null)
      records(t('Evaluation records'), 'data/eval.jsonl', exported.eval);
    if (gguf !== null && 'gguf' in base && !path.isAbsolute(base.gguf)) {
      const bytes = (await stat(gguf)).size;
      files.push({
        label: t('Base model'),
        local: gguf,
        path: base.gguf,
        bytes,
        sha256: await sha256File(gguf, signal),
        leavesMachine: leaves,
      });
    }
    await add('spec.json', t('Settings of the training'), `${JSON.stringify(spec, undefined, 1)}\n`);
    if (prompts.expected !== null)
      await add('prompt_expected.json', t('Prompts of the preview'), prompts.expected);
    for (const { path: name, content } of payload) await add(name, t('Training program'), content);
    const python = 'venv' in environment ? environment.venv : environment.folder;
    await add('python', t('Settings of the start'), `${python}/bin/python\n`);
    await add('modules', t('Settings of the start'), environment.modules.map((name) => `${name}\n`).join(''));
    await add('launch', t('Settings of the start'), `${Math.max(1, resources.gpus ?? 1)}\n`);
    const manifest: Manifest = {
      version: 1,
      run: runId,
      job: jobName,
      createdAt: new Date().toISOString(),
      requirements: requirements?.sha256 ?? '',
      files: files.map(({ path: name, sha256: hash, bytes }) => ({ path: name, sha256: hash, bytes })),
    };
    await add('manifest.json', t('List of these files'), `${JSON.stringify(manifest, undefined, 1)}\n`);
    return {
      runId,
      project,
      job,
      jobName,
      jobFile,
      dataset,
      cluster: { name: job.cluster, config: clusterConfig, root, host },
      model: { key: job.base, config: modelConfig, gguf },
      spec,
      manifest,
      resources,
      environment,
      counts: {
        train: exported.train.records,
        eval: spec.data.eval === null ? 0 : (exported.eval?.records ?? 0),
        skipped,
      },
      problems,
      files,
      bytesLeaving: files.reduce((sum, file) => sum + (file.leavesMachine ? file.bytes : 0), 0),
      folder,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** `YYYYMMDD-HHMMSS-<job>-<6 hex>`, in this machine's time. */
export function newRunId(jobName: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const name = jobName
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${date}-${time}-${name === '' ? 'job' : name}-${randomBytes(3).toString('hex')}`;
}

async function readJob(jobFile: string): Promise<string> {
  try {
    return await readFile(jobFile, 'utf8');
  } catch (error) {
    throw new UserError(
      'job/missing',
      t('The job file {0} cannot be read: {1}', jobFile, messageOf(error)),
      { place: { file: jobFile } },
      { cause: error },
    );
  }
}

function resolvedSpec(
  run: string,
  jobName: string,
  job: Job,
  base: TrainingBase,
  exported: ExportResult,
): ResolvedSpec {
  const { maxLength, packing, ...training } = job.training;
  return {
    version: 1,
    run,
    job: jobName,
    method: job.method,
    dpo: dpoOf(job),
    seed: job.seed,
    base,
    chatTemplate: null,
    data: {
      train: 'data/train.jsonl',
      eval: (exported.eval?.records ?? 0) > 0 ? 'data/eval.jsonl' : null,
      maxLength,
      packing,
    },
    lora: job.lora,
    training: { ...training, learningRate: learningRateOf(job) },
  };
}

function plannedEnvironment(
  python: PythonEnvironment | undefined,
  root: string,
  projectRoot: string,
  kind: ClusterConfig['type'],
  requirements: Uint8Array,
): PlannedEnvironment {
  const modules = python?.modules ?? [];
  if (python?.venv !== undefined) {
    return { venv: kind === 'local' ? path.resolve(projectRoot, python.venv) : python.venv, modules };
  }
  const pipArgs = python?.pipArgs ?? [];
  return {
    folder: `${root}/envs/${environmentName(requirements, pipArgs)}`,
    interpreter: python?.interpreter ?? 'python3',
    modules,
    pipArgs,
    requirements: sha256(requirements),
  };
}

function exportProblems(exported: ExportResult, dataset: string): YamlProblem[] {
  return exported.problems.map(({ line, message }) => ({
    message: t('Left out: {0}', message),
    severity: 'warning',
    path: [],
    place: { file: dataset, line, column: 1 },
    endLine: line,
    endColumn: 1,
  }));
}

/** The split keeps near-duplicates and records of one source together, unless hardly anything could be held out then. */
function leakMessage({ leaks, eval: held }: ExportResult): string {
  return leaks.near > 0
    ? t(
        '{0} of the {1} evaluation records have a near-duplicate among the training records, since most records are alike: the evaluation says more of memory than of skill. The checks name the duplicates.',
        leaks.near,
        held?.records ?? 0,
      )
    : t(
        '{0} of the {1} evaluation records have a source that is also trained on, since most records share their sources. Name the passage of each record in "sources".',
        leaks.source,
        held?.records ?? 0,
      );
}

async function removeStalePlans(plans: string): Promise<void> {
  for (const name of await readdir(plans).catch(() => [])) {
    const folder = path.join(plans, name);
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_PLAN_MS)
      await rm(folder, { recursive: true, force: true });
  }
}
