import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { addModel } from '../../project/addModel';
import type { ModelConfig } from '../../project/config';
import { LOCAL_FILE } from '../../project/files';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { difference } from '../findings/quickFixes';

/** Writes a model into afina.yaml, or into afina.local.yaml; in an editor with other edits it stays one of them. */
export async function writeModel(
  project: Project,
  key: string,
  model: Partial<ModelConfig>,
  local: boolean,
): Promise<void> {
  const file = local ? path.join(project.root, LOCAL_FILE) : project.file;
  if (local && (await stat(file).catch(() => undefined)) === undefined)
    await writeFile(file, '', { flag: 'wx' });
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const before = document.getText();
  const after = addModel(before, key, model);
  if (after === undefined) {
    throw new UserError(
      'project/unreadable',
      t('{0} cannot be changed as it is written: correct it, or add the model under models.', file),
      { place: { file }, remedies: ['openFile'] },
    );
  }
  if (after === before) return;
  const { start, end, text } = difference(before, after);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  const { isDirty } = document;
  await vscode.workspace.applyEdit(edit);
  if (isDirty) await vscode.window.showTextDocument(document);
  else await document.save();
}
