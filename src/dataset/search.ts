import { CancelledError } from '../protocol/errors';
import type { DatasetDocument, RowKey } from './document';
import { RecordFilter } from './recordFilter';
import type { FindingsOf, SearchQuery } from './recordFilter';

export interface SearchBatch {
  /** Rows found since the batch before, in the document's order. */
  readonly matches: RowKey[];
  /** Rows looked at so far. */
  readonly scanned: number;
  /** The last batch: nothing is left, or the limit is reached. */
  readonly done: boolean;
}

export interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limit?: number;
  readonly findingsOf?: FindingsOf | undefined;
}

const BATCH = 500;

/**
 * Searches the document batch by batch, unsaved edits included; stops after `limit` matches (10 000 without one).
 * Rows added or moved while it runs are found or not; none is found twice. Throws CancelledError, and UserError
 * `search/pattern` and `search/too-slow` for what is wrong with the query's expression.
 */
export async function* search(
  document: DatasetDocument,
  query: SearchQuery,
  options: SearchOptions = {},
): AsyncGenerator<SearchBatch> {
  const { signal, limit = 10_000, findingsOf } = options;
  const filter = new RecordFilter(query, findingsOf);
  const found = new Set<RowKey>();
  for (let from = 0; ; from += BATCH) {
    if (signal?.aborted === true) throw new CancelledError();
    const rows = await document.read(from, BATCH);
    const matches: RowKey[] = [];
    for (const { key } of await filter.match(rows, signal)) {
      if (found.size >= limit) break;
      if (found.has(key)) continue;
      found.add(key);
      matches.push(key);
    }
    const scanned = Math.min(from + rows.length, document.count);
    const done = rows.length < BATCH || found.size >= limit;
    yield { matches, scanned, done };
    if (done) return;
  }
}
