import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { UserError, isCancelled } from '../../protocol/errors';
import { describeModel, readGguf } from '../../runtime/gguf';
import { contextOf } from '../../runtime/memory';
import type { ModelRef } from '../../runtime/protocol';
import { signalOf } from '../cancellation';
import type { Answerer } from '../preview/previewService';
import type { ChatOptions } from './chatFeature';
import { longestAnswer } from './chatSettings';
import { textOf, turnsOf } from './conversation';
import { describeAnswerer } from './modelDescription';
import { requestOptions } from './requestSampling';

/** One who can answer, under the id by which VS Code knows it. */
interface LocalModel {
  readonly root: string;
  readonly answerer: Answerer;
}

/** Reasons why a model that was announced is no longer there. */
const GONE = new Set(['model/unknown', 'model/not-here', 'model/missing', 'run/not-fetched']);

/** Everybody who can answer in the open projects, as language models of VS Code. */
export class LanguageModels {
  private known: ReadonlyMap<string, LocalModel> = new Map();

  constructor(private readonly options: ChatOptions) {}

  /**
   * Those whose files are on this machine: nothing is downloaded because somebody looks at a list. Of each project the
   * one in use comes first: VS Code chooses the first where nobody has chosen.
   */
  async list(): Promise<vscode.LanguageModelChatInformation[]> {
    const { projects } = this.options.projects;
    const lists = await Promise.all(projects.map((project) => this.modelsOf(project)));
    this.known = new Map(lists.flat().map(({ information, local }) => [information.id, local]));
    return lists.flat().map(({ information }) => information);
  }

  /** The id of who answers beside the text, in the first project. */
  get inUse(): string | undefined {
    return this.known.keys().next().value;
  }

  /** Who answers under an id, if that is one of ours. */
  find(id: string): LocalModel | undefined {
    return this.known.get(id);
  }

  async respond(
    id: string,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { signal, dispose } = signalOf(token);
    try {
      if (options.toolMode === vscode.LanguageModelChatToolMode.Required) {
        throw new UserError('chat/no-tools', t('The models of this machine call no tools.'));
      }
      const { project, answerer } = this.answering(id);
      const { sampling, system } = requestOptions(options.modelOptions, longestAnswer());
      const turns = turnsOf(messages, system ?? (await this.options.systemPromptOf(project)));
      await this.options.preview.ask(project, answerer, turns, {
        signal,
        sampling,
        progress: (news) => {
          if (news.phase === 'text') progress.report(new vscode.LanguageModelTextPart(news.text));
        },
      });
    } catch (error) {
      throw asModelError(error);
    } finally {
      dispose();
    }
  }

  /** A text counts as it stands; a message with what the model's chat template puts around it. */
  async count(
    id: string,
    text: string | vscode.LanguageModelChatRequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number> {
    const { signal, dispose } = signalOf(token);
    try {
      const { project, answerer } = this.answering(id);
      const { model } = await this.options.preview.resolve(project, answerer);
      const counts =
        typeof text === 'string'
          ? await this.options.runtime.countText({ model, texts: [text] }, { signal })
          : // Templates put the same around every role, and refuse a conversation that the assistant begins.
            await this.options.runtime.countTokens(
              { model, conversations: [[{ role: 'user', content: textOf(text.content) }]] },
              { signal },
            );
      return counts[0] ?? 0;
    } catch (error) {
      throw asModelError(error);
    } finally {
      dispose();
    }
  }

  private answering(id: string): { readonly project: Project; readonly answerer: Answerer } {
    const local = this.known.get(id);
    const project = this.options.projects.projects.find(({ root }) => root === local?.root);
    if (local !== undefined && project !== undefined) return { project, answerer: local.answerer };
    throw new UserError('model/unknown', t('The model {0} is no longer there: its project was closed.', id));
  }

  private async modelsOf(
    project: Project,
  ): Promise<{ information: vscode.LanguageModelChatInformation; local: LocalModel }[]> {
    const roots = this.options.projects.projects.map(({ root }) => root);
    const words = { base: t('base'), tuned: t('tuned') };
    const models: { information: vscode.LanguageModelChatInformation; local: LocalModel }[] = [];
    const { base, tuned } = this.options.preview.inUse(project);
    const inUse = [tuned, base].filter((each) => each !== undefined);
    const rank = ({ model, run }: Answerer): number => {
      const at = inUse.findIndex((each) => each.model === model && each.run === run);
      return at < 0 ? inUse.length : at;
    };
    const answerers = this.options.preview.answerers(project).sort((a, b) => rank(a) - rank(b));
    for (const answerer of answerers) {
      const { model, run, title } = answerer;
      const files = await this.options.preview.resolve(project, answerer).catch(passOver);
      if (files === undefined) continue;
      const header = await facts(files.model);
      const information = describeAnswerer(
        {
          ...{ root: project.root, projectTitle: project.config.title ?? project.root, model, run, title },
          ...header,
        },
        { roots, maxTokens: longestAnswer(), words },
      );
      models.push({ information, local: { root: project.root, answerer: { model, run } } });
    }
    return models;
  }
}

async function facts(
  model: ModelRef,
): Promise<{ architecture: string; quantisation: string; context: number }> {
  const info = describeModel(await readGguf(model.gguf));
  return {
    architecture: info.architecture,
    quantisation: info.quantisation,
    context: contextOf(model.context, info),
  };
}

/** What is not here, or broken, is told in the view Models; it is no model to choose. */
function passOver(error: unknown): undefined {
  if (error instanceof UserError) return undefined;
  throw error;
}

function asModelError(error: unknown): unknown {
  if (isCancelled(error)) return new vscode.CancellationError();
  if (error instanceof UserError && GONE.has(error.code))
    return vscode.LanguageModelError.NotFound(error.message);
  return error;
}
