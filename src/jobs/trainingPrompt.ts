import { copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { clusterRoot } from '../cluster/clusters';
import { prepareEnvironment } from '../cluster/environment';
import { LocalTransport } from '../cluster/localTransport';
import type { Conversation, TrainingPrompt } from '../evaluation/promptTypes';
import type { PythonEnvironment } from '../project/config';
import type { Project } from '../project/project';
import { isCancelled, messageOf } from '../protocol/errors';
import { environmentName, sha256 } from './bundle';
import type { TrainingBase } from './spec';

/** transformers takes seconds to load, and minutes from a cold disk. */
const TIMEOUT_MS = 180_000;

/** Written by another program, and by another machine where a run brings it. */
const exampleSchema = z.object({
  ids: z.array(z.int()),
  pieces: z.array(z.string()),
  loss: z.array(z.union([z.literal(0), z.literal(1)])),
});
const recordSchema = z.object({
  id: z.nullish(z.string()),
  examples: z.optional(z.array(exampleSchema)),
  error: z.optional(z.string()),
  messages: z.optional(
    z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  ),
});
const tokenizerSchema = z.object({ class: z.string(), templateSha256: z.nullable(z.string()) });
const answerSchema = z.object({
  transformers: z.optional(z.string()),
  tokenizer: z.optional(tokenizerSchema),
  records: z.optional(z.array(recordSchema)),
  error: z.optional(z.object({ type: z.string(), message: z.string() })),
});

/** Tokens and loss as training itself computes them. */
export interface Measured {
  readonly prompts: readonly TrainingPrompt[];
  readonly templateSha256: string | null;
  /** What computed them, for people. */
  readonly by: string;
}

/** Why training cannot be asked on this machine, in words. */
export interface Unmeasured {
  readonly reason: 'no-python' | 'no-base' | 'failed';
  readonly message: string;
}

/** The environment of the local cluster: where it is, or would be. */
function localEnvironment(
  project: Project,
  requirements: Uint8Array,
): { readonly folder: string; readonly given: boolean; readonly python: PythonEnvironment } | undefined {
  const cluster = Object.values(project.clusters).find(({ type }) => type === 'local');
  if (cluster === undefined) return undefined;
  const python = cluster.python ?? {};
  return python.venv === undefined
    ? {
        folder: path.join(clusterRoot(cluster), 'envs', environmentName(requirements, python.pipArgs ?? [])),
        given: false,
        python,
      }
    : { folder: path.resolve(project.root, python.venv), given: true, python };
}

/** The Python of this machine that trains, or undefined while there is none. Nothing is created here. */
export async function localPython(project: Project, payload: string): Promise<string | undefined> {
  const requirements = await readFile(path.join(payload, 'requirements.txt'));
  const environment = localEnvironment(project, requirements);
  if (environment === undefined) return undefined;
  const { folder, given } = environment;
  if (!given) {
    // One of ours that is still being made says nothing yet.
    const ready = await readFile(path.join(folder, '.ready'), 'utf8').catch(() => '');
    if (ready.trim() !== sha256(requirements)) return undefined;
  }
  const python = path.join(folder, 'bin', 'python');
  return (await stat(python).catch(() => undefined)) === undefined ? undefined : python;
}

/** Whether the environment that is missing is one that Afina makes, and where it would lie. */
export async function preparable(project: Project, payload: string): Promise<string | undefined> {
  const environment = localEnvironment(project, await readFile(path.join(payload, 'requirements.txt')));
  return environment === undefined || environment.given ? undefined : environment.folder;
}

/** Makes the environment of the local cluster, as its first run would. */
export async function prepareLocalPython(
  project: Project,
  payload: string,
  options: Parameters<typeof prepareEnvironment>[2] = {},
): Promise<void> {
  const requirements = await readFile(path.join(payload, 'requirements.txt'));
  const environment = localEnvironment(project, requirements);
  if (environment === undefined || environment.given) return;
  const folder = await mkdtemp(path.join(tmpdir(), 'afina-environment-'));
  try {
    for (const name of ['prepare.sh', 'requirements.txt'])
      await copyFile(path.join(payload, name), path.join(folder, name));
    const { interpreter = 'python3', modules = [], pipArgs = [] } = environment.python;
    await prepareEnvironment(
      new LocalTransport(),
      {
        folder,
        environment: environment.folder,
        interpreter,
        modules,
        pipArgs,
        requirements: sha256(requirements),
      },
      options,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Asks the trainer's own code (afina_prompt.py) what it makes of conversations. It reads what is on this machine and
 * nothing else: a hub model counts only where it is in the hub's cache.
 */
export async function measurePrompts(
  conversations: readonly Conversation[],
  base: TrainingBase,
  { python, payload, signal }: { python: string; payload: string; signal?: AbortSignal | undefined },
): Promise<Measured | Unmeasured> {
  const request = { base, chatTemplate: null, records: conversations };
  let text: string;
  try {
    const { code, stdout, stderr } = await new LocalTransport().run(
      [python, '-B', path.join(payload, 'afina_prompt.py')],
      {
        stdin: JSON.stringify(request),
        timeoutMs: TIMEOUT_MS,
        env: { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' },
        ...(signal === undefined ? {} : { signal }),
      },
    );
    if (code !== 0) return { reason: 'failed', message: stderr.trim().split('\n').at(-1) ?? String(code) };
    text = stdout.toString('utf8').trim().split('\n').at(-1) ?? '';
  } catch (error) {
    if (isCancelled(error)) throw error;
    return { reason: 'failed', message: messageOf(error) };
  }
  const answer = answerSchema.safeParse(parseJson(text));
  if (!answer.success) return { reason: 'failed', message: t('The trainer answered with something else.') };
  const { error, records, tokenizer, transformers } = answer.data;
  if (error !== undefined) {
    const missing = error.type === 'base' || error.type === 'offline' || error.type === 'gated';
    return { reason: missing ? 'no-base' : 'failed', message: error.message };
  }
  if (records?.length !== conversations.length)
    return { reason: 'failed', message: t('The trainer answered with something else.') };
  return {
    prompts: records.map(promptOf),
    templateSha256: tokenizer?.templateSha256 ?? null,
    by: t('the trainer on this machine (transformers {0})', transformers ?? '?'),
  };
}

/** What a run itself wrote down of the records it trained on (prompt_sample.json). */
export interface RunSample extends Measured {
  readonly conversations: readonly Conversation[];
}

export const SAMPLE_FILE = 'prompt_sample.json';

/** Undefined where a run has none, or one that cannot be read. */
export function readSample(text: string, run: string): RunSample | undefined {
  const sample = answerSchema.safeParse(parseJson(text));
  if (!sample.success) return undefined;
  const records = (sample.data.records ?? []).filter((record) => record.messages !== undefined);
  return {
    conversations: records.map(({ id, messages }) => ({ id: id ?? '', messages: messages ?? [] })),
    prompts: records.map(promptOf),
    templateSha256: sample.data.tokenizer?.templateSha256 ?? null,
    by: t('the run {0}', run),
  };
}

function promptOf({ examples, error }: z.infer<typeof recordSchema>): TrainingPrompt {
  if (examples === undefined) return { error: error ?? '' };
  return {
    examples: examples.map(({ ids, pieces, loss }) => ({
      ids,
      pieces,
      loss: ids.map((_id, index) => loss[index] === 1),
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
