import { isObject } from '../record';
import { layoutOf } from './layout';
import { readTurns } from './read';
import { turnKeys, wordFor } from './roleWords';
import type { Segment } from './shape';

/** The fields of an empty record that keeps its turns as `like` does; undefined for `messages` and what has none. */
export function emptyFieldsLike(like: unknown): Record<string, unknown> | undefined {
  const layout = layoutOf(like);
  if (layout === undefined || layout.shape === 'messages' || !isObject(like)) return undefined;
  const fields: Record<string, unknown> = {};
  for (const segment of layout.segments) {
    if (segment.kind === 'pairs') continue;
    const key = segment.kind === 'text' ? segment.key : String(segment.path[0]);
    fields[key] = emptyValue(segment, like[key]);
  }
  // What the model is told beforehand is the same for most records.
  const { turns } = readTurns(layout, like);
  const system = turns.find(({ role, key }) => role === 'system' && key === 'system')?.content;
  if (system !== undefined) fields.system = system;
  return fields;
}

function emptyValue(segment: Segment, like: unknown): unknown {
  if (segment.kind === 'text') return '';
  const elements: unknown[] = Array.isArray(like) ? like : [like];
  const turns = elements.filter(isObject);
  const first = turns[0];
  const keys = first === undefined ? ({ role: 'from', content: 'value' } as const) : turnKeys(first);
  const words = turns.map((turn) => turn[turnKeys(turn).role]);
  const turn = (role: 'user' | 'assistant'): Record<string, string> => ({
    [keys.role]: wordFor(role, words),
    [keys.content]: '',
  });
  if (segment.kind === 'object') return turn('assistant');
  const system = turns.find((each) => each[keys.role] === 'system');
  const both = [turn('user'), turn('assistant')];
  if (segment.kind === 'pairs' || segment.part !== 'talk') {
    return turns.length === 1 ? [turn('assistant')] : both;
  }
  const asked = turns.some((each) => each[keys.role] === wordFor('assistant', words));
  return [...(system === undefined ? [] : [system]), ...(asked ? both : [turn('user')])];
}
