import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import type { Turn } from './protocol';

/** What a loaded model's vocabulary and template do. */
export interface Encoder<Token> {
  readonly render: (messages: readonly Turn[], addGenerationPrompt: boolean) => string;
  readonly tokenise: (text: string) => readonly Token[];
  readonly textOf: (tokens: readonly Token[]) => string;
  readonly isSpecial: (token: Token | undefined) => boolean;
  readonly eos: string | null;
}

export interface AnswerTokens<Token> {
  /** The conversation to the end of its last answer. */
  readonly tokens: readonly Token[];
  /** Index of the answer's first token. */
  readonly from: number;
}

/**
 * The tokens of a conversation that ends in an answer, and which of them training takes its loss on: what the assistant
 * says and the token that ends its turn, as the trainer's afina_chat.py marks them.
 */
export function answerTokens<Token>(messages: readonly Turn[], encoder: Encoder<Token>): AnswerTokens<Token> {
  const { render, tokenise, isSpecial, eos } = encoder;
  const answer = messages.at(-1);
  if (answer?.role !== 'assistant') {
    throw new UserError(
      'runtime/noAnswer',
      t('The conversation does not end in an answer that could be scored.'),
    );
  }
  const prompt = render(messages.slice(0, -1), true);
  const whole = render(messages, false);
  const content = answer.content.trim();
  const at = content === '' ? prompt.length : whole.indexOf(content, prompt.length);
  if (!whole.startsWith(prompt) || at < 0) {
    throw new UserError(
      'runtime/chatTemplate',
      t(
        "The model's chat template renders a question differently once it has its answer: it cannot be scored.",
      ),
    );
  }
  // The line break that a template puts after its end-of-turn token is never generated.
  const text = whole.trimEnd().length < at + content.length ? whole : whole.trimEnd();
  const tokens = tokenise(text);
  if (isSpecial(tokens.at(-1)) || eos === null) return { tokens, from: firstOf(tokens, prompt, encoder) };
  const closed = tokenise(text + eos);
  return { tokens: closed, from: firstOf(closed, prompt, encoder) };
}

/** A token that holds the end of the question and the beginning of the answer is the question's. */
function firstOf<Token>(
  tokens: readonly Token[],
  prompt: string,
  { tokenise, textOf }: Encoder<Token>,
): number {
  const asked = tokenise(prompt);
  let from = 0;
  while (from < asked.length && asked[from] === tokens[from]) from++;
  if (from === asked.length) return from;
  while (from < tokens.length && textOf(tokens.slice(0, from)).length < prompt.length) from++;
  return from;
}
