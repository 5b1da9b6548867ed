import { UserError } from '../protocol/errors';
import { newId, newRecordText, parseRecordText } from './recordText';
import type { Turn } from './record';
import { insertPair, insertTurn, setTurnContent } from './shapes/edit';

export interface Draft {
  /** An optional system turn, then question and answer in alternation. */
  readonly messages: readonly Turn[];
  /** Who wrote the answer, for `meta`. */
  readonly answeredBy: { readonly model: string; readonly run: string | null };
  /** Text of a record of the same dataset, whose shape and kind of id the new one takes. */
  readonly like?: string | undefined;
}

/**
 * The text of a new draft with a conversation in it, in the shape that its dataset keeps records in. Throws UserError
 * where that shape has no place for the conversation.
 */
export function draftRecordText({ messages, answeredBy, like }: Draft): string {
  const parsed = like === undefined ? undefined : parseRecordText(like);
  const id = newId(parsed?.record?.id);
  const meta = { status: 'draft', answeredBy };
  const shape = parsed?.record?.shaped?.layout.shape;
  if (shape === undefined) return JSON.stringify({ id, messages, meta });
  const talk = messages.filter(({ role }) => role !== 'system');
  const system = messages.find(({ role }) => role === 'system');
  const blank = newRecordText({ id, like: parsed?.raw });
  const roomy = withRoom(blank, shape === 'alpaca', talk);
  const filled = fill(roomy, talk);
  const text = system === undefined ? filled : withSystem(filled, system);
  return JSON.stringify({ ...(JSON.parse(text) as object), meta });
}

/** Adds empty turns for what was said before the last question. */
function withRoom(blank: string, inPairs: boolean, talk: readonly Turn[]): string {
  let text = blank;
  const earlier = talk.slice(0, -2);
  if (inPairs) {
    for (let pair = 0; pair < earlier.length; pair += 2) text = insertPair(text);
    return text;
  }
  const first = turnsOf(text).findIndex(({ role }) => role === 'user');
  for (const [at, { role }] of earlier.entries()) text = insertTurn(text, first + at, { role, content: '' });
  return text;
}

/** Each turn goes into the next place of its role: what stands between (an Alpaca `input`) stays empty. */
function fill(roomy: string, talk: readonly Turn[]): string {
  let text = roomy;
  let place = 0;
  for (const { role, content } of talk) {
    const turns = turnsOf(text);
    while (place < turns.length && turns[place]?.role !== role) place++;
    text = setTurnContent(text, place++, content);
  }
  return text;
}

/** Instructions are the same for a whole dataset: where its records have no place for them, they go without. */
function withSystem(text: string, system: Turn): string {
  const at = turnsOf(text).findIndex(({ role }) => role === 'system');
  if (at >= 0) return setTurnContent(text, at, system.content);
  try {
    return insertTurn(text, 0, system);
  } catch (error) {
    if (error instanceof UserError) return text;
    throw error;
  }
}

function turnsOf(text: string): readonly Turn[] {
  return parseRecordText(text).record?.messages ?? [];
}
