import { isMap, isScalar } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';

// Places in a YAML text where an entry can be added without a byte of the rest changing.

/** Lines under the last entry of a map; at the end of the file where there is none. */
export function below(
  source: string,
  document: Document,
  map: YAMLMap | null,
  lines: readonly string[],
  column: number | undefined,
): string | undefined {
  if (column === undefined) return undefined;
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  const last = map?.items.at(-1);
  const end = last === undefined ? undefined : endOf(last);
  const written = lines.map((line) => ' '.repeat(column) + line).join(newline);
  if (end === undefined) {
    if (document.contents !== null) return undefined;
    return `${source}${source === '' || source.endsWith('\n') ? '' : newline}${written}${newline}`;
  }
  // What ends a line above may have spaces and a comment behind it, and a block of text its own line end.
  const from = source[end - 1] === '\n' ? end - 1 : end;
  const lineEnd = source.indexOf('\n', from);
  if (lineEnd < 0) return `${source}${newline}${written}${newline}`;
  return `${source.slice(0, lineEnd + 1)}${written}${newline}${source.slice(lineEnd + 1)}`;
}

export function intoFlow(source: string, map: YAMLMap, entry: string): string | undefined {
  const close = (map.range?.[1] ?? 0) - 1;
  if (source[close] !== '}') return undefined;
  const end = map.items.length === 0 ? undefined : endOf(map.items[map.items.length - 1]);
  if (end !== undefined) return `${source.slice(0, end)}, ${entry}${source.slice(end)}`;
  return `${source.slice(0, close)}${entry}${source.slice(close)}`;
}

export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Offset behind the last character of an entry, whatever is nested in it. */
function endOf(pair: Pair | undefined): number | undefined {
  const { value, key } = pair ?? {};
  if (isMap(value) && value.flow !== true && value.items.length > 0) return endOf(value.items.at(-1));
  const range = (value as { range?: [number, number, number] | null } | null | undefined)?.range;
  const own = (key as { range?: [number, number, number] | null } | null | undefined)?.range;
  return range?.[1] ?? own?.[1];
}

export function columnOf(source: string, map: YAMLMap): number | undefined {
  const first = map.items[0]?.key;
  const start = isScalar(first) ? first.range?.[0] : undefined;
  if (start === undefined) return undefined;
  const column = start - (source.lastIndexOf('\n', start - 1) + 1);
  return source.slice(start - column, start).trim() === '' ? column : undefined;
}
