import * as z from 'zod/mini';
import { method } from './channel';

/** Longest text that one field may send, in UTF-16 units. */
const MAX_TEXT = 4_000_000;
const MAX_SYSTEM = 100_000;
const MAX_SEED = 0xffff_ffff;

const key = z.int();
const name = z.string().check(z.maxLength(1000));
const seed = z.int().check(z.gte(0), z.lte(MAX_SEED));
const scale = z.number().check(z.gte(0), z.lte(2));
const sampling = {
  temperature: z.number().check(z.gte(0), z.lte(2)),
  topP: z.number().check(z.gte(0), z.lte(1)),
  /** 0 leaves all tokens in. */
  topK: z.int().check(z.gte(0), z.lte(1000)),
  maxTokens: z.int().check(z.gte(1), z.lte(8192)),
  seed,
};

/** How previews of one project are asked and shown. */
export const previewSetup = z.object({
  /** What differs from VS Code's settings. */
  sampling: z.partial(z.object(sampling)),
  /** Instead of the record's own system turn; null keeps that. */
  system: z.nullable(z.string().check(z.maxLength(MAX_SYSTEM))),
  /** Strength of the adapters: 0 is the base, 1 as trained. */
  scale,
  base: z.boolean(),
  /** Runs whose adapters answer beside the chosen one. */
  also: z.array(name).check(z.maxLength(20)),
  layout: z.enum(['side', 'stacked']),
  differences: z.boolean(),
  /** Its settings are in sight. */
  open: z.boolean(),
});
export type PreviewSetup = z.infer<typeof previewSetup>;
export type PreviewSampling = Required<PreviewSetup['sampling']>;

/** Who wrote an answer, and how: enough to have it written again. */
const answerOrigin = z.object({
  model: name,
  run: z.nullable(name),
  scale,
  ...sampling,
  /** The system text was another one than the record's. */
  system: z.boolean(),
});
export type AnswerOrigin = z.infer<typeof answerOrigin>;

export interface ModelAnswer {
  readonly text: string;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly stop: 'end' | 'maxTokens' | 'context';
}

export interface PreviewAnswer extends ModelAnswer {
  readonly origin: AnswerOrigin;
}

export type PreviewNews =
  | { readonly phase: 'loading'; readonly fraction: number }
  | { readonly phase: 'reading' }
  | {
      readonly phase: 'text';
      readonly text: string;
      readonly tokens: number;
      readonly tokensPerSecond: number;
    };

/** Commands that the dataset editor's page carries out, beside those to preview, to stop and to use an answer. */
export const PREVIEW_COMMANDS = [
  'regenerateAnswer',
  'useAsRejected',
  'togglePreviewSettings',
  'togglePreviewLayout',
  'toggleDifferences',
] as const;

export const previewMethods = {
  'preview/setup': method<{ readonly setup: PreviewSetup; readonly defaults: PreviewSampling }>()(
    z.object({}),
  ),
  'preview/setUp': method<null>()(z.object({ setup: previewSetup })),
  /** The answer of the chosen model, with a run's adapter or alone. */
  'preview/answer': method<PreviewAnswer, PreviewNews>()(
    z.object({ key, run: z.nullable(name), seed: z.optional(seed) }),
  ),
  /** Makes a text the rejected answer: in the record, or in a preference record made of it. What was done; null: nothing. */
  'preview/reject': method<{ readonly done: 'filled' | 'added' | null; readonly key: number | null }>()(
    z.object({ key, text: z.string().check(z.maxLength(MAX_TEXT)), origin: answerOrigin }),
  ),
} as const;
