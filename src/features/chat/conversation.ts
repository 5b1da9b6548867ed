import { t } from '@vscode/l10n';
import type { Turn } from '../../dataset/record';
import { UserError } from '../../protocol/errors';

/** A message as VS Code hands it over. Its parts are known by what they hold: then no VS Code is needed to read them. */
export interface ChatMessage {
  readonly role: number;
  readonly content: Iterable<unknown>;
}

const ASSISTANT = 2;
/** Only extensions with a proposed API can send it. */
const SYSTEM = 3;

/**
 * The turns that a chat template takes: one system turn at most, in front, then user and assistant in alternation, the
 * user last. VS Code's chat has no system role: what an extension wants to instruct comes as a message of the user's,
 * and messages of one role that follow each other are one turn. `system` is said where no message says it.
 */
export function turnsOf(messages: readonly ChatMessage[], system = ''): Turn[] {
  const said: string[] = [];
  const talk: Turn[] = [];
  for (const message of messages) {
    const content = textOf(message.content).trim();
    if (content === '') continue;
    if (message.role === SYSTEM) said.push(content);
    else add(talk, { role: message.role === ASSISTANT ? 'assistant' : 'user', content });
  }
  // A greeting: templates refuse a conversation that the assistant begins.
  if (talk[0]?.role === 'assistant') talk.shift();
  return conversation(said.length === 0 ? system : said.join('\n\n'), talk);
}

/** A question after what was said before, both as training would see them. */
export function conversation(system: string, talk: readonly Turn[]): Turn[] {
  if (talk.at(-1)?.role !== 'user') {
    throw new UserError('chat/no-question', t('The conversation has to end in a question: write one.'));
  }
  const prompt = system.trim();
  return [...(prompt === '' ? [] : [{ role: 'system', content: prompt } as const]), ...talk];
}

function add(talk: Turn[], turn: Turn): void {
  const last = talk.at(-1);
  if (last?.role === turn.role)
    talk[talk.length - 1] = { ...last, content: `${last.content}\n\n${turn.content}` };
  else talk.push(turn);
}

/** What a message says. Throws UserError `chat/not-text` for pictures. */
export function textOf(parts: Iterable<unknown>): string {
  let text = '';
  for (const part of parts) text += textOfPart(part);
  return text;
}

function textOfPart(part: unknown): string {
  if (typeof part === 'string') return part;
  if (typeof part !== 'object' || part === null) return '';
  if ('value' in part && typeof part.value === 'string') return part.value;
  if ('content' in part && Array.isArray(part.content)) return textOf(part.content as unknown[]);
  if (!('mimeType' in part && 'data' in part && part.data instanceof Uint8Array)) return '';
  const mime = String(part.mimeType);
  if (/^(image|audio|video)\//.test(mime)) {
    throw new UserError('chat/not-text', t('The model reads text only: take the picture or sound out.'));
  }
  return /^text\/|[/+]json$/.test(mime) ? Buffer.from(part.data).toString('utf8') : '';
}
