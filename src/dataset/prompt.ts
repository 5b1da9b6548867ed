import type { DatasetRecord, Turn } from './record';
import { conversationOf } from './shapes/read';

/** What a model is asked when it previews a record, and what the record itself answers. */
export interface Prompt {
  /** The turns before the last assistant turn; they end in the user's. */
  readonly messages: readonly Turn[];
  /** The record's own answer; null when it has none yet. */
  readonly reference: string | null;
}

/** Undefined when no turn of the user's can be answered. */
export function promptOf(record: Pick<DatasetRecord, 'messages' | 'shaped'>): Prompt | undefined {
  const talk = record.shaped === undefined ? record.messages : conversationOf(record.shaped.turns);
  const last = talk.findLastIndex((turn) => turn.role === 'user');
  if (last === -1) return undefined;
  const answer = talk[last + 1];
  return {
    messages: talk.slice(0, last + 1),
    reference: answer?.role === 'assistant' ? answer.content : null,
  };
}

/** The conversation with another system text; null leaves it as it is. */
export function withSystem(messages: readonly Turn[], system: string | null): readonly Turn[] {
  if (system === null) return messages;
  const rest = messages[0]?.role === 'system' ? messages.slice(1) : messages;
  return [{ role: 'system', content: system }, ...rest];
}
