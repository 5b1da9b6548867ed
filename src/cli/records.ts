import path from 'node:path';
import { t } from '@vscode/l10n';
import type { TokenCounter } from '../checks/checkFile';
import { findRecord } from '../dataset/findRecord';
import { promptOf } from '../dataset/prompt';
import type { PromptReader } from '../evaluation/promptTypes';
import { findProject, loadProject } from '../project/project';
import type { Project } from '../project/project';
import { UserError } from '../protocol/errors';
import { ModelStore } from '../runtime/modelStore';
import { EXIT, format, interrupted, runtime } from './context';
import type { Output } from './context';

/** Absolute path of the GGUF that `model` names: a key of the project's models, or a path. Downloads when it has to. */
export async function modelFile(
  project: Project | undefined,
  model: string | undefined,
  output: Output,
): Promise<string> {
  const key = model ?? Object.keys(project?.models ?? {})[0];
  if (key === undefined) {
    throw new UserError(
      'model/missing',
      t('Name a model with --model: a key of afina.yaml or the path of a GGUF file.'),
    );
  }
  const config = project?.models[key];
  if (project === undefined || config === undefined) return path.resolve(key);
  const store = new ModelStore();
  return store.download(
    { key, config, projectFolder: project.root },
    {
      signal: interrupted,
      progress: ({ bytes, total }) =>
        output.progress(
          t(
            'Downloading {0}: {1} of {2}',
            key,
            format.bytes(bytes),
            total === null ? '?' : format.bytes(total),
          ),
        ),
    },
  );
}

/** Counts with the tokenizer of the model that the checks name; nothing is downloaded for it. */
export async function tokenCounter(project: Project): Promise<TokenCounter | undefined> {
  const key = project.config.checks.model ?? Object.keys(project.models)[0];
  const config = key === undefined ? undefined : project.models[key];
  if (config === undefined) return undefined;
  const place = await new ModelStore()
    .resolve({ key: key ?? '', config, projectFolder: project.root })
    .catch(() => undefined);
  if (place === undefined || !('path' in place)) return undefined;
  const model = { gguf: place.path };
  const client = runtime();
  return { count: (conversations, signal) => client.countTokens({ model, conversations }, { signal }) };
}

/** The tokens that a preview with this model would send. */
export function promptReader(gguf: string): PromptReader {
  const client = runtime();
  return (items, signal) => client.promptTokens({ model: { gguf }, items }, { signal });
}

export interface PreviewOptions {
  readonly id: string;
  readonly model?: string;
  readonly adapter?: string;
  readonly seed: number;
  readonly temperature: number;
  readonly maxTokens: number;
}

export async function preview(file: string, options: PreviewOptions, output: Output): Promise<number> {
  const folder = await findProject(path.dirname(path.resolve(file)));
  const project = folder === undefined ? undefined : await loadProject(folder);
  const prompt = promptOf(await findRecord(file, options.id));
  if (prompt === undefined) {
    throw new UserError(
      'record/no-question',
      t('Record {0} has no turn of the user that could be answered.', options.id),
    );
  }
  const gguf = await modelFile(project, options.model, output);
  const answer = await runtime().answer(
    {
      model: { gguf },
      adapter: options.adapter === undefined ? null : { gguf: path.resolve(options.adapter), scale: 1 },
      messages: prompt.messages,
      sampling: {
        seed: options.seed,
        temperature: options.temperature,
        topP: 0.95,
        topK: 40,
        maxTokens: options.maxTokens,
      },
    },
    {
      signal: interrupted,
      progress: (progress) => {
        if (progress.phase === 'text' && !output.json) process.stdout.write(progress.text);
      },
    },
  );
  output.line('');
  output.progress(t('{0} tokens, {1} tokens/s', answer.tokens, format.decimal(answer.tokensPerSecond, 1)));
  output.document({
    file,
    id: options.id,
    model: gguf,
    adapter: options.adapter ?? null,
    seed: options.seed,
    question: prompt.messages.at(-1)?.content ?? '',
    reference: prompt.reference,
    answer: answer.text,
    tokens: answer.tokens,
    tokensPerSecond: answer.tokensPerSecond,
    stop: answer.stop,
  });
  return EXIT.ok;
}
