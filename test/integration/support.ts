// What several suites in a real VS Code need: waiting, and a dataset of their own that is gone after each test.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

export const DATASET_EDITOR = 'afina.datasetEditor';

/** Waits until `probe` finds something, and gives that. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== false && found !== null && found !== undefined)
      return found as Exclude<T, false | null | undefined>;
    if (Date.now() > end) assert.fail(`${what}: not within ${timeoutMs / 1000} s`);
    await delay(50);
  }
}

const folders: string[] = [];

/** A fresh file with these lines, in a folder of its own; nothing is saved but by the test. */
export async function makeDataset(written: readonly string[]): Promise<string> {
  await vscode.workspace
    .getConfiguration('files')
    .update('autoSave', 'off', vscode.ConfigurationTarget.Global);
  const folder = mkdtempSync(path.join(tmpdir(), 'afina-dataset-'));
  folders.push(folder);
  const file = path.join(folder, 'dataset.jsonl');
  await writeFile(file, `${written.join('\n')}\n`);
  return file;
}

export async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n');
}

/** For `afterEach`: closes what the test has left open, with its unsaved changes, and removes its files. */
export async function cleanUp(): Promise<void> {
  // One by one: closing all of them at once asks what is to become of unsaved changes.
  const count = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length;
  for (let closed = 0; closed < count; closed++)
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
