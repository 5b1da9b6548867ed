import type { RecordFinding, TextRange } from '../../src/protocol/findings';

/** A finding of a part of a text, where that part is now. */
export interface Mark extends TextRange {
  readonly finding: RecordFinding;
}

/** A stretch of a text, and the findings that are of it: the gravest first, of equal ones the shortest. */
export interface Stretch extends TextRange {
  readonly marks: readonly Mark[];
}

const GRAVITY = { error: 0, warning: 1, info: 2 } as const;

/**
 * Marks of the findings that a check made of `checked`, in the text as it is `now`. What was typed since moves those
 * behind it; those that it touches wait for the next check.
 */
export function marksIn(findings: readonly RecordFinding[], checked: string, now: string): Mark[] {
  const least = Math.min(checked.length, now.length);
  let before = 0;
  while (before < least && checked[before] === now[before]) before++;
  let behind = 0;
  while (behind < least - before && checked.at(-1 - behind) === now.at(-1 - behind)) behind++;
  const shift = now.length - checked.length;
  const marks: Mark[] = [];
  for (const finding of findings) {
    const { range } = finding;
    if (range === null || range.end > checked.length || range.start >= range.end) continue;
    if (checked === now || range.end < before) marks.push({ ...range, finding });
    else if (range.start > checked.length - behind)
      marks.push({ start: range.start + shift, end: range.end + shift, finding });
  }
  return marks.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text cut where marks begin and end, from its start to its end. */
export function stretchesOf(length: number, marks: readonly Mark[]): Stretch[] {
  const cuts = [...new Set([0, length, ...marks.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(0, -1).map((start, at) => {
    const end = cuts[at + 1] ?? length;
    const here = marks.filter((mark) => mark.start < end && mark.end > start);
    return {
      start,
      end,
      marks: here.sort(
        (a, b) =>
          GRAVITY[a.finding.severity] - GRAVITY[b.finding.severity] || a.end - a.start - (b.end - b.start),
      ),
    };
  });
}
