import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { clusterRoot } from '../cluster/clusters';
import { LocalTransport } from '../cluster/localTransport';
import type { Conversation, TrainingPrompt } from '../evaluation/promptTypes';
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

/** The Python of this machine that trains, or undefined while there is none. Nothing is created here. */
export async function localPython(project: Project, payload: string): Promise<string | undefined> {
  const requirements = await readFile(path.join(payload, 'requirements.txt'));
  const locals = Object.values(project.clusters).filter(({ type }) => type === 'local');
  for (const cluster of locals) {
    const { venv, pipArgs = [] } = cluster.python ?? {};
    const folder =
      venv === undefined
        ? path.join(clusterRoot(cluster), 'envs', environmentName(requirements, pipArgs))
        : path.resolve(project.root, venv);
    // An environment of ours that is still being made says nothing here.
    if (venv === undefined) {
      const ready = await readFile(path.join(folder, '.ready'), 'utf8').catch(() => '');
      if (ready.trim() !== sha256(requirements)) continue;
    }
    const python = path.join(folder, 'bin', 'python');
    if ((await stat(python).catch(() => undefined)) !== undefined) return python;
  }
  return undefined;
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
