import { availableParallelism } from 'node:os';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { CheckCache } from '../../checks/checkCache';
import type { CheckOptions, CheckRow, TokenCounter, VarietyCounts } from '../../checks/checkFile';
import type { Finding } from '../../checks/finding';
import type { RowState } from '../../dataset/document';
import type { Variety } from '../../portuguese/varieties';
import type { Domain } from '../../project/domain';
import type { Project } from '../../project/project';
import { isCancelled } from '../../protocol/errors';
import { interfaceStrings } from '../l10n';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';
import { problemsOf } from './problems';

export interface FindingsOptions {
  readonly projects: ProjectService;
  readonly output: vscode.LogOutputChannel;
  /** Path of the checks' worker. */
  readonly workerFile: string;
  /** Counts with the model's own tokenizer; undefined when no model is on this machine. */
  readonly counterFor: (project: Project) => Promise<TokenCounter | undefined>;
  readonly datasetsOf: (project: Project) => Promise<readonly string[]>;
  readonly domainOf: (file: string) => Promise<Domain | undefined>;
}

export interface FindingCounts {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
}

const QUIET_MS = 400;

/** What the checks found in the datasets: in Problems, in the editor, in the sidebar. */
export class FindingsService implements vscode.Disposable {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('afina');
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [this.diagnostics, this.changed];
  /** By file, then by line. */
  private readonly found = new Map<string, ReadonlyMap<number, readonly Finding[]>>();
  private readonly varieties = new Map<string, VarietyCounts>();
  /** What the domain wants cited, by project; read anew with every whole file. */
  private readonly mustCite = new Map<string, readonly string[]>();
  private readonly running = new Map<string, AbortController>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Made with the first check: its module is not wanted at activation. */
  private cache: CheckCache | undefined;

  readonly onDidChange = this.changed.event;

  constructor(private readonly options: FindingsOptions) {}

  register(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.jsonl');
    this.disposables.push(
      vscode.commands.registerCommand('afina.checkDatasets', () => this.checkAll()),
      watcher,
      // A dataset that nobody has opened is not checked only because it changed.
      watcher.onDidChange(({ fsPath }) => {
        if (this.found.has(fsPath)) this.checkSoon(fsPath);
      }),
      watcher.onDidDelete(({ fsPath }) => this.forget(fsPath)),
      vscode.workspace.onDidOpenTextDocument((document) => void this.checkOpened(document)),
      this.options.projects.onDidChange(() => {
        for (const file of this.found.keys()) this.checkSoon(file);
        for (const document of vscode.workspace.textDocuments) void this.checkOpened(document);
      }),
    );
    for (const document of vscode.workspace.textDocuments) void this.checkOpened(document);
    return this;
  }

  /** Checks saved files; a newer check of a file takes the place of one under way. Errors are shown here. */
  async check(files: readonly string[]): Promise<void> {
    for (const file of files) {
      this.running.get(file)?.abort();
      const controller = new AbortController();
      this.running.set(file, controller);
      try {
        await vscode.window.withProgress(
          { location: vscode.ProgressLocation.Window, title: t('Checking {0}', path.basename(file)) },
          (progress) => this.checkOne(file, controller.signal, progress),
        );
      } catch (error) {
        if (!isCancelled(error)) void showError(error, { output: this.options.output });
      } finally {
        if (this.running.get(file) === controller) this.running.delete(file);
      }
    }
  }

  countsAt(file: string, line: number | undefined): FindingCounts {
    return countBySeverity(line === undefined ? [] : (this.found.get(file)?.get(line) ?? []));
  }

  /** All findings of a file as it was checked last. */
  of(file: string): readonly Finding[] {
    return [...(this.found.get(file)?.values() ?? [])].flat();
  }

  /** Records of a checked file by the variety that they are written in. */
  varietiesIn(file: string): VarietyCounts | undefined {
    return this.varieties.get(file);
  }

  /** All findings of the checked files in a folder. */
  under(folder: string): readonly Finding[] {
    return [...this.found.keys()]
      .filter((file) => file.startsWith(folder + path.sep))
      .flatMap((file) => this.of(file));
  }

  /**
   * Findings of one record as it stands in the editor. A record that is as in the file has those of the file's own
   * check, which also knows the other records; an edited one is checked by itself.
   */
  async checkRow(file: string, line: number, text: string, state: RowState): Promise<readonly Finding[]> {
    const known = this.found.get(file);
    if (state === 'saved' && known !== undefined) return known.get(line) ?? [];
    const { checkRows } = await import('../../checks/checkFile');
    return checkRows(file, [{ line, text }], { ...(await this.rulesOf(file)), cache: this.cache });
  }

  /**
   * What the checks say of a record's text as it stands. Of one that the file has as well, also what only its own check
   * can know: the other records, and lengths in tokens.
   */
  async checkText(
    file: string,
    line: number,
    text: string,
    state: RowState | 'typed',
  ): Promise<readonly Finding[]> {
    const { checkRows, isRecordRule } = await import('../../checks/checkFile');
    const known = state === 'saved' ? this.found.get(file) : undefined;
    // What the other records say of this one is known then, and need not be looked for among all of them.
    const cache = known === undefined ? this.cache : undefined;
    const own = await checkRows(file, [{ line, text }], { ...(await this.rulesOf(file)), cache });
    if (known === undefined) return own;
    const others = known.get(line)?.filter(({ rule }) => !isRecordRule(rule)) ?? [];
    return [...own.filter(({ rule }) => isRecordRule(rule)), ...others];
  }

  /** Records that are in no file as they are here; findings name them by their `line`. */
  async checkTexts(file: string, rows: readonly CheckRow[]): Promise<readonly Finding[]> {
    const { checkRows } = await import('../../checks/checkFile');
    return checkRows(file, rows, await this.rulesOf(file));
  }

  /** Whether a file has been checked. */
  knows(file: string): boolean {
    return this.found.has(file);
  }

  /** Whether the file's last check found something of this rule at a line; true while it has not been checked. */
  mayHave(file: string, line: number, rule: string): boolean {
    const known = this.found.get(file);
    return known === undefined || known.get(line)?.some((finding) => finding.rule === rule) === true;
  }

  /** The variety that the project of a file writes. */
  varietyOf(file: string): Variety {
    return this.options.projects.projectOf(file)?.config.variety ?? 'pt-PT';
  }

  /** Errors in a dataset, checked now. */
  async errorsOf(file: string): Promise<readonly Finding[]> {
    await this.check([file]);
    return this.of(file).filter(({ severity }) => severity === 'error');
  }

  dispose(): void {
    for (const controller of this.running.values()) controller.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async checkAll(): Promise<void> {
    const files: string[] = [];
    for (const project of this.options.projects.projects) {
      const datasets = await this.options.datasetsOf(project);
      files.push(...datasets.map((file) => path.resolve(project.root, file)));
    }
    await this.check(files);
    const counts = countBySeverity(files.flatMap((file) => this.of(file)));
    if (counts.errors + counts.warnings > 0) {
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    } else {
      void vscode.window.showInformationMessage(t('The checks found nothing in {0} datasets.', files.length));
    }
  }

  /** A dataset of a project that is opened as text is checked as well. */
  private async checkOpened({ uri }: vscode.TextDocument): Promise<void> {
    if (uri.scheme !== 'file' || !uri.fsPath.endsWith('.jsonl') || this.found.has(uri.fsPath)) return;
    const project = this.options.projects.projectOf(uri.fsPath);
    if (project === undefined) return;
    const datasets = await this.options.datasetsOf(project);
    if (datasets.some((file) => path.resolve(project.root, file) === uri.fsPath)) this.checkSoon(uri.fsPath);
  }

  private checkSoon(file: string): void {
    clearTimeout(this.timers.get(file));
    this.timers.set(
      file,
      setTimeout(() => {
        this.timers.delete(file);
        void this.check([file]);
      }, QUIET_MS),
    );
  }

  private forget(file: string): void {
    this.running.get(file)?.abort();
    this.cache?.forget(file);
    this.varieties.delete(file);
    if (!this.found.delete(file)) return;
    this.diagnostics.delete(vscode.Uri.file(file));
    this.changed.fire();
  }

  private async rulesOf(file: string, domain?: 'anew'): Promise<CheckOptions> {
    const project = this.options.projects.projectOf(file);
    if (project === undefined) return { maxTokens: Number.MAX_SAFE_INTEGER };
    let mustCite = domain === undefined ? this.mustCite.get(project.root) : undefined;
    if (mustCite === undefined) {
      mustCite = (await this.options.domainOf(file))?.mustCite ?? [];
      this.mustCite.set(project.root, mustCite);
    }
    const { projectChecks } = await import('../../checks/projectChecks');
    return projectChecks(project, mustCite);
  }

  private async checkOne(
    file: string,
    signal: AbortSignal,
    progress: vscode.Progress<{ readonly message: string }>,
  ): Promise<void> {
    const project = this.options.projects.projectOf(file);
    const counter = project === undefined ? undefined : await this.options.counterFor(project);
    const { checkFiles } = await import('../../checks/checkFile');
    const { CheckCache } = await import('../../checks/checkCache');
    this.cache ??= new CheckCache();
    const { findings, variety } = await checkFiles([file], {
      ...(await this.rulesOf(file, 'anew')),
      counter,
      counterKey: counterKey(project),
      cache: this.cache,
      signal,
      workerFile: this.options.workerFile,
      // One processor stays for whoever types meanwhile.
      workers: Math.min(8, Math.max(1, availableParallelism() - 1)),
      l10n: interfaceStrings(),
      onProgress: ({ bytes, total }) => {
        if (total > 0) progress.report({ message: `${Math.round((bytes / total) * 100)} %` });
      },
    });
    signal.throwIfAborted();
    const byLine = new Map<number, Finding[]>();
    for (const finding of findings) {
      const line = byLine.get(finding.line);
      if (line === undefined) byLine.set(finding.line, [finding]);
      else line.push(finding);
    }
    this.found.set(file, byLine);
    this.varieties.set(file, variety);
    this.diagnostics.set(vscode.Uri.file(file), problemsOf(file, findings));
    this.changed.fire();
  }
}

/** What the counts depend on: the model whose tokenizer counts. */
function counterKey(project: Project | undefined): string {
  const { checks, models } = project?.config ?? {};
  return JSON.stringify([project?.root, checks?.model, models]);
}

export function countBySeverity(findings: readonly Finding[]): FindingCounts {
  let errors = 0;
  let warnings = 0;
  let infos = 0;
  for (const { severity } of findings) {
    if (severity === 'error') errors++;
    else if (severity === 'warning') warnings++;
    else infos++;
  }
  return { errors, warnings, infos };
}
