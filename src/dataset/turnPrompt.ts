import type { Turn } from './record';
import { readRecordDocument } from './recordDocument';
import { writeContent } from './turnText';

/**
 * What a model is asked when it is to speak the turn at `index`: the turns before it. Undefined where those do not end
 * in the user's. Of two answers that stand beside each other, as in a preference record, none is part of it.
 */
export function promptBefore(turns: readonly Turn[], index: number): readonly Turn[] | undefined {
  const before = turns.slice(0, index);
  const last = before.findLastIndex(({ role }) => role !== 'assistant');
  if (before[last]?.role !== 'user') return undefined;
  const asked: Turn[] = [];
  for (const { role, content } of before.slice(0, last + 1)) {
    const previous = asked.at(-1);
    // An instruction and its input are one question.
    if (role === 'user' && previous?.role === 'user')
      asked[asked.length - 1] = { role, content: `${previous.content}\n${content}` };
    else asked.push({ role, content });
  }
  return asked;
}

/** An answer that is being written, as far as it goes. */
export interface BegunTurn {
  readonly messages: readonly Turn[];
  /** The answer up to the cursor, without spaces at its end. */
  readonly begun: string;
  /** The cursor stands behind a space, or where a line begins. */
  readonly spaced: boolean;
}

/** The answer at whose end the cursor is; undefined anywhere else. */
export function begunTurn(text: string, offset: number): BegunTurn | undefined {
  const whole = readRecordDocument(text);
  const index = whole.turns.findLastIndex(({ heading }) => heading.end < offset);
  const turn = whole.turns[index];
  if (turn?.role !== 'assistant') return undefined;
  const end = whole.turns[index + 1]?.heading.start ?? text.length;
  if (text.slice(offset, end).trim() !== '') return undefined;
  const messages = promptBefore(whole.turns, index);
  const written = readRecordDocument(text.slice(0, offset)).turns[index];
  if (messages === undefined || written === undefined) return undefined;
  const last = written.lines.at(-1)?.end ?? turn.heading.end;
  const breaks = written.content === '' ? '' : text.slice(last, offset).replace(/[^\n]/g, '');
  const content = written.content.replace(/[ \t]+$/, '');
  return {
    messages,
    begun: content + breaks,
    spaced: content === '' || breaks !== '' || /\s$/.test(text.slice(0, offset)),
  };
}

/** How an answer goes on, as text of the document: one paragraph, whole words; undefined when nothing is left. */
export function continuation(
  answer: string,
  { spaced }: BegunTurn,
  stop: 'end' | 'maxTokens' | 'context',
): string | undefined {
  const trimmed = spaced ? answer.trimStart() : answer.replace(/^\s*\n\s*/, '\n');
  const [paragraph = ''] = trimmed.split(/(?<=\S)\s*\n\s*\n/);
  const words =
    stop === 'end' || paragraph.length < trimmed.trimEnd().length
      ? paragraph
      : paragraph.replace(/\s+\S*$/, '');
  const shown = words.trimEnd();
  if (shown.trim() === '') return undefined;
  const lead = /^\s*/.exec(shown)?.[0] ?? '';
  return lead + writeContent(shown.slice(lead.length));
}

/** What is left of a continuation when some of it has been typed since; undefined when something else was. */
export function restOf(text: string, begun: string, now: string): string | undefined {
  const rest = now.startsWith(begun) ? now.slice(begun.length) : undefined;
  return rest !== undefined && rest.length < text.length && text.startsWith(rest)
    ? text.slice(rest.length)
    : undefined;
}
