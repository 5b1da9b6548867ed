import path from 'node:path';
import * as vscode from 'vscode';

/** What is unsaved in an editor would be in conflict with what is written to its file. */
export function refuseUnsaved(file: string, refusal: (name: string) => Error): void {
  const unsaved = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(({ input, isDirty }) => {
      const known = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
      return isDirty && known && path.resolve(input.uri.fsPath) === path.resolve(file);
    });
  if (unsaved) throw refusal(vscode.workspace.asRelativePath(file));
}
