import { freemem } from 'node:os';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { makeFormat } from '../protocol/format';
import { ggufCount, ggufString } from './gguf';
import type { Gguf } from './gguf';
import type { ModelInfo } from './protocol';

/** Bytes of memory that a model takes, all of it in main memory. */
export interface MemoryNeed {
  readonly weights: number;
  /** Keys and values of every token of the context, two bytes a number. */
  readonly cache: number;
  /** What one batch is computed in: above all its logits. */
  readonly work: number;
  readonly total: number;
}

/** Tokens that llama.cpp computes at a time (its `n_ubatch`). */
const BATCH = 512;
/** Room that the process itself and the tokenizer take. */
const PROCESS = 150e6;

/**
 * What llama.cpp will allocate for `model` with `context` tokens. Weights as they lie in the file; the rest by the sums
 * of its `llama_kv_cache` and `sched_reserve`, which its log confirms to the percent for architectures like Llama's.
 */
export function memoryNeed(model: Gguf, context: number): MemoryNeed {
  const architecture = ggufString(model, 'general.architecture') ?? '';
  const number = (key: string): number | undefined => ggufCount(model, `${architecture}.${key}`);
  const layers = number('block_count') ?? 0;
  const width = number('embedding_length') ?? 0;
  const heads = Math.max(1, number('attention.head_count') ?? 1);
  const keys = number('attention.key_length') ?? width / heads;
  const values = number('attention.value_length') ?? width / heads;
  const cache = context * layers * (number('attention.head_count_kv') ?? heads) * (keys + values) * 2;
  const embedding = model.tensors.find(({ name }) => name === 'token_embd.weight');
  const vocabulary = embedding?.dims[1] ?? number('vocab_size') ?? 0;
  const work = BATCH * (vocabulary + 2 * (number('feed_forward_length') ?? 4 * width)) * 4;
  const weights = model.tensors.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { weights, cache, work, total: weights + cache + work + PROCESS };
}

const DEFAULT_CONTEXT = 2048;

/** Tokens of context that a model is given: those asked for, as far as it was trained for them. */
export function contextOf(wanted: number | undefined, { trainContext }: ModelInfo): number {
  return Math.min(wanted ?? DEFAULT_CONTEXT, trainContext > 0 ? trainContext : Infinity);
}

/** Bytes that a new process may take: what is free, and what its control group allows. */
export function freeMemory(): number {
  // Electron's Node may be older than the function.
  return (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
}

/** Loaded all the same, it would push everything else out of memory, or be killed by the system without a word. */
export function mustFit(model: Gguf, context: number, free: number, language: string): void {
  const need = memoryNeed(model, context);
  if (need.total <= free) return;
  const format = makeFormat(language);
  throw new UserError(
    'runtime/memory',
    t(
      '{0} does not fit into memory: it takes {1} (weights {2}, {3} tokens of context {4}, working memory {5}), and {6} are free. Close other programs, lower “context” in afina.yaml, or choose a smaller quantisation.',
      model.file,
      format.bytes(need.total),
      format.bytes(need.weights),
      format.integer(context),
      format.bytes(need.cache),
      format.bytes(need.work),
      format.bytes(free),
    ),
    { place: { file: model.file }, remedies: ['chooseModel'] },
  );
}
