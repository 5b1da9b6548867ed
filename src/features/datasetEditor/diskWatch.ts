import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isCancelled, messageOf } from '../../protocol/errors';
import { tellConflicts } from './conflictDialogs';
import type { EditorDocument } from './editorDocument';

/** Writers often touch a file several times in a row. */
const QUIET_MS = 300;
/** Longest that a file which grows, or is empty for now, is waited for. */
const LONGEST_WRITE_MS = 10_000;

export interface DiskWatchOptions {
  /** Makes edits of what is being typed: it belongs to the record that is shown now. */
  readonly flush: () => Promise<void>;
  readonly showConflicts: () => void;
  readonly output: vscode.LogOutputChannel;
}

/** Follows the file under an editor. Its user hears of it only when a record was changed on both sides. */
export function watchDisk(document: EditorDocument, options: DiskWatchOptions): vscode.Disposable {
  if (document.readOnly) return new vscode.Disposable(() => undefined);
  const { output } = options;
  const file = document.uri.fsPath;
  // The name could hold glob characters, so it is compared, not matched.
  const name = path.basename(file);
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.file(path.dirname(file)), '*.jsonl'),
  );
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    if (!(await document.changedOnDisk())) return;
    await settled(file);
    await options.flush();
    const before = new Set(document.data.conflicts.map(({ key }) => key));
    await document.follow();
    const { conflicts } = document.data;
    if (conflicts.some(({ key }) => !before.has(key))) {
      void tellConflicts(name, conflicts.length, options.showConflicts);
    }
  };
  const later = (uri: vscode.Uri): void => {
    if (path.basename(uri.fsPath) !== name) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      looking = looking.then(look).catch((error: unknown) => {
        if (!isCancelled(error)) output.warn(`${file}: ${messageOf(error)}`);
      });
    }, QUIET_MS);
  };
  return vscode.Disposable.from(watcher, watcher.onDidChange(later), watcher.onDidCreate(later), {
    dispose: () => clearTimeout(timer),
  });
}

/** A program that writes into the file itself empties it first: half a file would look like records removed. */
async function settled(file: string): Promise<void> {
  const end = Date.now() + LONGEST_WRITE_MS;
  let before = await stat(file);
  while (Date.now() < end) {
    await delay(QUIET_MS);
    const now = await stat(file);
    if (now.size > 0 && now.size === before.size && now.mtimeMs === before.mtimeMs) return;
    before = now;
  }
}
