import type { JsonPath } from '../jsonTree';
import { isObject } from '../record';
import { layoutOf } from './layout';
import { conversationOf, readTurns } from './read';

/**
 * The list of turns of a parsed record: as the file has it, or the conversation that a record of another shape makes.
 * `both`: of a preference record both answers, where otherwise the preferred one alone counts.
 */
export function messagesOf(value: unknown, both = false): unknown {
  if (!isObject(value)) return undefined;
  const layout = layoutOf(value);
  if (layout === undefined || layout.shape === 'messages') return value.messages;
  const { turns, problems } = readTurns(layout, value);
  if (problems.length > 0) return undefined;
  return conversationOf(both ? turns.map((turn) => ({ ...turn, part: 'talk' })) : turns);
}

/** What a finding about the whole conversation points at. */
export function turnsPath(value: unknown): JsonPath {
  const layout = layoutOf(value);
  if (layout === undefined || layout.shape === 'messages') return ['messages'];
  const segment = layout.segments.find((each) => each.kind !== 'text' || !each.optional);
  return segment?.kind === 'text' ? [segment.key] : (segment?.path.slice(0, 1) ?? []);
}
