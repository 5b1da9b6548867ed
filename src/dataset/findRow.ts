import { CancelledError } from '../protocol/errors';
import type { DatasetDocument, Row } from './document';
import { isObject } from './record';
import { parseRecordText } from './recordText';

const BATCH = 500;

/** The id of a line; empty when it has none. */
export function idOfLine(text: string): string {
  const { raw } = parseRecordText(text);
  return isObject(raw) && typeof raw.id === 'string' ? raw.id : '';
}

/** The row with that id, looked for at `hint` first; undefined when there is none. Throws CancelledError. */
export async function findRow(
  document: DatasetDocument,
  id: string,
  hint: number | undefined,
  signal?: AbortSignal,
): Promise<Row | undefined> {
  const guess = hint === undefined ? undefined : (await document.read(hint, 1))[0];
  if (guess !== undefined && guess.text !== null && idOfLine(guess.text) === id) return guess;
  const needle = JSON.stringify(id);
  // Most lines do not hold the id at all: they need not be parsed.
  const mayHold = (text: string): boolean => text.includes(needle) || text.includes('\\u');
  for (let from = 0; ; from += BATCH) {
    if (signal?.aborted === true) throw new CancelledError();
    const rows = await document.read(from, BATCH);
    const found = rows.find(({ text }) => text !== null && mayHold(text) && idOfLine(text) === id);
    if (found !== undefined || rows.length < BATCH) return found;
  }
}
