import path from 'node:path';
import type { Domain } from '../../project/domain';
import type { Project } from '../../project/project';
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

  /** What a project's models are told before a conversation; empty where its domain says nothing. */
  readonly systemPromptOf = async ({ file }: Project): Promise<string> =>
    (await this.of(file))?.systemPrompt ?? '';

  readonly topicsOf = async (file: string): Promise<Domain['topics']> => (await this.of(file))?.topics ?? [];
}
