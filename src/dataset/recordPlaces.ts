import { nodeAt, treeOf } from './jsonTree';
import type { RecordDocument } from './recordDocument';
import { placeInContent } from './turnText';
import type { TextLine } from './turnText';

/** A place in a record's line: a path such as `messages[1].content`, and a range of the line. */
export interface LinePlace {
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
}

/** Where the record's text shows what stands at a place of its line. */
export function placeInDocument(
  place: LinePlace,
  line: string,
  text: string,
  document: RecordDocument,
): TextLine {
  const { front, turns } = document;
  const [, index, key] = /^messages\[(\d+)\](?:\.(\w+))?/.exec(place.field ?? '') ?? [];
  const turn = index === undefined ? undefined : turns[Number(index)];
  if (turn !== undefined) {
    const first = turn.lines[0];
    const last = turn.lines.at(-1);
    if (key !== 'content' || first === undefined || last === undefined) return turn.heading;
    const inside = insideContent(place, line, Number(index));
    if (inside === undefined) return { start: first.start, end: last.end };
    const [start, end] = inside.map((offset) => placeInContent(text, turn.lines, offset));
    return { start: start ?? first.start, end: end ?? last.end };
  }
  const entry =
    place.field === 'id'
      ? front.id
      : ([front.topic, front.status, front.sources] as const)[
          ['meta.topic', 'meta.status', 'meta.sources'].findIndex((path) => place.field?.startsWith(path))
        ];
  if (entry !== undefined && entry.start < entry.end) return entry;
  return entry?.key ?? front.id?.key ?? document.frame ?? { start: 0, end: 0 };
}

/** The range in the turn's content, unless the place is the whole of it. */
function insideContent(place: LinePlace, line: string, turn: number): [number, number] | undefined {
  const node = nodeAt(treeOf(line), ['messages', turn, 'content']);
  if (node?.type !== 'string') return undefined;
  const first = node.offset + 1;
  const last = node.offset + node.length - 1;
  if (place.start < first || place.end > last) return undefined;
  const offsetOf = (end: number): number => {
    // A place in the middle of an escape is the escape's.
    const written = line.slice(first, end).replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '');
    return written.replace(/\\(?:u[0-9a-fA-F]{4}|.)/g, ' ').length;
  };
  return [offsetOf(place.start), offsetOf(place.end)];
}
