import type { TextRange } from './finding';

/**
 * Where a part of a text stands in the JSON that holds it. `literal`: range of the string in `line`, with its quotes;
 * `part`: UTF-16 units of the text that it means.
 */
export function rangeInLiteral(line: string, literal: TextRange, part: TextRange): TextRange {
  if (line[literal.start] !== '"') return literal;
  // Most texts are written without a single escape.
  const escape = line.indexOf('\\', literal.start);
  if (escape === -1 || escape >= literal.start + 1 + part.end) {
    return { start: literal.start + 1 + part.start, end: literal.start + 1 + part.end };
  }
  let at = literal.start + 1;
  let units = 0;
  const advance = (to: number): number => {
    for (; units < to && at < literal.end - 1; units++) {
      if (line[at] !== '\\') at += 1;
      else at += line[at + 1] === 'u' ? 6 : 2;
    }
    return at;
  };
  return { start: advance(part.start), end: advance(part.end) };
}
