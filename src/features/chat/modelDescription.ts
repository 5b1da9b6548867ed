import { createHash } from 'node:crypto';
import path from 'node:path';

/** What is known of one who can answer, before VS Code is told of it. */
export interface AnsweringModel {
  /** Absolute folder of the project. */
  readonly root: string;
  /** Title of the project, or the name of its folder. */
  readonly projectTitle: string;
  /** Key in afina.yaml. */
  readonly model: string;
  readonly run: string | null;
  readonly title: string;
  readonly architecture: string;
  readonly quantisation: string;
  /** Tokens of question and answer together. */
  readonly context: number;
}

/** What VS Code shows of a language model, and what extensions select one by. */
export interface ModelDescription {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly version: string;
  readonly tooltip: string;
  readonly detail: string;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: { readonly toolCalling: false; readonly imageInput: false };
}

/** `folder/model` or `folder/model@run`: the same in every window, and another for projects whose folders have one name. */
export function idOf(
  { root, model, run }: Pick<AnsweringModel, 'root' | 'model' | 'run'>,
  roots: readonly string[],
): string {
  const name = path.basename(root);
  const alone = roots.every((each) => each === root || path.basename(each) !== name);
  const project = alone ? name : `${name}-${createHash('sha256').update(root).digest('hex').slice(0, 6)}`;
  return `${project}/${model}${run === null ? '' : `@${run}`}`;
}

/** Question and answer share the context: an answer may take `maxTokens` of it, and half at most. */
export function describeAnswerer(
  model: AnsweringModel,
  options: {
    readonly roots: readonly string[];
    readonly maxTokens: number;
    readonly words: { readonly base: string; readonly tuned: string };
  },
): ModelDescription {
  const { words, roots } = options;
  const maxOutputTokens = Math.max(1, Math.min(options.maxTokens, Math.floor(model.context / 2)));
  return {
    id: idOf(model, roots),
    name: `Afina: ${model.title}`,
    family: model.architecture,
    version: model.run ?? 'base',
    tooltip: `${model.projectTitle} · ${model.model} · ${model.quantisation}`,
    detail: model.run === null ? words.base : words.tuned,
    maxInputTokens: Math.max(1, model.context - maxOutputTokens),
    maxOutputTokens,
    capabilities: { toolCalling: false, imageInput: false },
  };
}
