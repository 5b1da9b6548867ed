import { t } from '@vscode/l10n';
import { isObject, isRole } from '../dataset/record';
import type { Turn } from '../dataset/record';
import { messagesOf, turnsPath } from '../dataset/shapes/conversation';
import { UserError, isCancelled } from '../protocol/errors';
import type { CheckedLine, Report } from './rule';

/** Counts the tokens of conversations as training sees them: chat template and special tokens included. */
export interface TokenCounter {
  count(conversations: Turn[][], signal?: AbortSignal): Promise<number[]>;
}

export const LENGTH_TOKENS = { rule: 'length/tokens', severity: 'error' } as const;
export const LENGTH_NOT_CHECKED = { rule: 'length/not-checked', severity: 'info' } as const;

/**
 * Tokens that a chat template may add: a system prompt of its own at the start, marks around every turn. Generous:
 * too much only means that a record is counted which need not be.
 */
const TEMPLATE = 64;
const TEMPLATE_TURN = 16;

/** The turns to count, when there are any that can be. */
export function turnsOf(line: CheckedLine): Turn[] | undefined {
  const messages = messagesOf(line.value);
  if (!Array.isArray(messages)) return undefined;
  const turns: Turn[] = [];
  for (const turn of messages as unknown[]) {
    if (!isObject(turn) || !isRole(turn.role) || typeof turn.content !== 'string') return undefined;
    turns.push({ role: turn.role, content: turn.content });
  }
  return turns.length === 0 ? undefined : turns;
}

/** Whether the record might have more than `maxTokens`: no token is shorter than a byte. */
export function mayExceed(line: CheckedLine, maxTokens: number): boolean {
  // Escapes only make the line longer than the text, so the line itself is an upper bound that costs nothing.
  if (line.text.length * 3 + TEMPLATE <= maxTokens) return false;
  const turns = turnsOf(line);
  if (turns === undefined) return false;
  const bytes = turns.reduce((sum, turn) => sum + Buffer.byteLength(turn.content, 'utf8'), 0);
  return bytes + TEMPLATE + turns.length * TEMPLATE_TURN > maxTokens;
}

export function tooLong(line: CheckedLine, tokens: number, maxTokens: number): Report {
  return {
    ...LENGTH_TOKENS,
    path: turnsPath(line.value),
    message: t(
      'This record has {0} tokens; training cuts it off at {1}. Shorten it, split it, or raise checks.maxTokens.',
      tokens,
      maxTokens,
    ),
  };
}

export function notChecked(reason?: string): Report {
  return {
    ...LENGTH_NOT_CHECKED,
    path: null,
    message:
      reason === undefined
        ? t(
            'The length of long records was not checked: there is no model to count their tokens. Name one under checks.model or models in afina.yaml.',
          )
        : t('The length of long records was not checked: {0}', reason),
  };
}

/** The counts, or why there are none. Cancellations and defects are thrown. */
export async function countTokens(
  counter: TokenCounter,
  conversations: Turn[][],
  signal?: AbortSignal,
): Promise<{ readonly counts: readonly number[] } | { readonly reason: string }> {
  try {
    const counts = await counter.count(conversations, signal);
    if (counts.length !== conversations.length) throw new Error('a count for every conversation is needed');
    return { counts };
  } catch (error) {
    // A model that is missing or too large must not take every other finding away.
    if (error instanceof UserError && !isCancelled(error)) return { reason: error.message };
    throw error;
  }
}
