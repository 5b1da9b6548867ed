import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { LOCAL_FILE, PROJECT_FILE } from '../../project/files';
import type { Project } from '../../project/project';
import { isCancelled, messageOf } from '../../protocol/errors';

const MOST_PROJECTS = 20;
const RELOAD_DELAY_MS = 200;

/** The Afina projects of the open folders; reloads them when their files change. */
export class ProjectService implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  private loaded: readonly Project[] = [];
  private broken: readonly string[] = [];
  private reloading: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;

  /** Fires after the list or the content of any project changed. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly output: vscode.LogOutputChannel) {}

  /** Sorted by their root. */
  get projects(): readonly Project[] {
    return this.loaded;
  }

  /** Files named afina.yaml that cannot be read as a project. */
  get brokenFiles(): readonly string[] {
    return this.broken;
  }

  /** The innermost project that holds `file` (an absolute path). */
  projectOf(file: string): Project | undefined {
    return this.loaded
      .filter(({ root }) => isInside(root, file))
      .sort((a, b) => b.root.length - a.root.length)[0];
  }

  register(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(`**/{${PROJECT_FILE},${LOCAL_FILE}}`);
    const later = (): void => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.reload(), RELOAD_DELAY_MS);
    };
    this.disposables.push(
      watcher,
      watcher.onDidChange(later),
      watcher.onDidCreate(later),
      watcher.onDidDelete(later),
      vscode.workspace.onDidChangeWorkspaceFolders(later),
      vscode.commands.registerCommand('afina.openProjectFile', () =>
        this.open(this.loaded.map(({ file }) => file)),
      ),
      vscode.commands.registerCommand('afina.openBrokenProject', () => this.open(this.broken)),
    );
    void this.reload();
    return this;
  }

  /** Reads all projects again; calls during a reload are joined into one more. */
  async reload(): Promise<void> {
    if (this.reloading !== undefined) {
      this.again = true;
      await this.reloading;
      return;
    }
    this.reloading = this.readAll();
    try {
      await this.reloading;
    } finally {
      this.reloading = undefined;
    }
    if (this.again) {
      this.again = false;
      await this.reload();
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
    this.changed.dispose();
  }

  private async readAll(): Promise<void> {
    const loaded: Project[] = [];
    const broken: string[] = [];
    for (const root of await this.roots()) {
      try {
        const { loadProject } = await import('../../project/project');
        loaded.push(await loadProject(root));
      } catch (error) {
        if (isCancelled(error)) return;
        this.output.warn(`${root}: ${messageOf(error)}`);
        broken.push(path.join(root, PROJECT_FILE));
      }
    }
    this.loaded = loaded.sort((a, b) => a.root.localeCompare(b.root));
    this.broken = broken;
    await vscode.commands.executeCommand('setContext', 'afina.hasProject', loaded.length > 0);
    await vscode.commands.executeCommand('setContext', 'afina.projectBroken', broken.length > 0);
    this.changed.fire();
  }

  /** Folders with an afina.yaml in the workspace, and the project around a folder that is only a part of one. */
  private async roots(): Promise<string[]> {
    const found = await vscode.workspace.findFiles(
      `**/${PROJECT_FILE}`,
      '**/{node_modules,.afina,.git}/**',
      MOST_PROJECTS,
    );
    const roots = new Set(found.map(({ fsPath }) => path.dirname(fsPath)));
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      const { findProject } = await import('../../project/project');
      const around = await findProject(folder.uri.fsPath);
      if (around !== undefined) roots.add(around);
    }
    return [...roots];
  }

  private async open(files: readonly string[]): Promise<void> {
    const file = files.length > 1 ? await pickFile(files) : files[0];
    if (file !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(file));
  }
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

async function pickFile(files: readonly string[]): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(
    files.map((file) => ({ label: path.basename(path.dirname(file)), description: file, file })),
    { placeHolder: t('Which project?') },
  );
  return picked?.file;
}
