import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { TokenCounter } from '../../checks/checkFile';
import type { Turn } from '../../dataset/record';
import type { Run } from '../../jobs/run';
import type { ModelConfig } from '../../project/config';
import type { Project } from '../../project/project';
import type { HandlerContext } from '../../protocol/channel';
import type { PreviewAnswer, PreviewChoices, PreviewNews } from '../../protocol/datasetEditor';
import { UserError, isCancelled, messageOf } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import type { RuntimeClient } from '../../runtime/client';
import type { ModelStore } from '../../runtime/modelStore';
import { interfaceLanguage } from '../l10n';
import type { ModelDownloads } from '../models/modelDownloads';
import type { ProjectService } from '../project/projectService';
import type { RunsService } from '../runs/runsService';

/** An adapter that can answer: a fetched run. */
export interface PreviewAdapter {
  readonly run: string;
  readonly title: string;
  /** Key of its base in afina.yaml. */
  readonly model: string;
  readonly gguf: string;
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

  constructor(private readonly options: PreviewOptions) {}

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
    const adapters = this.adaptersOf(project.root).filter(({ model }) => model === chosen.model);
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
    const adapter = this.adaptersOf(root).find((each) => each.run === run.id);
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

  /** Streams the answer to a conversation that ends in the user's turn. */
  async answer(
    file: string,
    messages: readonly Turn[],
    tuned: boolean,
    context: HandlerContext<PreviewNews>,
  ): Promise<PreviewAnswer> {
    const project = this.options.projects.projectOf(file);
    if (project === undefined) {
      throw new UserError('project/missing', t('The preview needs a project: a folder with an afina.yaml.'));
    }
    const { model, adapter: run } = this.chosen(project);
    const config = model === null ? undefined : project.models[model];
    if (model === null || config === undefined) throw unknownModel(model ?? '');
    const resolved = await this.options.store.resolve({ key: model, config, projectFolder: project.root });
    if (!('path' in resolved)) {
      throw new UserError(
        'model/not-here',
        t('{0} is not on this machine yet. Download it first.', config.title ?? model),
      );
    }
    const adapter = tuned ? this.adaptersOf(project.root).find((each) => each.run === run) : undefined;
    if (tuned && adapter === undefined) {
      throw new UserError('adapter/missing', t('Choose the adapter of a fetched run first.'));
    }
    const settings = vscode.workspace.getConfiguration('afina.preview');
    const answer = await this.options.runtime.answer(
      {
        model: { gguf: resolved.path, ...(config.context === undefined ? {} : { context: config.context }) },
        adapter: adapter === undefined ? null : { gguf: adapter.gguf, scale: 1 },
        messages,
        sampling: {
          seed: settings.get('seed', 42),
          temperature: settings.get('temperature', 0),
          topP: 0.95,
          topK: 40,
          maxTokens: settings.get('maxTokens', 256),
        },
      },
      {
        signal: context.signal,
        progress: (news) => {
          if (news.phase === 'reading') context.progress({ phase: 'reading' });
          else context.progress(news);
        },
      },
    );
    return answer;
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

  private adaptersOf(root: string): PreviewAdapter[] {
    const format = makeFormat(interfaceLanguage());
    return this.options.runs.all
      .filter((each) => each.root === root)
      .flatMap(({ run }) =>
        run.fetched === null
          ? []
          : [
              {
                run: run.id,
                title: `${run.job} · ${format.time(run.createdAt)}`,
                model: run.base.model,
                gguf: run.fetched.gguf,
              },
            ],
      );
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
