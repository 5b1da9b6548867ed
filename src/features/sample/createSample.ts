import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors';
import { asUri } from '../uri';
import { showError } from '../showError';

/** What the sample keeps out of git; written here because packagers drop files of this name. */
const GITIGNORE = '.afina/*\n!.afina/comparisons/\nafina.local.yaml\n';

/** *Afina: Create Sample Project*: copies the sample into an empty folder and opens it. */
export class CreateSample {
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  register(): vscode.Disposable {
    return vscode.commands.registerCommand('afina.createSample', async (argument: unknown) => {
      const target = asUri(argument);
      try {
        await this.create(target);
      } catch (error) {
        // Whoever said where to create it is told; people see it.
        if (target !== undefined) throw error;
        void showError(error, { output: this.output });
      }
    });
  }

  /** `target` comes from tests and scripts; people are asked. */
  private async create(target: vscode.Uri | undefined): Promise<void> {
    const folder = target ?? (await askForFolder());
    if (folder === undefined) return;
    const place = await emptyPlace(folder.fsPath);
    await copySample(vscode.Uri.joinPath(this.extensionUri, 'media', 'sample').fsPath, place);
    if (target === undefined) await openFolder(vscode.Uri.file(place));
  }
}

/** Copies the sample into `place`, which may be missing or empty. */
export async function copySample(sample: string, place: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await cp(sample, place, {
    recursive: true,
    // Not errorOnExist: from Node 22 on that refuses a folder that is there, even an empty one.
    force: false,
    // Runs and local settings of whoever tried the sample where it lies are not part of it.
    filter: (source) => !['.afina', 'afina.local.yaml', '.gitignore'].includes(path.basename(source)),
  });
  await writeFile(path.join(place, '.gitignore'), GITIGNORE, { flag: 'wx' });
}

/** The folder itself when it is empty, else a new one inside it that has a free name. */
async function emptyPlace(folder: string): Promise<string> {
  if (await isFree(folder)) return folder;
  const name = t('afina-sample');
  for (let number = 1; number <= 50; number++) {
    const candidate = path.join(folder, number === 1 ? name : `${name}-${number}`);
    if (await isFree(candidate)) return candidate;
  }
  throw new UserError(
    'sample/folder',
    t('There is no room for the sample in {0}: choose an empty folder.', folder),
  );
}

async function isFree(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return true;
  return found.isDirectory() && (await readdir(folder)).length === 0;
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    title: t('Where to create the sample project'),
    openLabel: t('Create Here'),
  });
  return picked?.[0];
}

async function openFolder(folder: vscode.Uri): Promise<void> {
  const open = t('Open');
  const openNew = t('Open in New Window');
  const nothingOpen = (vscode.workspace.workspaceFolders ?? []).length === 0;
  const picked = nothingOpen
    ? open
    : await vscode.window.showInformationMessage(
        t('The sample project is in {0}.', folder.fsPath),
        { modal: true },
        open,
        openNew,
      );
  if (picked === undefined) return;
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: picked === openNew });
}
