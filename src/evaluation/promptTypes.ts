import type { PromptItem, PromptToken, PromptTokens, Turn } from '../runtime/protocol';

/** The runtime's `promptTokens` for one model: what a preview would send. */
export type PromptReader = (items: readonly PromptItem[], signal?: AbortSignal) => Promise<PromptTokens>;

export interface Conversation {
  readonly id: string;
  readonly messages: readonly Turn[];
}

/** What the preview sends when it is asked for one of a record's answers. */
export interface AskedTurn {
  /** Index of the answer in the conversation; its length where the record has no answer yet. */
  readonly turn: number;
  readonly tokens: readonly PromptToken[];
}

/** One sequence that training learns from. */
export interface TrainingExample {
  readonly ids: readonly number[];
  /** What each token stands for. */
  readonly pieces: readonly string[];
  /** Whether training has loss on it: what the model learns to say. */
  readonly loss: readonly boolean[];
}

/** `error`: why the template refuses the conversation. */
export type TrainingPrompt = { readonly examples: readonly TrainingExample[] } | { readonly error: string };

/** Why the preview and training would not agree; `message` names the token and says what to change. */
export interface ParityProblem {
  readonly kind:
    | 'refused'
    | 'answer-changed'
    | 'question-changed'
    | 'no-generation-prompt'
    | 'boundary'
    | 'tokens'
    | 'double-begin'
    | 'loss'
    | 'open-end'
    | 'nothing-learnt';
  /** Index of the answer in the conversation, where the problem is of one. */
  readonly turn: number | null;
  readonly message: string;
}
