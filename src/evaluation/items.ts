import { fileError } from '../dataset/fileErrors';
import { isBlankLine, readLines } from '../dataset/lineReader';
import { promptOf } from '../dataset/prompt';
import { parseRecordText } from '../dataset/recordText';
import { mulberry32 } from '../dataset/seededRandom';
import type { EvaluationItem } from './spec';

export interface ItemOptions {
  /** Lines (from 1) that are meant; default: all. */
  readonly lines?: ReadonlySet<number>;
  readonly signal?: AbortSignal;
}

/** The records of a dataset that can be asked, in order: those with a user's turn. Throws what reading files throws. */
export async function itemsOf(file: string, { lines, signal }: ItemOptions = {}): Promise<EvaluationItem[]> {
  const items: EvaluationItem[] = [];
  try {
    for await (const batch of readLines(file, { signal })) {
      for (const { number, bytes } of batch) {
        if (lines?.has(number) === false || isBlankLine(bytes)) continue;
        const { record } = parseRecordText(bytes.toString('utf8'));
        const prompt = record === undefined ? undefined : promptOf(record);
        if (record === undefined || prompt === undefined) continue;
        const messages = prompt.messages.map(({ role, content }) => ({ role, content }));
        if (messages.at(-1)?.content.trim() === '') continue;
        const reference = prompt.reference?.trim() === '' ? null : prompt.reference;
        items.push({
          line: number,
          id: record.id,
          messages,
          reference,
          sources: [...(record.meta.sources ?? [])],
        });
      }
    }
  } catch (error) {
    throw fileError(error, file);
  }
  return items;
}

/** So many of them, in their order, the same for the same seed. */
export function sampleOf<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = mulberry32(seed);
  const drawn = items.map((item, at) => ({ item, at, by: random() }));
  return drawn
    .sort((a, b) => a.by - b.by)
    .slice(0, count)
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
