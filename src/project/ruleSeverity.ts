import { isMap, isScalar, parseDocument } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';

const STEP = 2;

/**
 * The text of afina.yaml with the severity of a rule under `checks.rules`. Comments, order and spacing stay as they
 * are; only where the file is written in a way that leaves no place for it, it is written anew. Undefined for a text
 * that is no YAML, and where what it has there is something else.
 */
export function setRuleSeverity(source: string, rule: string, severity: string): string | undefined {
  const document = parseDocument(source);
  if (document.errors.length > 0) return undefined;
  const placed = insert(source, document, rule, severity);
  if (placed !== undefined && severityIn(placed, rule) === severity) return placed;
  try {
    document.setIn(['checks', 'rules', rule], severity);
  } catch {
    return undefined; // an alias, say, that stands for something else elsewhere
  }
  const written = document.toString();
  return severityIn(written, rule) === severity ? written : undefined;
}

function severityIn(source: string, rule: string): unknown {
  const document = parseDocument(source);
  return document.errors.length > 0 ? undefined : document.getIn(['checks', 'rules', rule]);
}

function insert(source: string, document: Document, rule: string, severity: string): string | undefined {
  const root = document.contents;
  if (root !== null && !isMap(root)) return undefined;
  const checks = root === null ? undefined : pairOf(root, 'checks');
  if (root === null || checks === undefined) {
    const column = root === null ? 0 : columnOf(source, root);
    const block = [`checks:`, `${' '.repeat(STEP)}rules:`, `${' '.repeat(2 * STEP)}${rule}: ${severity}`];
    return below(source, document, root, block, column);
  }
  if (!isMap(checks.value)) return undefined;
  const rules = pairOf(checks.value, 'rules');
  if (rules === undefined) {
    if (checks.value.flow === true) return undefined;
    const block = ['rules:', `${' '.repeat(STEP)}${rule}: ${severity}`];
    return below(source, document, checks.value, block, columnOf(source, checks.value));
  }
  if (!isMap(rules.value)) return undefined;
  const present = pairOf(rules.value, rule)?.value;
  if (isScalar(present) && present.range != null) {
    return source.slice(0, present.range[0]) + severity + source.slice(present.range[1]);
  }
  if (present !== undefined && present !== null) return undefined;
  if (rules.value.flow === true) return intoFlow(source, rules.value, `${rule}: ${severity}`);
  return below(source, document, rules.value, [`${rule}: ${severity}`], columnOf(source, rules.value));
}

/** Lines under the last entry of a map; at the end of the file where there is none. */
function below(
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

function intoFlow(source: string, map: YAMLMap, entry: string): string | undefined {
  const close = (map.range?.[1] ?? 0) - 1;
  if (source[close] !== '}') return undefined;
  const end = map.items.length === 0 ? undefined : endOf(map.items[map.items.length - 1]);
  if (end !== undefined) return `${source.slice(0, end)}, ${entry}${source.slice(end)}`;
  return `${source.slice(0, close)}${entry}${source.slice(close)}`;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
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

function columnOf(source: string, map: YAMLMap): number | undefined {
  const first = map.items[0]?.key;
  const start = isScalar(first) ? first.range?.[0] : undefined;
  if (start === undefined) return undefined;
  const column = start - (source.lastIndexOf('\n', start - 1) + 1);
  return source.slice(start - column, start).trim() === '' ? column : undefined;
}
