import { CancelledError } from '../protocol/errors';
import type { DatasetDocument, RowKey } from './document';
import { isObject } from './record';
import { parseRecordText } from './recordText';
import { layoutOf } from './shapes/layout';
import { readTurns } from './shapes/read';

export interface SearchQuery {
  /** Found anywhere in turns, id and topic, whatever its case and accents; empty finds all. */
  readonly text: string;
  readonly status?: string | undefined;
  readonly topic?: string | undefined;
}

export interface SearchBatch {
  /** Rows found since the batch before, in the document's order. */
  readonly matches: RowKey[];
  /** Rows looked at so far. */
  readonly scanned: number;
  /** The last batch: nothing is left, or the limit is reached. */
  readonly done: boolean;
}

const BATCH = 500;

/**
 * Searches the document batch by batch, unsaved edits included; stops after `limit` matches (10 000 without one).
 * Rows added or moved while it runs are found or not; none is found twice. Throws CancelledError.
 */
export async function* search(
  document: DatasetDocument,
  query: SearchQuery,
  options: { readonly signal?: AbortSignal | undefined; readonly limit?: number } = {},
): AsyncGenerator<SearchBatch> {
  const { signal, limit = 10_000 } = options;
  const matchesQuery = matcher(query);
  const found = new Set<RowKey>();
  for (let from = 0; ; from += BATCH) {
    if (signal?.aborted === true) throw new CancelledError();
    const rows = await document.read(from, BATCH);
    const matches: RowKey[] = [];
    for (const row of rows) {
      if (found.size >= limit) break;
      if (row.text === null || found.has(row.key) || !matchesQuery(row.text)) continue;
      found.add(row.key);
      matches.push(row.key);
    }
    const scanned = Math.min(from + rows.length, document.count);
    const done = rows.length < BATCH || found.size >= limit;
    yield { matches, scanned, done };
    if (done) return;
  }
}

/** Lower case without accents and cedillas: `Ação` → `acao`. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** Letters by what they fold to: the Latin ones with marks, which are all that Portuguese and its neighbours have. */
const VARIANTS = ((): ReadonlyMap<string, string> => {
  const variants = new Map<string, string>();
  for (const [first, last] of [
    [0x41, 0x5a],
    [0xc0, 0x24f],
    [0x1e00, 0x1eff],
  ] as const) {
    for (let code = first; code <= last; code++) {
      const letter = String.fromCharCode(code);
      const base = fold(letter);
      if (base.length === 1 && base !== letter) variants.set(base, (variants.get(base) ?? '') + letter);
    }
  }
  return variants;
})();

/**
 * An expression that finds `text` whatever its case and accents. It runs over the text as it is: folding every
 * record first takes twenty times as long as looking for the needle.
 */
export function needleOf(text: string): RegExp {
  const source = fold(text.trim())
    .split(/\s+/)
    .map((word) => {
      const letters = word.split('').map((letter) => {
        const escaped = letter.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
        return `[${escaped}${VARIANTS.get(letter) ?? ''}][\u0300-\u036f]*`;
      });
      return letters.join('');
    })
    .join('\\s+');
  return new RegExp(source);
}

function matcher({ text: wanted, status, topic }: SearchQuery): (text: string) => boolean {
  const empty = wanted.trim() === '';
  const needle = needleOf(wanted);
  const plain = !empty && !/[\s"\\/]/.test(wanted.trim());
  return (text) => {
    // Without characters that JSON may escape it is in the line as it stands, unless that has escapes.
    if (plain && !text.includes('\\') && !needle.test(text)) return false;
    const { raw } = parseRecordText(text);
    if (!isObject(raw)) return status === undefined && topic === undefined && needle.test(text);
    const meta = isObject(raw.meta) ? raw.meta : {};
    if (status !== undefined && meta.status !== status) return false;
    if (topic !== undefined && meta.topic !== topic) return false;
    if (empty) return true;
    const layout = layoutOf(raw);
    const turns = layout === undefined ? [] : readTurns(layout, raw).turns;
    const contents = turns.map(({ content }) => content);
    return [raw.id, meta.topic, ...contents].some((each) => typeof each === 'string' && needle.test(each));
  };
}
