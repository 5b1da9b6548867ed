import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { TokenCounter } from '../../checks/checkFile';
import type { Turn } from '../../dataset/record';
import type { Run } from '../../jobs/run';
import type { ModelConfig } from '../../project/config';
import type { Project } from '../../project/project';
import type { PreviewChoices } from '../../protocol/datasetEditor';
import { UserError, isCancelled, messageOf } from '../../protocol/errors';
import type { AdapterRef, AnswerOptions, RuntimeClient } from '../../runtime/client';
import type { ModelStore } from '../../runtime/modelStore';
import type { Answer, ModelRef, Sampling } from '../../runtime/protocol';
import type { ModelDownloads } from '../models/modelDownloads';
import type { ProjectService } from '../project/projectService';
import type { RunsService } from '../runs/runsService';
import { PreviewSetups } from './previewSetups';

/** Who answers: a model of afina.yaml, alone or with the adapter of a fetched run. */
export interface Answerer {
  /** Key in afina.yaml. */
  readonly model: string;
  readonly run: string | null;
  /** Strength of the adapter. Default 1, as trained. */
  readonly scale?: number | undefined;
}

export interface NamedAnswerer extends Answerer {
  readonly title: string;
}

export interface FetchedAdapter extends NamedAnswerer {
  readonly run: string;
  readonly gguf: string;
}

export interface AskOptions extends AnswerOptions {
  /** The beginning of the answer, which goes on from there. */
  readonly begun?: string | undefined;
  /** What differs from the user's settings. */
  readonly sampling?: Partial<Sampling>;
}

export interface PreviewOptions {
  readonly projects: ProjectService;
  readonly runtime: RuntimeClient;
  readonly store: ModelStore;
  readonly runs: RunsService;
  readonly downloads: ModelDownloads;
  readonly memory: vscode.Memento;
}

/** Which model and which adapter answer, and their answers. One for all editors. */
export class PreviewService implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly disposables: vscode.Disposable[] = [this.changed];

  /** How previews are asked and shown beside the text. */
  readonly setups: PreviewSetups;

  constructor(private readonly options: PreviewOptions) {
    this.setups = new PreviewSetups(options.memory, () => this.changed.fire());
  }

  register(): vscode.Disposable {
    this.disposables.push(
      this.options.projects.onDidChange(() => this.changed.fire()),
      this.options.runs.onDidChange(() => this.changed.fire()),
    );
    return this;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  async choices(file: string): Promise<PreviewChoices> {
    const project = this.options.projects.projectOf(file);
    if (project === undefined) return { models: [], adapters: [], model: null, adapter: null };
    const models = await Promise.all(
      Object.entries(project.models).map(async ([key, config]) => ({
        key,
        title: config.title ?? key,
        ...(await this.stateOf(project, key, config)),
      })),
    );
    const chosen = this.chosen(project);
    const adapters = this.options.runs.adaptersOf(project).filter(({ model }) => model === chosen.model);
    return {
      models,
      adapters: adapters.map(({ run, title, model }) => ({ run, title, model })),
      model: chosen.model,
      adapter: adapters.some(({ run }) => run === chosen.adapter) ? chosen.adapter : null,
    };
  }

  async choose(file: string, model: string | null, adapter: string | null): Promise<PreviewChoices> {
    const project = this.options.projects.projectOf(file);
    if (project !== undefined) {
      await this.options.memory.update(memoryKey(project), { model, adapter });
      this.changed.fire();
    }
    return this.choices(file);
  }

  /** The adapter of `run` answers beside its base from now on. */
  async useRun(root: string, run: Run): Promise<void> {
    const project = this.options.projects.projectOf(root);
    const adapters = project === undefined ? [] : this.options.runs.adaptersOf(project);
    const adapter = adapters.find((each) => each.run === run.id);
    if (adapter === undefined)
      throw new UserError('run/not-fetched', t('Fetch the adapter of run {0} first.', run.id));
    await this.choose(root, adapter.model, run.id);
  }

  /** Asks, then downloads with progress; nothing is fetched unasked. */
  async download(file: string, model: string): Promise<PreviewChoices> {
    const project = this.options.projects.projectOf(file);
    if (project !== undefined) await this.options.downloads.download(project, model);
    this.changed.fire();
    return this.choices(file);
  }

  /** The project that a file is in. Throws UserError where it is in none. */
  projectOf(file: string): Project {
    const project = this.options.projects.projectOf(file);
    if (project !== undefined) return project;
    throw new UserError('project/missing', t('The preview needs a project: a folder with an afina.yaml.'));
  }

  /** All who can answer in a project: each base, then the adapters of its fetched runs. */
  answerers(project: Project): NamedAnswerer[] {
    const adapters = this.options.runs.adaptersOf(project);
    return Object.entries(project.models).flatMap(([model, config]) => [
      { model, run: null, title: config.title ?? model },
      ...adapters.filter((each) => each.model === model),
    ]);
  }

  /** Who is chosen to answer beside the text. */
  inUse(project: Project): {
    readonly base: NamedAnswerer | undefined;
    readonly tuned: NamedAnswerer | undefined;
  } {
    const { model, adapter } = this.chosen(project);
    const all = this.answerers(project).filter((each) => each.model === model);
    return {
      base: all.find(({ run }) => run === null),
      tuned: adapter === null ? undefined : all.find(({ run }) => run === adapter),
    };
  }

  /** The files behind an answerer. Throws UserError where one is not on this machine. */
  async resolve(
    project: Project,
    { model, run, scale = 1 }: Answerer,
  ): Promise<{ readonly model: ModelRef; readonly adapter: AdapterRef | null }> {
    const config = project.models[model];
    if (config === undefined) throw unknownModel(model);
    const resolved = await this.options.store.resolve({ key: model, config, projectFolder: project.root });
    if (!('path' in resolved)) {
      throw new UserError(
        'model/not-here',
        t('{0} is not on this machine yet. Download it first.', config.title ?? model),
      );
    }
    const fetched =
      run === null ? undefined : this.options.runs.adaptersOf(project).find((each) => each.run === run);
    if (run !== null && fetched === undefined) {
      throw new UserError('run/not-fetched', t('Fetch the adapter of run {0} first.', run));
    }
    return {
      model: { gguf: resolved.path, ...(config.context === undefined ? {} : { context: config.context }) },
      adapter: fetched === undefined ? null : { gguf: fetched.gguf, scale },
    };
  }

  /** What the user's settings say of how answers are drawn. */
  sampling(): Sampling {
    const settings = vscode.workspace.getConfiguration('afina.preview');
    return {
      seed: settings.get('seed', 42),
      temperature: settings.get('temperature', 0),
      topP: 0.95,
      topK: 40,
      maxTokens: settings.get('maxTokens', 256),
    };
  }

  /** The answer to a conversation that ends in the user's turn. */
  async ask(
    project: Project,
    answerer: Answerer,
    messages: readonly Turn[],
    { sampling, begun, ...options }: AskOptions = {},
  ): Promise<Answer> {
    const files = await this.resolve(project, answerer);
    return this.options.runtime.answer(
      { ...files, messages, begun, sampling: { ...this.sampling(), ...sampling } },
      options,
    );
  }

  /** Counts tokens as training does, when the model that the checks name is on this machine. */
  async counterFor(project: Project): Promise<TokenCounter | undefined> {
    const key = project.config.checks.model ?? Object.keys(project.models)[0];
    const config = key === undefined ? undefined : project.models[key];
    if (key === undefined || config === undefined) return undefined;
    const resolved = await this.options.store
      .resolve({ key, config, projectFolder: project.root })
      .catch(() => undefined);
    if (resolved === undefined || !('path' in resolved)) return undefined;
    const model = { gguf: resolved.path };
    return {
      count: (conversations, signal) =>
        this.options.runtime.countTokens({ model, conversations }, { signal }),
    };
  }

  private chosen(project: Project): { model: string | null; adapter: string | null } {
    const saved = this.options.memory.get<{ model: string | null; adapter: string | null }>(
      memoryKey(project),
    );
    const keys = Object.keys(project.models);
    const model =
      saved?.model !== null && saved?.model !== undefined && keys.includes(saved.model)
        ? saved.model
        : (keys[0] ?? null);
    return { model, adapter: saved?.adapter ?? null };
  }

  private async stateOf(
    project: Project,
    key: string,
    config: ModelConfig,
  ): Promise<{ state: 'ready' | 'download' | 'broken'; problem: string | null }> {
    try {
      const resolved = await this.options.store.resolve({ key, config, projectFolder: project.root });
      return { state: 'path' in resolved ? 'ready' : 'download', problem: null };
    } catch (error) {
      if (isCancelled(error)) throw error;
      return { state: 'broken', problem: messageOf(error) };
    }
  }
}

function memoryKey(project: Project): string {
  return `preview:${project.root}`;
}

function unknownModel(key: string): UserError {
  return new UserError('model/unknown', t('afina.yaml names no model “{0}”. Add one under `models`.', key), {
    remedies: ['chooseModel'],
  });
}
