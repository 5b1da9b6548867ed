import { t } from '@vscode/l10n';
import { Lexer, isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import type { Node, Pair, YAMLError } from 'yaml';
import { STATUSES, isObject, isStatus } from './record';
import { escapeUnsafe } from './turnText';

/** What is wrong in the text of a record, and where: offsets in UTF-16 units, the end exclusive. */
export interface DocumentProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export const FRONT_KEYS = ['id', 'topic', 'status', 'sources'] as const;
export type FrontKey = (typeof FRONT_KEYS)[number];

/** One entry, offsets in the whole document. */
export interface FrontEntry {
  /** As YAML has it; what a change is recognised by. Undefined for an entry without a value. */
  readonly value: unknown;
  /** What the record gets, where it is what the key takes. */
  readonly wanted: string | readonly string[] | undefined;
  /** What is wrong inside the value, should it be one that the record had not before. */
  readonly fault?: DocumentProblem | undefined;
  readonly key: { readonly start: number; readonly end: number };
  /** An empty range behind the colon for an entry without a value. */
  readonly start: number;
  readonly end: number;
}

export type FrontMatter = Readonly<Partial<Record<FrontKey, FrontEntry>>>;

/** The four entries of a parsed record as lines. Values of another type than they should have are shown as JSON. */
export function writeFrontMatter(raw: unknown): string {
  const record = isObject(raw) ? raw : {};
  const meta = isObject(record.meta) ? record.meta : {};
  const { topic, status, sources } = meta;
  const lines = [
    `id:${entry(record.id)}`,
    `topic:${entry(topic)}`,
    `status:${entry(status)}`,
    ...(Array.isArray(sources) && sources.length > 0
      ? ['sources:', ...sources.map((source) => `  -${entry(source) || ' null'}`)]
      : [`sources:${entry(sources)}`]),
  ];
  return lines.join('\n');
}

/** A text as YAML takes it in one line: as it stands where that is safe, in double quotes elsewhere. */
export function yamlText(value: string): string {
  const safe = escapeUnsafe(value) === value && !/[\n\t]/.test(value);
  const plain = safe ? stringify(value, { lineWidth: 0 }).trimEnd() : '';
  return plain === '' || plain.includes('\n') ? escapeInJson(JSON.stringify(value)) : plain;
}

/** Reads `text` from `start` to `end`, the lines between the two `---`. */
export function readFrontMatter(
  text: string,
  start: number,
  end: number,
): { readonly front: FrontMatter; readonly problems: readonly DocumentProblem[] } {
  const source = text.slice(start, end);
  const document = parseDocument(source, { prettyErrors: false, uniqueKeys: true });
  const problems: DocumentProblem[] = [];
  const problem = (message: string, from: number, to: number): void => {
    const last = Math.min(source.length, Math.max(from + 1, to));
    problems.push({ message, start: start + Math.min(from, last), end: start + last });
  };
  for (const error of document.errors) {
    const [from, to] = error.pos;
    // Of a key that is there twice the parser tells only the beginning.
    const key = error.code === 'DUPLICATE_KEY' ? (/^[^:\n]*/.exec(source.slice(from))?.[0].length ?? 0) : 0;
    problem(syntaxMessage(error), from, Math.max(to, from + key));
  }
  if (problems.length > 0) return { front: {}, problems };
  for (const comment of commentsOf(source)) {
    problem(
      t(
        'What follows # is a comment, and a record has no place for it. Remove it, or put the text in quotes.',
      ),
      comment.start,
      comment.end,
    );
  }
  const { contents } = document;
  if (contents !== null && !isMap(contents)) {
    problem(t('Write one entry a line here, such as "status: draft".'), 0, source.trimEnd().length);
    return { front: {}, problems };
  }
  const front: Partial<Record<FrontKey, FrontEntry>> = {};
  for (const pair of contents?.items ?? []) {
    const [from, to] = rangeOf(pair.key);
    const key = FRONT_KEYS.find((each) => isScalar(pair.key) && pair.key.value === each);
    if (key === undefined) {
      problem(
        t(
          '"{0}" has no place here: the entries are {1}. What else the record has stays as it is.',
          source.slice(from, to),
          FRONT_KEYS.join(', '),
        ),
        from,
        to,
      );
      continue;
    }
    const read = readEntry(pair, source);
    const [valueStart, valueEnd] = read.range ?? [to, to];
    const place = (at: number): number => start + Math.min(source.length, at);
    front[key] = {
      value: read.value,
      wanted: read.wanted,
      fault: read.fault && { ...read.fault, start: place(read.fault.start), end: place(read.fault.end) },
      key: { start: start + from, end: start + to },
      start: start + valueStart,
      // A list ends where the next entry begins.
      end: start + valueStart + source.slice(valueStart, valueEnd).trimEnd().length,
    };
  }
  return { front, problems };
}

/** Why the record cannot get this value of a key, which it had not before; undefined when it can. */
export function refusalOf(key: FrontKey, entry: FrontEntry | undefined): string | undefined {
  const wanted = entry?.wanted;
  const missing = entry?.value === undefined;
  switch (key) {
    case 'id':
      if (missing || (typeof wanted === 'string' && wanted.trim() === ''))
        return t('The id is missing. Write it behind "id:".');
      return typeof wanted === 'string' ? undefined : t('The id must be one text.');
    case 'topic':
      return missing || typeof wanted === 'string' ? undefined : t('The topic must be one text.');
    case 'status':
      if (missing || isStatus(wanted)) return undefined;
      return t('This state is unknown. Use one of: {0}.', STATUSES.join(', '));
    case 'sources':
      if (missing || Array.isArray(wanted)) return undefined;
      return t('Write each source in a line of its own that begins with "  - ".');
  }
}

function entry(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return ` ${yamlText(value)}`;
  return ` ${escapeInJson(JSON.stringify(value))}`;
}

/** JSON is YAML, but for signs that an editor would not leave alone. */
function escapeInJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028\u2029\uFEFF]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

type Range = readonly [number, number];

function readEntry(
  { value: node }: Pair,
  source: string,
): Pick<FrontEntry, 'value' | 'wanted' | 'fault'> & { readonly range?: Range } {
  if (node === null || (isScalar(node) && node.value === null))
    return { value: undefined, wanted: undefined };
  const range = rangeOf(node);
  if (isScalar(node)) return { value: node.value, wanted: textOf(node, source), range };
  if (!isSeq(node)) return { value: source.slice(...range), wanted: undefined, range };
  const texts = node.items.map((item) => (isEmpty(item) ? undefined : textOf(item, source)));
  const value = node.items.map((item, at) => (isScalar(item) ? item.value : texts[at]));
  if (texts.every((text) => text !== undefined)) return { value, wanted: texts, range };
  const empty = node.items.find(isEmpty);
  if (empty === undefined) return { value, wanted: undefined, range };
  const [start, end] = rangeOf(empty);
  const message = t('This source is empty. Write it, or remove its dash.');
  return { value, wanted: undefined, fault: { message, start, end: Math.max(end, start + 1) }, range };
}

function isEmpty(item: unknown): boolean {
  return item === null || (isScalar(item) && item.value === null);
}

/** `- Acórdão: proc. n.º 5` is a map to YAML, and `0042` a number; whoever wrote them meant text. */
function textOf(node: unknown, source: string): string | undefined {
  if (isScalar(node) && typeof node.value === 'string') return node.value;
  const written = source.slice(...rangeOf(node)).trim();
  return written.includes('\n') || written === '' ? undefined : written;
}

function rangeOf(node: unknown): Range {
  const range = (node as Node | null)?.range;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}

function commentsOf(source: string): { start: number; end: number }[] {
  const comments: { start: number; end: number }[] = [];
  let at = 0;
  let scalar = false;
  for (const token of new Lexer().lex(source)) {
    // Marks that the lexer puts between the pieces of the source; the last one announces a value.
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') {
      scalar = token === '\u001f';
      continue;
    }
    if (!scalar && token.startsWith('#')) comments.push({ start: at, end: at + token.length });
    scalar = false;
    at += token.length;
  }
  return comments;
}

function syntaxMessage(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return t('This key occurs twice.');
    case 'TAB_AS_INDENT':
      return t('A tab cannot indent a line in YAML: use spaces.');
    case 'BAD_INDENT':
      return t('This line is not indented as the lines around it: use the same number of spaces.');
    default:
      return t(
        'This entry cannot be read. A text with a colon, a quote or a bracket needs quotes around it.',
      );
  }
}
