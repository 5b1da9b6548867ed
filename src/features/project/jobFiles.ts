import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkDataset, findCluster, findModel } from '../../jobs/jobParts';
import type { Job } from '../../jobs/spec';
import type { Project } from '../../project/project';
import type { YamlProblem } from '../../project/yamlFile';

const JOB_FILE = /\.ya?ml$/i;

/** `jobs/*.yaml` of a project, sorted by name; absolute paths. */
export async function listJobFiles(project: Project): Promise<string[]> {
  const folder = path.join(project.root, 'jobs');
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => JOB_FILE.test(name) && !name.startsWith('.'))
    .sort((a, b) => a.localeCompare(b))
    .map((name) => path.join(folder, name));
}

/** Whether `file` is where jobs of this project lie. */
export function isJobFile(project: Project, file: string): boolean {
  return path.dirname(file) === path.join(project.root, 'jobs') && JOB_FILE.test(file);
}

export interface CheckedJob {
  readonly job: Job | undefined;
  readonly problems: readonly YamlProblem[];
}

/** A job file's text against its schema and against the project: every problem, each with its range. */
export async function checkJob(text: string, file: string, project: Project): Promise<CheckedJob> {
  const { parseJob } = await import('../../jobs/jobFile');
  const { value: job, problems, at } = parseJob(text, file);
  if (job === undefined) return { job, problems };
  const found = [...problems];
  findModel(project, job, at, found);
  findCluster(project, job, at, found);
  const dataset = await checkDataset(project, path.resolve(project.root, job.dataset), job.dataset);
  if (dataset !== undefined) found.push(at(['dataset'], dataset));
  return { job, problems: found };
}
