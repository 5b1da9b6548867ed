import { readRecordDocument } from './recordDocument';
import type { RecordDocument } from './recordDocument';
import { escapeUnsafe, placeInContent, writeContent } from './turnText';

/** A change of one turn's content, in that text's own UTF-16 units. */
export interface ContentEdit {
  readonly turn: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface DocumentEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * What a change of a turn's content changes in the record's text. Only the place itself where that says the same; the
 * turn is written anew where it does not, because a line has become a heading, say. Undefined where there is no such turn.
 */
export function editInDocument(
  text: string,
  document: RecordDocument,
  { turn: index, start, end, text: put }: ContentEdit,
): DocumentEdit | undefined {
  const turn = document.turns[index];
  if (turn === undefined || end > turn.content.length) return undefined;
  const wanted = turn.content.slice(0, start) + put + turn.content.slice(end);
  const first = turn.lines[0];
  const last = turn.lines.at(-1);
  if (first === undefined || last === undefined) {
    return { start: turn.heading.end, end: turn.heading.end, text: `\n\n${writeContent(wanted)}` };
  }
  const edit = {
    start: placeInContent(text, turn.lines, start),
    end: placeInContent(text, turn.lines, end),
    text: escapeUnsafe(put),
  };
  const after = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  if (readRecordDocument(after).turns[index]?.content === wanted) return edit;
  return { start: first.start, end: last.end, text: writeContent(wanted) };
}
