import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { isCancelled, messageOf } from '../../protocol/errors';
import type { EditorDocument } from './editorDocument';

/** Writers often touch a file several times in a row. */
const QUIET_MS = 300;

/**
 * Follows the file under an editor. Without unsaved edits the editor reads it again; with them its user is asked, once
 * for each change.
 */
export function watchDisk(
  document: EditorDocument,
  /** Gives up the edits by VS Code's own command, so that its undo stack and dirty mark follow. */
  revertInEditor: () => Promise<void>,
  output: vscode.LogOutputChannel,
): vscode.Disposable {
  if (document.readOnly) return new vscode.Disposable(() => undefined);
  const folder = path.dirname(document.uri.fsPath);
  // The name could hold glob characters, so it is compared, not matched.
  const name = path.basename(document.uri.fsPath);
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.file(folder), '*.jsonl'),
  );
  let timer: NodeJS.Timeout | undefined;
  let asking = false;

  const look = async (): Promise<void> => {
    if (!(await document.changedOnDisk())) return;
    if (!document.data.isDirty) {
      await document.revert();
      return;
    }
    if (asking) return;
    asking = true;
    const reload = t('Reload and Discard My Edits');
    const keep = t('Keep My Edits');
    const picked = await vscode.window.showWarningMessage(
      t('{0} was changed by another program while it has unsaved edits here.', name),
      reload,
      keep,
    );
    asking = false;
    if (picked === reload) await revertInEditor();
  };
  const later = (uri: vscode.Uri): void => {
    if (path.basename(uri.fsPath) !== name) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      look().catch((error: unknown) => {
        if (!isCancelled(error)) output.warn(`${document.uri.fsPath}: ${messageOf(error)}`);
      });
    }, QUIET_MS);
  };
  return vscode.Disposable.from(watcher, watcher.onDidChange(later), watcher.onDidCreate(later), {
    dispose: () => clearTimeout(timer),
  });
}
