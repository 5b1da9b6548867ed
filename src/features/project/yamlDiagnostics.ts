import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { LOCAL_FILE, PROJECT_FILE } from '../../project/files';
import type { YamlProblem } from '../../project/yamlFile';
import { messageOf } from '../../protocol/errors';
import { checkJob, isJobFile, listJobFiles } from './jobFiles';
import type { ProjectService } from './projectService';

const TYPING_DELAY_MS = 150;

/** Problems of afina.yaml, afina.local.yaml and jobs/*.yaml: live in open editors, from disk for the rest. */
export class YamlDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('afina-yaml');
  private readonly disposables: vscode.Disposable[] = [this.collection];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Counts the checks of a file, so that a slow one does not replace a newer one. */
  private readonly generation = new Map<string, number>();

  constructor(
    private readonly projects: ProjectService,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  register(): vscode.Disposable {
    const jobs = vscode.workspace.createFileSystemWatcher('**/jobs/*.{yaml,yml}');
    this.disposables.push(
      jobs,
      jobs.onDidChange((uri) => this.later(uri)),
      jobs.onDidCreate((uri) => this.later(uri)),
      jobs.onDidDelete((uri) => this.collection.delete(uri)),
      vscode.workspace.onDidOpenTextDocument((document) => this.later(document.uri)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.later(document.uri)),
      // A closed file counts as it lies on disk: what was typed and not saved is gone.
      vscode.workspace.onDidCloseTextDocument((document) => this.later(document.uri)),
      this.projects.onDidChange(() => void this.checkAll()),
    );
    void this.checkAll();
    return this;
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private later(uri: vscode.Uri): void {
    if (uri.scheme !== 'file' || !/\.ya?ml$/i.test(uri.path)) return;
    const key = uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.check(uri);
      }, TYPING_DELAY_MS),
    );
  }

  private async checkAll(): Promise<void> {
    const files = new Set(this.projects.brokenFiles);
    for (const project of this.projects.projects) {
      files.add(project.file);
      files.add(path.join(project.root, LOCAL_FILE));
      for (const file of await listJobFiles(project)) files.add(file);
    }
    for (const file of this.projects.brokenFiles) files.add(path.join(path.dirname(file), LOCAL_FILE));
    this.collection.forEach((uri) => {
      if (!files.has(uri.fsPath)) this.collection.delete(uri);
    });
    await Promise.all([...files].map((file) => this.check(vscode.Uri.file(file))));
  }

  private async check(uri: vscode.Uri): Promise<void> {
    const key = uri.toString();
    const generation = (this.generation.get(key) ?? 0) + 1;
    this.generation.set(key, generation);
    let problems: readonly YamlProblem[] = [];
    try {
      const text = await textOf(uri);
      if (text !== undefined) problems = await this.problemsOf(text, uri.fsPath);
    } catch (error) {
      this.output.error(`${uri.fsPath}: ${messageOf(error)}`);
    }
    if (this.generation.get(key) === generation) this.collection.set(uri, problems.map(toDiagnostic));
  }

  private async problemsOf(text: string, file: string): Promise<readonly YamlProblem[]> {
    if (path.basename(file) === PROJECT_FILE) {
      const { checkProjectText } = await import('../../project/project');
      return checkProjectText(text, file);
    }
    const project = this.projects.projectOf(file);
    if (path.basename(file) === LOCAL_FILE) {
      const around = project ?? { models: {}, clusters: {} };
      const { mergeLocal } = await import('../../project/localFile');
      return mergeLocal(text, file, around.models, around.clusters).problems;
    }
    if (project === undefined || !isJobFile(project, file)) return [];
    return (await checkJob(text, file, project)).problems;
  }
}

/** What is in the editor when the file is open, else what is on disk; undefined without either. */
export async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined && !open.isClosed) return open.getText();
  try {
    return await readFile(uri.fsPath, 'utf8');
  } catch {
    return undefined; // not there (any more): nothing to say of it
  }
}

function toDiagnostic(problem: YamlProblem): vscode.Diagnostic {
  const { line, column } = problem.place;
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(line - 1, column - 1, problem.endLine - 1, problem.endColumn - 1),
    problem.message,
    problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
  );
  diagnostic.source = 'Afina';
  return diagnostic;
}
