import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { datasetFiles } from '../datasets/datasetFiles';
import type { ProjectService } from '../project/projectService';

/** The dataset in front, whatever editor shows it. */
export function activeDataset(): vscode.Uri | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
  return shown && input.uri.scheme === 'file' && input.uri.path.endsWith('.jsonl') ? input.uri : undefined;
}

/** The datasets of all projects, as absolute paths. */
export async function allDatasets(projects: ProjectService): Promise<{ file: string; name: string }[]> {
  const lists = await Promise.all(
    projects.projects.map(async (project) =>
      (await datasetFiles(project)).map((name) => ({ file: path.join(project.root, name), name })),
    ),
  );
  return lists.flat();
}

export async function pickDataset(projects: ProjectService): Promise<vscode.Uri | undefined> {
  const all = await allDatasets(projects);
  if (all.length === 0) {
    const picked = await vscode.window.showOpenDialog({
      filters: { JSONL: ['jsonl'] },
      title: t('Which dataset?'),
    });
    return picked?.[0];
  }
  const picked = await vscode.window.showQuickPick(
    all.map(({ file, name }) => ({ label: path.basename(name), description: name, file })),
    { placeHolder: t('Which dataset?') },
  );
  return picked === undefined ? undefined : vscode.Uri.file(picked.file);
}

/** What is read is the file: edits that are not in it yet are saved first. False when its user goes back. */
export async function saveFirst(uri: vscode.Uri): Promise<boolean> {
  const dirty = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(({ input, isDirty }) => {
      const shown = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
      return isDirty && shown && input.uri.toString() === uri.toString();
    });
  if (!dirty) return true;
  const save = t('Save and continue');
  const answer = await vscode.window.showWarningMessage(
    t('{0} has edits that are not saved yet.', path.basename(uri.fsPath)),
    { modal: true },
    save,
  );
  return answer === save && (await vscode.workspace.save(uri)) !== undefined;
}
