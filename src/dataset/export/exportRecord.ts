import { isObject, metaOf, trainableTurns } from '../record';
import type { Turn } from '../record';
import { layoutOf } from '../shapes/layout';
import { conversationOf, readTurns } from '../shapes/read';

/** What of a record other tools can use. */
export interface ExportRecord {
  /** Empty where the file gives none. */
  readonly id: string;
  readonly sources: readonly string[];
  readonly system: string | null;
  /** The turns before the answer, without the system's; the user's is the last. */
  readonly question: readonly Turn[];
  /** The last answer, or the preferred one. */
  readonly answer: readonly Turn[];
  /** The worse answer of a preference record. */
  readonly rejected: readonly Turn[] | null;
}

/** Undefined when the record is not one that could be trained on. */
export function exportRecordOf(value: unknown): ExportRecord | undefined {
  const layout = layoutOf(value);
  if (layout === undefined || !isObject(value)) return undefined;
  const { turns, problems } = readTurns(layout, value);
  if (problems.length > 0) return undefined;
  const talk = trainableTurns(conversationOf(turns));
  if (talk === undefined) return undefined;
  const id = typeof value.id === 'string' ? value.id : '';
  const sources = metaOf(value.meta).sources ?? [];
  const system = talk[0]?.role === 'system' ? talk[0].content : null;
  const spoken = system === null ? talk : talk.slice(1);
  if (layout.shape !== 'preference') {
    return { id, sources, system, question: spoken.slice(0, -1), answer: spoken.slice(-1), rejected: null };
  }
  const other = trainableTurns(
    conversationOf(turns.filter(({ part }) => part !== 'chosen').map((turn) => ({ ...turn, part: 'talk' }))),
  );
  if (other === undefined) return undefined;
  const worse = other[0]?.role === 'system' ? other.slice(1) : other;
  const split = promptLength(spoken, worse);
  return {
    id,
    sources,
    system,
    question: spoken.slice(0, split),
    answer: spoken.slice(split),
    rejected: worse.slice(split),
  };
}

/** Turns that both answers share, ending in the user's: some files repeat the prompt in either of them. */
function promptLength(a: readonly Turn[], b: readonly Turn[]): number {
  let same = 0;
  while (same < Math.min(a.length, b.length) - 1 && a[same]?.content === b[same]?.content) same++;
  while (same > 0 && a[same - 1]?.role !== 'user') same--;
  return same;
}
