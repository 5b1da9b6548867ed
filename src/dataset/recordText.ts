import { randomInt } from 'node:crypto';
import { t } from '@vscode/l10n';
import { objectTree, removeProperty, setProperty, setValue, splice, styleOf, write } from './jsonEdit';
import { nodeAt, property, syntaxError, treeOf } from './jsonTree';
import type { JsonPath, TextError } from './jsonTree';
import { isObject, metaOf } from './record';
import type { DatasetRecord } from './record';
import { layoutOf } from './shapes/layout';
import { emptyFieldsLike } from './shapes/newRecord';
import { readTurns } from './shapes/read';

export type { TextError } from './jsonTree';

export interface ParsedRecord {
  /** Present when the text is a record that a form can show: turns with known roles and text, in any known shape. */
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
  const layout = layoutOf(raw);
  if (layout === undefined) {
    return fail(t('This record has no list "messages".'), 'messages' in raw ? ['messages'] : []);
  }
  const { turns, problems } = readTurns(layout, raw);
  const [problem] = problems;
  if (problem !== undefined) return fail(problem.message, problem.path);
  const id = typeof raw.id === 'string' ? raw.id : '';
  const messages = turns.map(({ role, content }) => ({ role, content }));
  const shaped = layout.shape === 'messages' ? {} : { shaped: { layout, turns } };
  return { raw, record: { id, messages, meta: metaOf(raw.meta), ...shaped } };
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
  const layout = layoutOf(raw);
  const turns = layout === undefined ? [] : readTurns(layout, raw).turns;
  const question = turns.find(({ role }) => role === 'user') ?? turns[0];
  const meta = isObject(raw.meta) ? raw.meta : {};
  const status = meta.status;
  return {
    id: typeof raw.id === 'string' ? raw.id : '',
    topic: metaOf(meta).topic ?? '',
    status: typeof status === 'string' ? status : '',
    title: shorten(question?.content ?? (error === undefined ? '' : text)),
    turns: turns.length,
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

/** Sets a key of `meta`, or removes it when `value` is undefined. A `meta` that is no object is replaced. */
export function setMeta(text: string, key: string, value: unknown): string {
  const root = objectTree(text);
  const meta = property(root, 'meta');
  if (value === undefined) return removeProperty(text, ['meta'], key);
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

/** A draft with an empty question and an empty answer, in the shape of the record `like`. */
export function newRecordText(options: {
  readonly id: string;
  readonly system?: string | undefined;
  readonly topic?: string | undefined;
  /** What JSON.parse made of another record. */
  readonly like?: unknown;
}): string {
  const { id, system, topic, like } = options;
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: '' },
    { role: 'assistant', content: '' },
  ];
  const meta = { ...(topic === undefined ? {} : { topic }), status: 'draft' };
  return JSON.stringify({ id, ...(emptyFieldsLike(like) ?? { messages }), meta });
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
