import { CancelledError } from '../protocol/errors';
import { attempt } from './attempt';
import type { Change, DatasetDocument, Row, RowKey } from './document';

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

const BATCH = 500;

/** The rows of `keys`, those that lie near each other read together; keys that are gone are left out. */
export async function* rowsOf(
  document: DatasetDocument,
  keys: readonly RowKey[],
  { signal, onProgress }: BulkOptions = {},
): AsyncGenerator<Row[]> {
  for (let at = 0; at < keys.length;) {
    if (signal?.aborted === true) throw new CancelledError();
    const first = document.indexOf(keys[at] ?? -1);
    let last = first;
    const wanted = new Set<RowKey>();
    for (; at < keys.length; at++) {
      const key = keys[at] ?? -1;
      const index = document.indexOf(key);
      if (wanted.size > 0 && (index < last || index >= first + BATCH)) break;
      if (first < 0) {
        at++;
        break;
      }
      wanted.add(key);
      last = index;
    }
    if (first >= 0) {
      const rows = await document.read(first, last - first + 1);
      yield rows.filter(({ key }) => wanted.has(key));
    }
    onProgress?.(at);
  }
}

/** All keys of the document, in its order. */
export function allKeys(document: DatasetDocument): RowKey[] {
  return Array.from({ length: document.count }, (_, index) => document.row(index));
}

/**
 * What it takes to make `change` of every row, for one edit. Rows that it leaves as they are cost nothing; those that
 * cannot be read (no text, or `change` throws RangeError) are counted.
 */
export async function changesOf(
  document: DatasetDocument,
  keys: readonly RowKey[],
  change: (text: string) => string,
  options: BulkOptions = {},
): Promise<{ readonly changes: Change[]; readonly skipped: number }> {
  const changes: Change[] = [];
  let skipped = 0;
  for await (const rows of rowsOf(document, keys, options)) {
    for (const { key, text } of rows) {
      const changed = text === null ? undefined : attempt(() => change(text));
      if (changed === undefined) skipped++;
      else if (changed !== text) changes.push({ kind: 'replace', key, text: changed });
    }
  }
  return { changes, skipped };
}
