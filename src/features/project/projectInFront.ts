import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { ProjectService } from './projectService';

/** The project of the file in front, whatever editor shows it, and the first one of all. */
export function projectInFront(projects: ProjectService): {
  readonly front: Project | undefined;
  readonly first: Project | undefined;
} {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
  return {
    front: shown ? projects.projectOf(input.uri.fsPath) : undefined,
    first: projects.projects[0],
  };
}
