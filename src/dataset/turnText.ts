import { ROLES } from './record';
import type { Role } from './record';

/** A stretch of lines: offsets of a text, the end without the line break. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
}

/** Part of a turn's content, and where in the document it is written. */
interface Piece {
  readonly at: number;
  readonly length: number;
  readonly value: string;
}

const HEADING = new RegExp(`^#[ \\t]+(${ROLES.join('|')})[ \\t]*$`);
/** A line of content that would be read as a heading if it had a backslash less. */
const ESCAPED_HEADING = new RegExp(`^\\\\+#[ \\t]+(?:${ROLES.join('|')})[ \\t]*$`);
const ESCAPE = /\\u\{([0-9a-f]{1,6})\}/gi;
/**
 * What a text editor would change, refuse or hide: line ends other than \n (it makes them all the same), control
 * characters (a NUL makes a binary file of it), halves of surrogate pairs (they have no UTF-8), byte order marks.
 */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\0-\x08\v-\x1f\x7f-\x9f\u2028\u2029\uFEFF]|\p{Surrogate}/gu;

/** The role that a line announces, or undefined for every other line. */
export function roleOfHeading(line: string): Role | undefined {
  const word = HEADING.exec(line)?.[1];
  return ROLES.find((role) => role === word);
}

/** Lines of a text whose line ends are of any kind. */
export function linesOf(text: string): TextLine[] {
  const lines: TextLine[] = [];
  let start = 0;
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) {
    lines.push({ start, end: index });
    start = index + end.length;
  }
  lines.push({ start, end: text.length });
  return lines;
}

export function isBlank(text: string): boolean {
  return /^[ \t]*$/.test(text);
}

/** Writes one character, or half of one, so that every editor leaves it alone. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, codeOf);
}

/**
 * A turn's content as lines of the document. Blank lines around it are for the eye and no part of it, so those that
 * are one are written as escapes.
 */
export function writeContent(content: string): string {
  return escapeUnsafe(content.replace(ESCAPE, (escape) => `\\u{5c}${escape.slice(1)}`))
    .replace(/^(?:[ \t]*\n)+|(?:\n[ \t]*)+$/g, (blank) => blank.replaceAll('\n', codeOf))
    .replace(/^[ \t](?=[ \t]*$)/, codeOf)
    .split('\n')
    .map((line) => (HEADING.test(line) || ESCAPED_HEADING.test(line) ? `\\${line}` : line))
    .join('\n');
}

/** Reads what `writeContent` wrote, or somebody else in its place. */
export function readContent(text: string, lines: readonly TextLine[]): string {
  return piecesOf(text, lines)
    .map(({ value }) => value)
    .join('');
}

/** Where in the document the character at `offset` of the content is written; its end for the offset behind the last. */
export function placeInContent(text: string, lines: readonly TextLine[], offset: number): number {
  let rest = offset;
  let end = lines[0]?.start ?? 0;
  for (const { at, length, value } of piecesOf(text, lines)) {
    if (rest < value.length) return value.length === length ? at + rest : at;
    rest -= value.length;
    end = at + length;
  }
  return end;
}

/** Takes the blank lines at both ends away. */
export function withoutBlankEnds(text: string, lines: readonly TextLine[]): readonly TextLine[] {
  const filled = ({ start, end }: TextLine): boolean => !isBlank(text.slice(start, end));
  const first = lines.findIndex(filled);
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(filled) + 1);
}

function piecesOf(text: string, lines: readonly TextLine[]): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, { start, end }] of lines.entries()) {
    const before = lines[index - 1];
    if (before !== undefined) pieces.push({ at: before.end, length: start - before.end, value: '\n' });
    const first = ESCAPED_HEADING.test(text.slice(start, end)) ? start + 1 : start;
    let from = first;
    const literal = (to: number): void => {
      if (to > from) pieces.push({ at: from, length: to - from, value: text.slice(from, to) });
    };
    for (const { index: at, 0: escape, 1: digits = '' } of text.slice(first, end).matchAll(ESCAPE)) {
      const code = Number.parseInt(digits, 16);
      if (code > 0x10ffff) continue;
      literal(first + at);
      pieces.push({ at: first + at, length: escape.length, value: String.fromCodePoint(code) });
      from = first + at + escape.length;
    }
    literal(end);
  }
  return pieces;
}

function codeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
