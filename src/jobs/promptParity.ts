import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { readLines } from '../dataset/lineReader';
import { isObject, trainableTurns } from '../dataset/record';
import { expectedPrompts } from '../evaluation/expectedPrompt';
import type { ExpectedPrompt } from '../evaluation/expectedPrompt';
import { PARITY_RULE, parityProblems } from '../evaluation/parity';
import type { Conversation, ParityProblem, PromptReader, TrainingPrompt } from '../evaluation/promptTypes';
import type { Project } from '../project/project';
import { UserError, isCancelled, messageOf } from '../protocol/errors';
import type { ModelStore } from '../runtime/modelStore';
import type { TrainingBase } from './spec';
import { localPython, measurePrompts } from './trainingPrompt';
import type { Measured, Unmeasured } from './trainingPrompt';

export interface ParityTools {
  /** Folder with the trainer's code. */
  readonly payload: string;
  readonly store: ModelStore;
  /** The tokenizer of a GGUF, as the preview uses it. */
  readonly readerOf: (gguf: string) => PromptReader;
}

export interface ParityRecord {
  readonly conversation: Conversation;
  readonly expected: ExpectedPrompt;
  readonly measured: TrainingPrompt | null;
  readonly problems: readonly ParityProblem[];
}

export interface ParityReport {
  readonly records: readonly ParityRecord[];
  readonly training: Measured | Unmeasured;
}

/** What a plan is told: why it may not be submitted, and the tokens that its run has to find, too. */
export interface PromptCheck {
  readonly problems: readonly string[];
  /** Something that nobody could look at, in words. */
  readonly unchecked: string | null;
  /** Content of prompt_expected.json. */
  readonly expected: string | null;
}

export interface PromptCheckRequest {
  readonly project: Project;
  /** Key of the model in afina.yaml. */
  readonly model: string;
  readonly base: TrainingBase;
  /** train.jsonl as it will be sent. */
  readonly trainFile: string;
}

/** Records that are looked at before a submission: the first, the longest, one of several turns, one with a system message. */
const MOST_LOOKED_AT = 5000;
/** A longer record says nothing that a shorter one does not, and takes seconds to draw. */
const LONGEST_SAMPLE = 60_000;

/** Holds the preview's prompts for conversations against the trainer's. */
export async function comparePrompts(
  conversations: readonly Conversation[],
  options: ParityTools & {
    readonly project: Project;
    readonly gguf: string;
    readonly base: TrainingBase;
    /** What a run has measured already. */
    readonly measured?: Measured | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ParityReport> {
  const { gguf, signal } = options;
  const expecting = expectedPrompts(conversations, options.readerOf(gguf), signal);
  const [expected, training] = await Promise.all([
    expecting,
    options.measured ?? measure(conversations, options),
  ]);
  const records = conversations.map((conversation, index): ParityRecord => {
    const own = expected[index];
    if (own === undefined) throw new Error('a conversation without its prompt');
    const measured = 'prompts' in training ? (training.prompts[index] ?? null) : null;
    const otherTemplate =
      'prompts' in training &&
      own.template !== null &&
      training.templateSha256 !== null &&
      training.templateSha256 !== createHash('sha256').update(own.template).digest('hex');
    const problems = parityProblems({ conversation, expected: own, measured, otherTemplate });
    return { conversation, expected: own, measured, problems };
  });
  return { records, training };
}

async function measure(
  conversations: readonly Conversation[],
  { project, payload, gguf, base, signal }: Parameters<typeof comparePrompts>[1],
): Promise<Measured | Unmeasured> {
  const python = await localPython(project, payload);
  if (python === undefined) {
    return {
      reason: 'no-python',
      message: t('There is no Python environment for training on this machine.'),
    };
  }
  // In a run folder it is called otherwise; it is this very file.
  const here = 'gguf' in base ? { gguf } : base;
  return measurePrompts(conversations, here, { python, payload, signal });
}

/** The check that a plan asks for (`PlanOptions.promptCheck`). */
export function promptCheck(
  tools: ParityTools,
): (request: PromptCheckRequest, signal?: AbortSignal) => Promise<PromptCheck> {
  const known = new Map<string, PromptCheck>();
  return async ({ project, model, base, trainFile }, signal) => {
    const config = project.models[model];
    const nothing: PromptCheck = { problems: [], unchecked: null, expected: null };
    if (config === undefined) return nothing;
    const title = config.title ?? model;
    const place = await tools.store
      .resolve({ key: model, config, projectFolder: project.root })
      .catch(() => undefined);
    if (place === undefined || !('path' in place)) {
      return {
        ...nothing,
        unchecked: t(
          'Whether the preview asks as training does was not checked: {0} is not on this machine. Download it to compare their prompts before submitting.',
          title,
        ),
      };
    }
    const conversations = await sampleOf(trainFile, signal);
    const { size, mtimeMs } = await stat(place.path);
    const asked = JSON.stringify([place.path, size, mtimeMs, base, conversations]);
    const before = known.get(asked);
    if (before !== undefined) return before;
    try {
      const { records, training } = await comparePrompts(conversations, {
        ...tools,
        project,
        gguf: place.path,
        base,
        signal,
      });
      const entries = records.map(({ conversation, expected }) => ({
        ...conversation,
        examples: expected.examples.map(({ ids }) => ids),
      }));
      const check: PromptCheck = {
        problems: told(records),
        unchecked: null,
        expected: `${JSON.stringify({ version: 1, records: entries })}\n`,
      };
      // Only what the trainer itself has answered stays true: an environment may be made a minute later.
      if ('prompts' in training) known.set(asked, check);
      return check;
    } catch (error) {
      if (isCancelled(error) || !(error instanceof UserError)) throw error;
      // A base model without a template cannot be trained on either; a machine without llama.cpp still submits.
      return error.code === 'runtime/noChatTemplate'
        ? { ...nothing, problems: [`${messageOf(error)} [${PARITY_RULE}]`] }
        : {
            ...nothing,
            unchecked: t('Whether the preview asks as training does was not checked: {0}', messageOf(error)),
          };
    }
  };
}

/** A handful of records in which templates and tokenizers usually differ. */
export async function sampleOf(trainFile: string, signal?: AbortSignal): Promise<Conversation[]> {
  const chosen = new Map<string, { readonly conversation: Conversation; readonly size: number }>();
  let seen = 0;
  for await (const lines of readLines(trainFile, { signal })) {
    for (const { bytes } of lines) {
      if (bytes.length === 0 || bytes.length > LONGEST_SAMPLE) continue;
      const conversation = read(bytes.toString('utf8'));
      if (conversation === undefined) continue;
      const { messages } = conversation;
      const keep = (place: string, size: number): void => {
        if (size > (chosen.get(place)?.size ?? 0)) chosen.set(place, { conversation, size });
      };
      if (seen === 0) keep('first', 1);
      keep('longest', bytes.length);
      const answers = messages.filter(({ role }) => role === 'assistant').length;
      if (answers > 1) keep('turns', answers);
      if (messages[0]?.role === 'system' && !chosen.has('system')) keep('system', 1);
      seen++;
      if (seen >= MOST_LOOKED_AT) break;
    }
    if (seen >= MOST_LOOKED_AT) break;
  }
  return [...new Set([...chosen.values()].map(({ conversation }) => conversation))];
}

function read(text: string): Conversation | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value.id !== 'string') return undefined;
    const messages = trainableTurns(value.messages);
    return messages === undefined ? undefined : { id: value.id, messages };
  } catch {
    return undefined;
  }
}

/** One message for each kind of problem: a wrong template is wrong in every record. */
function told(records: readonly ParityRecord[]): string[] {
  const kinds = new Map<ParityProblem['kind'], { readonly first: string; count: number }>();
  for (const { conversation, problems } of records) {
    for (const { kind, message } of problems) {
      const known = kinds.get(kind);
      if (known === undefined) kinds.set(kind, { first: `${conversation.id}: ${message}`, count: 1 });
      else known.count++;
    }
  }
  return [...kinds.values()].map(({ first, count }) =>
    count === 1
      ? `${first} [${PARITY_RULE}]`
      : `${first} ${t('The same in {0} answers that were looked at.', count)} [${PARITY_RULE}]`,
  );
}
