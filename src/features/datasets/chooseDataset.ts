import path from 'node:path';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { ProjectService } from '../project/projectService';

export interface DatasetsOfProjects {
  readonly projects: ProjectService;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
}

/** The dataset that a command is about: of the menu it came from, in front, or asked for. */
export async function chooseDataset(
  target: unknown,
  { projects, datasetsOf }: DatasetsOfProjects,
  question: string,
): Promise<vscode.Uri | undefined> {
  const given = uriOf(target) ?? activeDataset();
  if (given !== undefined) return given;
  const files: vscode.Uri[] = [];
  for (const project of projects.projects) {
    for (const name of await datasetsOf(project)) files.push(vscode.Uri.file(path.join(project.root, name)));
  }
  if (files.length === 0) {
    const picked = await vscode.window.showOpenDialog({ title: question, filters: { JSONL: ['jsonl'] } });
    return picked?.[0];
  }
  if (files.length === 1) return files[0];
  const picked = await vscode.window.showQuickPick(
    files.map((uri) => ({ label: path.basename(uri.fsPath), description: path.dirname(uri.fsPath), uri })),
    { placeHolder: question },
  );
  return picked?.uri;
}

/** A file of the explorer, or a row of the datasets view. */
function uriOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target !== 'object' || target === null || !('uri' in target)) return undefined;
  return target.uri instanceof vscode.Uri ? target.uri : undefined;
}

function activeDataset(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom) && !(input instanceof vscode.TabInputText)) return undefined;
  return input.uri.scheme === 'file' && input.uri.path.endsWith('.jsonl') ? input.uri : undefined;
}
