import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import type { ClusterConfig, ModelConfig } from '../project/config';
import type { Project } from '../project/project';
import { nearest } from '../project/suggest';
import type { YamlProblem, YamlResult } from '../project/yamlFile';
import { isCancelled, messageOf } from '../protocol/errors';
import type { PlanOptions } from './resolve';
import type { Job } from './spec';

// What a job names, looked up; what is not found becomes a problem at the place where the job names it.

type At = YamlResult<Job>['at'];

export async function checkDataset(
  project: Project,
  dataset: string,
  written: string,
): Promise<string | undefined> {
  const relative = path.relative(project.root, dataset);
  if (relative.startsWith('..') || path.isAbsolute(relative)) {
    return t("The dataset must lie in the project's folder.");
  }
  const found = await stat(dataset).catch(() => undefined);
  if (found?.isFile() === true) return undefined;
  const folder = path.dirname(dataset);
  const names = await readdir(folder).catch(() => []);
  const guess = nearest(
    path.basename(dataset),
    names.filter((name) => name.endsWith('.jsonl')),
  );
  return guess === undefined
    ? t('There is no dataset {0}.', written)
    : t(
        'There is no dataset {0}. Did you mean {1}?',
        written,
        path.relative(project.root, path.join(folder, guess)).split(path.sep).join('/'),
      );
}

/** Settings of a method other than the job's would be read by nobody. */
export function checkMethod(job: Job, at: At, errors: YamlProblem[]): void {
  if (job.method !== 'dpo') {
    if (job.dpo !== undefined)
      errors.push(at(['dpo'], t('"dpo" is for jobs with "method: dpo". Add that line, or take "dpo" out.')));
  } else if (job.training.packing) {
    errors.push(
      at(['training', 'packing'], t('Pairs of answers (method: dpo) are not packed. Take "packing" out.')),
    );
  }
}

function unknownKey(message: string, key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const end =
    guess === undefined
      ? t('Known: {0}.', known.length === 0 ? '–' : known.join(', '))
      : t('Did you mean "{0}"?', guess);
  return `${message} ${end}`;
}

export function findCluster(
  project: Project,
  job: Job,
  at: At,
  errors: YamlProblem[],
): ClusterConfig | undefined {
  const config = Object.hasOwn(project.clusters, job.cluster) ? project.clusters[job.cluster] : undefined;
  if (config === undefined) {
    const message = unknownKey(
      t('afina.yaml has no cluster "{0}".', job.cluster),
      job.cluster,
      Object.keys(project.clusters),
    );
    errors.push(at(['cluster'], message));
    return undefined;
  }
  const { residency } = project.config;
  if (residency !== undefined && config.type === 'slurm') {
    const { country } = config;
    if (country === undefined) {
      errors.push(
        at(
          ['cluster'],
          t(
            'The data of this project must stay in {0}, and afina.yaml does not say in which country the cluster "{1}" is. Add "country" to it.',
            residency.join(', '),
            job.cluster,
          ),
        ),
      );
    } else if (!residency.includes(country)) {
      errors.push(
        at(
          ['cluster'],
          t(
            'The data of this project must stay in {0}; the cluster "{1}" is in {2}. Choose another cluster.',
            residency.join(', '),
            job.cluster,
            country,
          ),
        ),
      );
    }
  }
  return config;
}

export function findModel(
  project: Project,
  job: Job,
  at: At,
  errors: YamlProblem[],
): ModelConfig | undefined {
  const config = Object.hasOwn(project.models, job.base) ? project.models[job.base] : undefined;
  if (config === undefined) {
    errors.push(
      at(
        ['base'],
        unknownKey(t('afina.yaml has no model "{0}".', job.base), job.base, Object.keys(project.models)),
      ),
    );
  }
  return config;
}

/** The GGUF on this machine; needed only when it is what trains. */
export async function findGguf(
  options: PlanOptions,
  model: ModelConfig,
  job: Job,
  at: At,
  errors: YamlProblem[],
): Promise<string | null> {
  const needed = model.hf === undefined;
  const reference = model.gguf;
  let file: string | null = reference.startsWith('hf:')
    ? null
    : path.resolve(options.project.root, reference);
  if (needed && options.resolveGguf !== undefined) {
    try {
      file = await options.resolveGguf(job.base, options.project);
    } catch (error) {
      if (isCancelled(error)) throw error;
      errors.push(at(['base'], messageOf(error)));
      return null;
    }
  }
  if (file === null) {
    if (needed)
      errors.push(
        at(
          ['base'],
          t(
            'The model "{0}" is not on this machine yet: download it first, or give its "hf" in afina.yaml.',
            job.base,
          ),
        ),
      );
    return null;
  }
  const magic = await readMagic(file);
  if (magic === 'GGUF') return file;
  if (needed) {
    errors.push(
      at(
        ['base'],
        magic === undefined
          ? t('The file of the model "{0}" is not there: {1}', job.base, file)
          : t('The file of the model "{0}" is no GGUF: {1}', job.base, file),
      ),
    );
  }
  return null;
}

async function readMagic(file: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead).toString('latin1');
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}
