import * as z from 'zod/mini';
import { method } from '../protocol/channel';

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
export type Turn = z.infer<typeof turn>;

/** A model file plus the adapters it is to answer with. Paths are absolute. */
const modelRef = z.object({
  gguf: z.string(),
  /** Tokens of context; clamped to what the model was trained with. */
  context: z.optional(z.int().check(z.positive())),
  /**
   * Whether the tokenizer that trained the model puts a space before text that follows a special token
   * (transformers' `legacy: true`). A GGUF of a SentencePiece vocabulary does not tell; llama.cpp always puts one,
   * transformers 5 by default and for a tokenizer read from a GGUF does not. Default: false.
   */
  spaceAfterSpecial: z.optional(z.boolean()),
});
export type ModelRef = z.infer<typeof modelRef>;

const sampling = z.object({
  seed: z.int().check(z.nonnegative()),
  /** 0 is greedy. */
  temperature: z.number().check(z.nonnegative()),
  topP: z.number(),
  topK: z.int(),
  maxTokens: z.int().check(z.positive()),
});
export type Sampling = z.infer<typeof sampling>;

export interface Answer {
  readonly text: string;
  readonly tokens: number;
  /** Seconds from the request to the first token, model loading left out. */
  readonly firstTokenSeconds: number;
  readonly tokensPerSecond: number;
  readonly stop: 'end' | 'maxTokens' | 'context';
}

/** Of the tokens that training takes its loss on: the answer's, and the one that ends its turn. */
export interface AnswerScore {
  readonly logProbability: number;
  readonly tokens: number;
}

export interface ModelInfo {
  readonly architecture: string;
  readonly name: string | null;
  readonly quantisation: string;
  readonly sizeBytes: number;
  readonly trainContext: number;
}

/** A conversation as the model's chat template writes it, `ask` with the prompt for an answer; or a text as it is. */
const promptItem = z.union([
  z.object({ messages: z.array(turn).check(z.minLength(1)), ask: z.boolean() }),
  z.object({ text: z.string() }),
]);
export type PromptItem = z.infer<typeof promptItem>;

export interface PromptToken {
  readonly id: number;
  /** What it stands for; U+FFFD where it is a part of a character. */
  readonly text: string;
  readonly special: boolean;
  /** A preview's answer ends where the model writes it. */
  readonly ends: boolean;
}

export interface PromptTokens {
  /** The chat template's source, or null for a model without one. */
  readonly template: string | null;
  readonly bos: string;
  readonly eos: string;
  /** One for each item; `error` where the template refuses the conversation. */
  readonly items: readonly (
    { readonly text: string; readonly tokens: readonly PromptToken[] } | { readonly error: string }
  )[];
}

/** Progress of one answer: what is going on, then pieces of text in order. */
export type PreviewProgress =
  | { readonly phase: 'loading'; readonly fraction: number }
  | { readonly phase: 'reading'; readonly tokens: number }
  | {
      readonly phase: 'text';
      readonly text: string;
      readonly tokens: number;
      readonly tokensPerSecond: number;
    };

/** Requests that the forked llama.cpp process answers. */
export const runtimeApi = {
  methods: {
    'runtime/answer': method<Answer, PreviewProgress>()(
      z.object({
        model: modelRef,
        /** Adapter GGUF, or null for the base alone. */
        adapter: z.nullable(z.object({ gguf: z.string(), scale: z.number() })),
        /** Ends in the user's turn that is to be answered. */
        messages: z.array(turn).check(z.minLength(1)),
        /** The beginning of the answer, which goes on from there; the reply has the rest alone. */
        begun: z.optional(z.string()),
        sampling,
        /** Default: screen. */
        priority: z.optional(z.enum(['screen', 'background'])),
      }),
    ),
    /** Tokens of each conversation, rendered with the model's own chat template, special tokens included. */
    'runtime/countTokens': method<number[]>()(
      z.object({ model: modelRef, conversations: z.array(z.array(turn)) }),
    ),
    /** Tokens of each text as it stands, without a chat template. */
    'runtime/countText': method<number[]>()(z.object({ model: modelRef, texts: z.array(z.string()) })),
    'runtime/load': method<ModelInfo, { readonly phase: 'loading'; readonly fraction: number }>()(
      z.object({ model: modelRef }),
    ),
    /** Natural-log probabilities of the `top` likeliest next tokens after `tokens`, likeliest first. */
    'runtime/nextToken': method<{ readonly token: number; readonly logProbability: number }[]>()(
      z.object({
        model: modelRef,
        adapter: z.nullable(z.object({ gguf: z.string(), scale: z.number() })),
        tokens: z.array(z.int()).check(z.minLength(1)),
        top: z.int().check(z.positive()),
      }),
    ),
    /** How likely the last turn, an answer, is after the turns before it: natural logarithms, summed over its tokens. */
    'runtime/score': method<AnswerScore>()(
      z.object({
        model: modelRef,
        adapter: z.nullable(z.object({ gguf: z.string(), scale: z.number() })),
        /** Ends in the assistant's turn. */
        messages: z.array(turn).check(z.minLength(2)),
        priority: z.optional(z.enum(['screen', 'background'])),
      }),
    ),
    /** The very tokens that a preview would send; only the tokenizer is loaded for it. */
    'runtime/promptTokens': method<PromptTokens>()(z.object({ model: modelRef, items: z.array(promptItem) })),
    /** Answered at once even while a model works: silence means that the process is stuck. */
    'runtime/ping': method<null>()(z.object({})),
  },
  events: { 'runtime/log': z.object({ level: z.string(), text: z.string() }) },
} as const;
