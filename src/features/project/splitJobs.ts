import { readFile } from 'node:fs/promises';
import type { ExportOptions } from '../../dataset/exportTraining';
import { parseJob } from '../../jobs/jobFile';
import type { Job } from '../../jobs/spec';
import type { Project } from '../../project/project';
import { listJobFiles } from './jobFiles';

/** A job that holds records out of its training, and how. */
export interface SplitJob {
  /** Absolute. */
  readonly file: string;
  readonly job: Job;
  readonly split: Omit<ExportOptions, 'file' | 'outDir' | 'signal'>;
}

/** Those of a project that can be read. */
export async function splitJobs(project: Project): Promise<SplitJob[]> {
  const { nearDuplicate } = project.config.checks;
  const found = await Promise.all(
    (await listJobFiles(project)).map(async (file): Promise<SplitJob[]> => {
      const { value: job } = parseJob(await readFile(file, 'utf8').catch(() => ''), file);
      if (job === undefined || job.evaluation === 0) return [];
      const { method, statuses, evaluation, seed } = job;
      return [{ file, job, split: { method, statuses, evaluation, seed, nearDuplicate } }];
    }),
  );
  return found.flat();
}
