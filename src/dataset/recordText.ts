import { randomInt } from 'node:crypto';
import { t } from '@vscode/l10n';
import { nodeAt, property, propertyNode, syntaxError, treeOf } from './jsonTree';
import type { JsonPath, Node, TextError } from './jsonTree';
import { isObject, isRole, metaOf } from './record';
import type { DatasetRecord, Role, Turn } from './record';

export type { TextError } from './jsonTree';

export interface ParsedRecord {
  /** Present when the text is a record that a form can show: a list of turns with known roles and text. */
  readonly record?: DatasetRecord;
  /** Why it is not, and where in the text. */
  readonly error?: TextError;
  /** What JSON.parse makes of the text; undefined when it is not JSON. */
  readonly raw: unknown;
}

/** Reads one line of a dataset. Never throws. */
export function parseRecordText(text: string): ParsedRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { raw: undefined, error: syntaxError(text) };
  }
  const fail = (message: string, path: JsonPath): ParsedRecord => {
    const node = nodeAt(treeOf(text), path);
    return { raw, error: { message, offset: node?.offset ?? 0, length: node?.length ?? text.length } };
  };
  if (!isObject(raw)) return fail(t('A record is an object in braces { }; this is something else.'), []);
  const { messages } = raw;
  if (!Array.isArray(messages)) {
    return fail(t('This record has no list "messages".'), 'messages' in raw ? ['messages'] : []);
  }
  const turns: Turn[] = [];
  for (const [index, message] of (messages as unknown[]).entries()) {
    const path = ['messages', index];
    if (!isObject(message))
      return fail(t('Turn {0} is not an object with "role" and "content".', index + 1), path);
    const { role, content } = message;
    if (!isRole(role)) {
      return fail(
        t('Turn {0} has a role that is not system, user or assistant.', index + 1),
        'role' in message ? [...path, 'role'] : path,
      );
    }
    if (typeof content !== 'string') {
      return fail(
        t('Turn {0} has no text as "content".', index + 1),
        'content' in message ? [...path, 'content'] : path,
      );
    }
    turns.push({ role, content });
  }
  const id = typeof raw.id === 'string' ? raw.id : '';
  return { raw, record: { id, messages: turns, meta: metaOf(raw.meta) } };
}

/** What a list shows of a record. */
export interface RecordSummary {
  readonly id: string;
  readonly topic: string;
  /** As the file has it, known or not; empty when there is none. */
  readonly status: string;
  /** Beginning of the first user turn, white space made single. */
  readonly title: string;
  readonly turns: number;
  readonly error?: string;
}

const TITLE = 120;

/** Never throws: a broken line has an error and the beginning of its text as title. */
export function summary(text: string): RecordSummary {
  const { raw, error } = parseRecordText(text);
  const problem = error === undefined ? {} : { error: error.message };
  if (!isObject(raw)) return { id: '', topic: '', status: '', title: shorten(text), turns: 0, ...problem };
  const messages: unknown[] = Array.isArray(raw.messages) ? raw.messages : [];
  const content = (role?: string): string | undefined => {
    const found = messages.find((turn) => isObject(turn) && (role === undefined || turn.role === role));
    return isObject(found) && typeof found.content === 'string' ? found.content : undefined;
  };
  const meta = isObject(raw.meta) ? raw.meta : {};
  const status = meta.status;
  return {
    id: typeof raw.id === 'string' ? raw.id : '',
    topic: metaOf(meta).topic ?? '',
    status: typeof status === 'string' ? status : '',
    title: shorten(content('user') ?? content() ?? (error === undefined ? '' : text)),
    turns: messages.length,
    ...problem,
  };
}

/** Cuts between characters, never inside one. */
function shorten(text: string): string {
  const line = text
    .slice(0, TITLE * 4)
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= TITLE) return line;
  return `${line.slice(0, TITLE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function setTurnContent(text: string, index: number, content: string): string {
  return setValue(text, ['messages', index], 'content', content);
}

export function setTurnRole(text: string, index: number, role: Role): string {
  return setValue(text, ['messages', index], 'role', role);
}

/** Puts a turn before the one at `index`, or at the end. */
export function insertTurn(text: string, index: number, turn: Turn): string {
  const root = objectTree(text);
  const list = property(root, 'messages');
  const style = styleOf(text, list?.children?.find((child) => child.type === 'object') ?? root);
  const element = write({ role: turn.role, content: turn.content }, style);
  if (list?.type !== 'array') return setProperty(text, root, 'messages', `[${element}]`);
  const children = list.children ?? [];
  const comma = commaOf(text, children) ?? style.comma;
  const next = children[index];
  if (next !== undefined) return splice(text, next.offset, 0, element + comma);
  const last = children[children.length - 1];
  if (last !== undefined) return splice(text, last.offset + last.length, 0, comma + element);
  return splice(text, list.offset + 1, 0, element);
}

export function removeTurn(text: string, index: number): string {
  const list = property(objectTree(text), 'messages');
  const children = list?.type === 'array' ? (list.children ?? []) : [];
  const child = children[index];
  return child === undefined ? text : removeChild(text, children, child);
}

/** Moves a turn so that it stands at `to` afterwards. */
export function moveTurn(text: string, from: number, to: number): string {
  const list = property(objectTree(text), 'messages');
  const children = list?.type === 'array' ? (list.children ?? []) : [];
  const sources = children.map(({ offset, length }) => text.slice(offset, offset + length));
  const [moved] = sources.splice(from, 1);
  if (moved === undefined || from === to) return text;
  sources.splice(to, 0, moved);
  let result = text;
  for (const [at, child] of [...children.entries()].reverse()) {
    result = splice(result, child.offset, child.length, sources[at] ?? '');
  }
  return result;
}

/** Sets a key of `meta`, or removes it when `value` is undefined. A `meta` that is no object is replaced. */
export function setMeta(text: string, key: string, value: unknown): string {
  const root = objectTree(text);
  const meta = property(root, 'meta');
  if (value === undefined) {
    // Every one of that name: otherwise an earlier one would come back to light.
    let result = text;
    for (;;) {
      const node = property(objectTree(result), 'meta');
      const found = propertyNode(node, key);
      if (found === undefined) return result;
      result = removeChild(result, node?.children ?? [], found);
    }
  }
  if (meta?.type === 'object') return setValue(text, ['meta'], key, value);
  return setProperty(text, root, 'meta', write({ [key]: value }, styleOf(text, root)));
}

/** Sets the id; a record without one gets it as its first key. */
export function setId(text: string, id: string): string {
  const root = objectTree(text);
  if (property(root, 'id') !== undefined) return setValue(text, [], 'id', id);
  const style = styleOf(text, root);
  const rest = root.children?.[0];
  const entry = `"id"${style.colon}${JSON.stringify(id)}`;
  if (rest === undefined) return splice(text, root.offset + 1, 0, entry);
  return splice(text, rest.offset, 0, entry + style.comma);
}

/** A draft with an empty question and an empty answer. */
export function newRecordText(options: {
  readonly id: string;
  readonly system?: string | undefined;
  readonly topic?: string | undefined;
}): string {
  const { id, system, topic } = options;
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: '' },
    { role: 'assistant', content: '' },
  ];
  const meta = { ...(topic === undefined ? {} : { topic }), status: 'draft' };
  return JSON.stringify({ id, messages, meta });
}

/** A copy with another id. It is a draft again: nobody has reviewed it. */
export function duplicateRecordText(text: string, id: string): string {
  const copy = setId(text, id);
  const { raw } = parseRecordText(copy);
  const meta = isObject(raw) && isObject(raw.meta) ? raw.meta : {};
  const unreviewed = meta.reviews === undefined ? copy : setMeta(copy, 'reviews', undefined);
  return meta.status === undefined ? unreviewed : setMeta(unreviewed, 'status', 'draft');
}

const ID_LETTERS = '23456789abcdefghjkmnpqrstvwxyz';

/** An id of the neighbour's kind (`dm-0042` → `dm-k3v9x2p`), random so that no two people make the same one. */
export function newId(like = ''): string {
  const prefix = /^(.*?)[-_.]?[^-_.]*$/.exec(like)?.[1] ?? '';
  const separator = prefix === '' ? '' : (like[prefix.length] ?? '-');
  const letters = Array.from({ length: 8 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
  return `${prefix === '' ? 'r-' : prefix + separator}${letters}`;
}

interface Style {
  /** What stands between a name and its value, colon included. */
  readonly colon: string;
  /** What stands between two entries, comma included. */
  readonly comma: string;
}

/** How an object of the text spaces its entries, so that what is added looks like the rest. */
function styleOf(text: string, node: Node): Style {
  const entries = node.children ?? [];
  const [name, value] = entries[0]?.children ?? [];
  const colon = name === undefined || value === undefined ? ':' : between(text, name, value);
  return { colon, comma: commaOf(text, entries) ?? (colon === ':' ? ',' : ', ') };
}

function commaOf(text: string, children: readonly Node[]): string | undefined {
  const [first, second] = children;
  return first === undefined || second === undefined ? undefined : between(text, first, second);
}

function between(text: string, first: Node, second: Node): string {
  return text.slice(first.offset + first.length, second.offset);
}

function write(value: unknown, style: Style): string {
  if (Array.isArray(value)) return `[${value.map((each) => write(each, style)).join(style.comma)}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}${style.colon}${write(each, style)}`,
  );
  return `{${entries.join(style.comma)}}`;
}

/** Throws RangeError when the text is no JSON object: there is nothing to edit but the text itself. */
function objectTree(text: string): Node {
  let tree: Node | undefined;
  try {
    JSON.parse(text);
    tree = treeOf(text);
  } catch {
    tree = undefined;
  }
  if (tree?.type !== 'object') throw new RangeError('not a JSON object');
  return tree;
}

function setValue(text: string, path: JsonPath, key: string, value: unknown): string {
  const root = objectTree(text);
  const object = nodeAt(root, path);
  if (object?.type !== 'object') throw new RangeError(`no object at ${path.join('.')}`);
  const present = property(object, key);
  if (present !== undefined && sameValue(text, present, value)) return text;
  const style = present === undefined ? styleOf(text, object) : styleOf(text, root);
  return setProperty(text, object, key, write(value, style));
}

/** The same value in another spelling (`\u00e7` for `ç`) is no edit. */
function sameValue(text: string, node: Node, value: unknown): boolean {
  const now: unknown = JSON.parse(text.slice(node.offset, node.offset + node.length));
  return JSON.stringify(now) === JSON.stringify(value);
}

/** `source` is the value as JSON. */
function setProperty(text: string, object: Node, key: string, source: string): string {
  const present = property(object, key);
  if (present !== undefined) return splice(text, present.offset, present.length, source);
  const style = styleOf(text, object);
  const entry = `${JSON.stringify(key)}${style.colon}${source}`;
  const last = object.children?.[object.children.length - 1];
  if (last === undefined) return splice(text, object.offset + 1, 0, entry);
  return splice(text, last.offset + last.length, 0, style.comma + entry);
}

/**
 * Takes a child and one comma out. jsonc-parser's `modify` would do, but for the last element of a list it
 * computes the wrong end (`[1,2]` becomes `[12]`), and it edits the first of two equal keys.
 */
function removeChild(text: string, children: readonly Node[], child: Node): string {
  const at = children.indexOf(child);
  const previous = children[at - 1];
  const next = children[at + 1];
  if (next !== undefined) return splice(text, child.offset, next.offset - child.offset, '');
  const start = previous === undefined ? child.offset : previous.offset + previous.length;
  return splice(text, start, child.offset + child.length - start, '');
}

function splice(text: string, offset: number, length: number, replacement: string): string {
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}
