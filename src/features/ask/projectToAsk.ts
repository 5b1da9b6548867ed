import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { projectInFront } from '../project/projectInFront';
import type { ProjectService } from '../project/projectService';

/** The project of the file in front, the only one, or the one that its user chooses. */
export async function projectToAsk(projects: ProjectService): Promise<Project | undefined> {
  const { front, first } = projectInFront(projects);
  if (first === undefined) {
    throw new UserError(
      'project/missing',
      t('Open a folder with an afina.yaml first: its models answer here.'),
    );
  }
  if (front !== undefined || projects.projects.length === 1) return front ?? first;
  const picked = await vscode.window.showQuickPick(
    projects.projects.map((project) => ({
      label: project.config.title ?? project.root,
      description: project.root,
      project,
    })),
    { placeHolder: t('Which project?') },
  );
  return picked?.project;
}
