import { CancelledError } from '../protocol/errors';
import type { DatasetDocument } from './document';
import { isObject, metaOf } from './record';
import { parseRecordText } from './recordText';

const BATCH = 500;
/** Enough to have seen what a team cites; a whole large file would take seconds. */
const MOST_ROWS = 20_000;

/** The sources that records of the dataset name, those named most often first. Throws CancelledError. */
export async function usedSources(document: DatasetDocument, signal?: AbortSignal): Promise<string[]> {
  const counts = new Map<string, number>();
  for (let from = 0; from < MOST_ROWS; from += BATCH) {
    if (signal?.aborted === true) throw new CancelledError();
    const rows = await document.read(from, BATCH);
    for (const { text } of rows) {
      if (text?.includes('"sources"') !== true) continue;
      const { raw } = parseRecordText(text);
      for (const source of metaOf(isObject(raw) ? raw.meta : undefined).sources ?? []) {
        counts.set(source, (counts.get(source) ?? 0) + 1);
      }
    }
    if (rows.length < BATCH) break;
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([source]) => source);
}
