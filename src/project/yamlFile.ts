import { t } from '@vscode/l10n';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node, YAMLError } from 'yaml';
import * as z from 'zod/mini';
import type { Place } from '../protocol/errors';
import { issueMessages } from './schemaMessages';
import type { Path } from './schemaMessages';

/** What is wrong in a YAML file, and exactly where. Lines and columns count from 1, in UTF-16 units; the end is exclusive. */
export interface YamlProblem {
  readonly message: string;
  readonly severity: 'error' | 'warning';
  /** Keys and indices from the root to what is wrong. */
  readonly path: Path;
  readonly place: Required<Place>;
  readonly endLine: number;
  readonly endColumn: number;
}

interface ProblemOptions {
  /** The key is what is wrong, not its value. */
  readonly key?: boolean;
  readonly severity?: 'error' | 'warning';
}

export interface YamlResult<T> {
  /** Absent when there is an error among `problems`. */
  readonly value?: T;
  readonly problems: readonly YamlProblem[];
  /** A problem at the value (or the key) at `path`, or at its nearest ancestor: for what is found wrong later. */
  readonly at: (path: Path, message: string, options?: ProblemOptions) => YamlProblem;
}

/** Aliases a file may expand to: more is an attack or an accident, never a configuration. */
const MAX_ALIASES = 100;

/** Parses and validates a YAML file. Never throws on its content. */
export function parseYamlFile<S extends z.ZodMiniType>(
  text: string,
  schema: S,
  file: string,
): YamlResult<z.output<S>> {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lineStarts = startsOfLines(source);
  const document = parseDocument(source, { prettyErrors: false, uniqueKeys: true });
  const problem = (
    [start, end]: readonly [number, number],
    path: Path,
    message: string,
    severity: 'error' | 'warning',
  ): YamlProblem => {
    const from = positionOf(lineStarts, start);
    const to = positionOf(lineStarts, Math.max(start, end));
    return {
      message,
      severity,
      path,
      place: { file, ...from },
      endLine: to.line,
      endColumn: to.column,
    };
  };
  const at = (path: Path, message: string, options: ProblemOptions = {}): YamlProblem =>
    problem(
      rangeOf(document, path, options.key ?? false, source),
      path,
      message,
      options.severity ?? 'error',
    );

  const problems: YamlProblem[] = [
    ...document.errors.map((error) => problem(syntaxRange(error, source), [], syntaxMessage(error), 'error')),
    ...document.warnings.map((error) =>
      problem(syntaxRange(error, source), [], syntaxMessage(error), 'warning'),
    ),
  ];
  visit(document, {
    Alias: (_key, alias) => {
      const range = rangeOfNode(alias);
      if (alias.resolve(document) === undefined && range !== undefined) {
        problems.push(problem(range, [], t('This alias refers to nothing.'), 'error'));
      }
    },
  });
  if (problems.some(({ severity }) => severity === 'error')) return { problems, at };

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return {
      problems: [...problems, at([], t('The file uses too many aliases, or one that refers to itself.'))],
      at,
    };
  }
  if (value === null || value === undefined) {
    return { problems: [...problems, at([], t('The file is empty.'))], at };
  }
  let parsed = z.safeParse(schema, value);
  if (!parsed.success && numbersToTexts(document, value, parsed.error.issues))
    parsed = z.safeParse(schema, value);
  if (parsed.success) return { value: parsed.data, problems, at };
  for (const issue of parsed.error.issues) {
    for (const { path, message, wholeKey } of issueMessages(issue, schema, value)) {
      problems.push(at(path, message, { key: wholeKey }));
    }
  }
  problems.sort(
    (a, b) =>
      a.place.line - b.place.line ||
      a.place.column - b.place.column ||
      a.endLine - b.endLine ||
      a.endColumn - b.endColumn,
  );
  return { problems, at };
}

/** `time: 30` is a number to YAML, and `30` to whoever wrote it: where text is expected its source stands for it. */
function numbersToTexts(document: Document, value: unknown, issues: readonly z.core.$ZodIssue[]): boolean {
  let changed = false;
  for (const issue of issues) {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string' || issue.path.length === 0) continue;
    const path = issue.path as (string | number)[];
    const node = document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== 'number' || node.source === undefined) continue;
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((each, key) => (each as Record<string | number, unknown>)[key], value);
    (parent as Record<string | number, unknown>)[path.at(-1) ?? ''] = node.source;
    changed = true;
  }
  return changed;
}

/** Start and end offsets of what stands at `path`, or of its nearest ancestor's key when it is not there. */
function rangeOf(document: Document, path: Path, key: boolean, source: string): [number, number] {
  let node: unknown = document.contents;
  let keyRange: [number, number] | undefined;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => String(isScalar(item.key) ? item.key.value : item.key) === String(part),
      );
      if (pair === undefined) return keyRange ?? firstLine(document, source);
      keyRange = rangeOfNode(pair.key) ?? keyRange;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (item === undefined) return keyRange ?? firstLine(document, source);
      keyRange = rangeOfNode(item) ?? keyRange;
      node = item;
    } else {
      return keyRange ?? firstLine(document, source);
    }
  }
  if (path.length === 0) return firstLine(document, source);
  if (key) return keyRange ?? firstLine(document, source);
  const range = rangeOfNode(node);
  // `base:` without a value: nothing to underline but its key.
  return range === undefined || range[0] === range[1] ? (keyRange ?? firstLine(document, source)) : range;
}

function rangeOfNode(node: unknown): [number, number] | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  return range === null || range === undefined ? undefined : [range[0], range[1]];
}

/** What is wrong with the whole file is shown at its first key, not over all its lines. */
function firstLine(document: Document, source: string): [number, number] {
  const contents = document.contents;
  const first = isMap(contents) ? rangeOfNode(contents.items[0]?.key) : undefined;
  if (first !== undefined) return first;
  const start = rangeOfNode(contents)?.[0] ?? 0;
  const end = source.indexOf('\n', start);
  return [start, end === -1 ? source.length : end];
}

function syntaxRange(error: YAMLError, source: string): [number, number] {
  const [start, end] = error.pos;
  const from = Math.min(start, source.length);
  if (error.code === 'DUPLICATE_KEY') {
    // The parser names only where the key begins.
    return [
      from,
      from + (/^("[^"\n]*"|'[^'\n]*'|[^\n:]+)/.exec(source.slice(from))?.[0].trimEnd().length ?? 0),
    ];
  }
  return [from, Math.min(Math.max(end, from), source.length)];
}

function startsOfLines(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function positionOf(lineStarts: readonly number[], offset: number): { line: number; column: number } {
  const next = lineStarts.findIndex((start) => start > offset);
  const line = next === -1 ? lineStarts.length : next;
  return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
}

function syntaxMessage(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return t('This key occurs twice.');
    case 'TAB_AS_INDENT':
      return t('A tab cannot indent a line in YAML: use spaces.');
    case 'BAD_INDENT':
      return t('This line is not indented as the lines around it: use the same number of spaces.');
    case 'MISSING_CHAR':
      return t(
        'A character is missing here: a closing quote, bracket or brace, or a space after the colon. ({0})',
        error.message,
      );
    case 'MULTIPLE_DOCS':
      return t('The file holds more than one document: remove the "---" line.');
    case 'BAD_ALIAS':
      return t('This alias refers to nothing.');
    case 'BAD_DQ_ESCAPE':
      return t('A backslash in double quotes begins an escape that does not exist: use single quotes.');
    case 'BAD_SCALAR_START':
      return t('A value cannot begin with this character: put it in quotes.');
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return t('There is a second "key: value" in this line, or the colon is missing after a key.');
    default:
      return t('This is not valid YAML: {0}', error.message);
  }
}
