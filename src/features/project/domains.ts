import path from 'node:path';
import type { Domain } from '../../project/domain';
import type { ProjectService } from './projectService';

/** Finds the domain of a dataset's project: the project's own pack, or one that comes with Afina. */
export class Domains {
  constructor(
    private readonly projects: ProjectService,
    private readonly extensionPath: string,
  ) {}

  readonly of = async (file: string): Promise<Domain | undefined> => {
    const project = this.projects.projectOf(file);
    if (project?.config.domain === undefined) return undefined;
    const folders = [path.join(project.root, 'domains'), path.join(this.extensionPath, 'media', 'domains')];
    const { loadDomain } = await import('../../project/domain');
    return loadDomain(project.config.domain, folders);
  };

  readonly topicsOf = async (file: string): Promise<Domain['topics']> => (await this.of(file))?.topics ?? [];
}
