import { t } from '@vscode/l10n';
import type { Job } from '../../jobs/spec';
import type { Project } from '../../project/project';

/** The words beside a job's title. */
export function describeJob(project: Project, job: Job | undefined, errors: number): string {
  if (job === undefined) return errors === 1 ? t('1 error') : t('{0} errors', errors);
  const model = modelTitle(project, job.base);
  return job.cluster === 'local' ? t('{0} on this machine', model) : t('{0} on {1}', model, job.cluster);
}

export function modelTitle(project: Project, key: string): string {
  return project.models[key]?.title ?? key;
}

export function clusterTitle(name: string, host?: string): string {
  if (host !== undefined) return `${name} (${host})`;
  return name === 'local' ? t('this machine') : name;
}
