import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { isCancelled, messageOf } from '../../protocol/errors';
import type { RuntimeClient } from '../../runtime/client';
import type { NamedAnswerer, PreviewService } from '../preview/previewService';
import type { ProjectService } from '../project/projectService';

export interface EvalTestsOptions {
  readonly projects: ProjectService;
  readonly preview: PreviewService;
  readonly runtime: RuntimeClient;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
  readonly output: vscode.LogOutputChannel;
}

const CHANGE_DELAY_MS = 400;

/** Records with `meta.expect` in the Test Explorer: datasets, their records, and a profile for whoever can answer. */
export class EvalTests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController(
    'afina.expectations',
    t('Afina: expectations'),
  );
  private readonly profiles = new Map<string, vscode.TestRunProfile>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly stale = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private discovered = false;

  constructor(private readonly options: EvalTestsOptions) {}

  register(): vscode.Disposable {
    this.controller.resolveHandler = (item) => this.resolve(item);
    this.controller.refreshHandler = () => this.discover();
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.jsonl');
    const changed = ({ fsPath }: vscode.Uri): void => this.later(fsPath);
    this.disposables.push(
      watcher,
      watcher.onDidChange(changed),
      watcher.onDidCreate(changed),
      watcher.onDidDelete(changed),
      this.options.preview.onDidChange(() => this.offerProfiles()),
      this.options.projects.onDidChange(() => {
        // VS Code may have asked before the projects were known.
        if (this.discovered) void this.discover();
      }),
    );
    this.offerProfiles();
    return this;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
    this.controller.dispose();
  }

  private async resolve(item: vscode.TestItem | undefined): Promise<void> {
    if (item === undefined) await this.discover();
    else if (item.uri !== undefined) await this.read(item.uri.fsPath);
  }

  private async discover(): Promise<void> {
    this.discovered = true;
    const files = new Set<string>();
    for (const project of this.options.projects.projects) {
      for (const name of await this.options.datasetsOf(project)) files.add(path.join(project.root, name));
    }
    for (const [id] of this.controller.items) if (!files.has(id)) this.controller.items.delete(id);
    for (const file of files) await this.read(file);
  }

  private later(file: string): void {
    // Nobody has looked yet: then it is read when somebody does.
    if (!this.discovered || this.options.projects.projectOf(file) === undefined) return;
    this.stale.add(file);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const files = [...this.stale];
      this.stale.clear();
      void this.readDatasets(files);
    }, CHANGE_DELAY_MS);
  }

  private async readDatasets(files: readonly string[]): Promise<void> {
    for (const file of files) {
      const project = this.options.projects.projectOf(file);
      if (project === undefined) continue;
      const names = await this.options.datasetsOf(project);
      if (names.some((name) => path.join(project.root, name) === file)) await this.read(file);
      else this.controller.items.delete(file);
    }
  }

  /** Makes the items of a dataset anew; one that expects nothing is not shown. */
  private async read(file: string): Promise<void> {
    try {
      const { readItems } = await import('./evalTestRun');
      const found = await readItems(this.controller, file);
      if (found.length === 0) {
        this.controller.items.delete(file);
        return;
      }
      const known = this.controller.items.get(file);
      const dataset =
        known ?? this.controller.createTestItem(file, path.basename(file), vscode.Uri.file(file));
      dataset.canResolveChildren = true;
      dataset.children.replace(found);
      if (known === undefined) this.controller.items.add(dataset);
    } catch (error) {
      this.controller.items.delete(file);
      if (!isCancelled(error)) this.options.output.warn(messageOf(error));
    }
  }

  private offerProfiles(): void {
    const wanted = new Map<string, { readonly project: Project; readonly who: NamedAnswerer }>();
    const { projects } = this.options.projects;
    for (const project of projects) {
      for (const who of this.options.preview.answerers(project)) {
        wanted.set(`${project.root}\0${who.model}\0${who.run ?? ''}`, { project, who });
      }
    }
    for (const [key, profile] of this.profiles) {
      if (wanted.has(key)) continue;
      profile.dispose();
      this.profiles.delete(key);
    }
    for (const [key, { project, who }] of wanted) {
      if (this.profiles.has(key)) continue;
      const title = projects.length > 1 ? `${who.title} (${path.basename(project.root)})` : who.title;
      this.profiles.set(
        key,
        this.controller.createRunProfile(
          title,
          vscode.TestRunProfileKind.Run,
          (request, token) => this.run(request, token, project, who),
          this.profiles.size === 0,
        ),
      );
    }
  }

  private async run(
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    project: Project,
    who: NamedAnswerer,
  ): Promise<void> {
    if (request.include === undefined && !this.discovered) await this.discover();
    const { runTests } = await import('./evalTestRun');
    const current = this.options.projects.projectOf(project.root) ?? project;
    await runTests({ ...this.options, controller: this.controller, request, token, project: current, who });
  }
}
