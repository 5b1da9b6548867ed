import { t } from '@vscode/l10n';
import { UserError } from '../../protocol/errors';
import {
  commaOf,
  objectTree,
  removeChild,
  removeProperty,
  replaceValue,
  setProperty,
  setValue,
  splice,
  styleOf,
  write,
  writeProperty,
} from '../jsonEdit';
import { nodeAt, property } from '../jsonTree';
import type { JsonPath, Node } from '../jsonTree';
import { isObject } from '../record';
import type { Role, Turn } from '../record';
import { layoutOf } from './layout';
import { readTurns } from './read';
import { roleOfWord, turnKeys, wordFor } from './roleWords';
import { SHAPE_TITLES } from './titles';
import type { AddableText, Layout, ShapedTurn, TurnPart } from './shape';

/** A place where a turn can be added, and what it would be. */
export interface Addition {
  readonly at: number;
  readonly role: Role;
  readonly part: TurnPart;
  /** The text of the record that it becomes; null: one more turn of a list. */
  readonly key: string | null;
}

export interface TurnChanges {
  readonly role: boolean;
  readonly remove: boolean;
  readonly up: boolean;
  readonly down: boolean;
}

const HISTORY = 'history';

interface Shaped {
  readonly layout: Layout;
  readonly turns: readonly ShapedTurn[];
}

/** A record without turns gets `messages`. */
const EMPTY: Layout = { shape: 'messages', segments: [], addable: [] };

function shapedOf(text: string): Shaped {
  objectTree(text);
  const raw: unknown = JSON.parse(text);
  const layout = layoutOf(raw) ?? EMPTY;
  return { layout, turns: readTurns(layout, raw).turns };
}

export function setTurnContent(text: string, index: number, content: string): string {
  const { contentPath } = turnAt(shapedOf(text), index);
  return setAt(text, contentPath, content);
}

export function setTurnRole(text: string, index: number, role: Role): string {
  const shaped = shapedOf(text);
  const { rolePath, list } = turnAt(shaped, index);
  if (rolePath === undefined) throw cannot(shaped.layout);
  const raw: unknown = JSON.parse(text);
  const now = valueAt(raw, rolePath);
  if (shaped.layout.shape !== 'messages' && roleOfWord(now) === role) return text;
  const words = list === undefined ? [now] : wordsOf(valueAt(raw, list));
  return setAt(text, rolePath, shaped.layout.shape === 'messages' ? role : wordFor(role, words));
}

/** Puts a turn before the one at `index`, or at the end. Throws UserError where the record has no place for it. */
export function insertTurn(text: string, index: number, turn: Turn): string {
  const shaped = shapedOf(text);
  const { layout, turns } = shaped;
  const list = listAt(shaped, index);
  if (list !== undefined) {
    const first = turns.findIndex((each) => samePath(each.list, list));
    return insertElement(text, list, first < 0 ? 0 : index - first, turn, layout.shape === 'messages');
  }
  const addable = layout.addable.find(({ role }) => role === turn.role);
  if (addable !== undefined) return writeProperty(text, addable.key, turn.content, addable.after);
  if (layout !== EMPTY) throw cannot(layout);
  const root = objectTree(text);
  const element = write({ role: turn.role, content: turn.content }, styleOf(text, root));
  return setProperty(text, root, 'messages', `[${element}]`);
}

/** Adds an empty question and its answer to the earlier ones of an Alpaca record, behind them. */
export function insertPair(text: string): string {
  const { layout } = shapedOf(text);
  if (layout.shape !== 'alpaca') throw cannot(layout);
  const root = objectTree(text);
  const list = property(root, HISTORY);
  if (list?.type !== 'array') return writeProperty(text, HISTORY, [['', '']], 'instruction');
  const style = styleOf(text, list.children?.[0] ?? root);
  return insertIn(text, list, list.children?.length ?? 0, write(['', ''], style), style.comma);
}

export function removeTurn(text: string, index: number): string {
  const shaped = shapedOf(text);
  const turn = shaped.turns[index];
  if (turn === undefined) return text;
  const [key] = turn.path;
  if (turn.list !== undefined) {
    const children = childrenOf(text, turn.list);
    const child = children[Number(turn.path.at(-1))];
    return child === undefined ? text : removeChild(text, children, child);
  }
  if (!turn.optional || typeof key !== 'string') throw cannot(shaped.layout);
  return removeProperty(text, [], key);
}

/** Removes a turn, and of a pair the other one with it: neither means anything alone. */
export function removeWithPartner(text: string, index: number): string {
  const turn = shapedOf(text).turns[index];
  if (turn === undefined || !isPaired(turn)) return removeTurn(text, index);
  const pairs = childrenOf(text, [HISTORY]);
  const pair = pairs[Number(turn.path[1])];
  return pair === undefined ? text : removeChild(text, pairs, pair);
}

/** Moves a turn so that it stands at `to` afterwards. */
export function moveTurn(text: string, from: number, to: number): string {
  const shaped = shapedOf(text);
  const { turns, layout } = shaped;
  const moved = turns[from];
  if (moved === undefined || from === to) return text;
  const first = turns.findIndex(({ list }) => moved.list !== undefined && samePath(list, moved.list));
  const size = turns.filter(({ list }) => moved.list !== undefined && samePath(list, moved.list)).length;
  if (moved.list === undefined || to < first) throw cannot(layout);
  if (to >= first + size && turns.length > first + size) throw cannot(layout);
  const children = childrenOf(text, moved.list);
  const sources = children.map(({ offset, length }) => text.slice(offset, offset + length));
  const [source] = sources.splice(from - first, 1);
  sources.splice(to - first, 0, source ?? '');
  let result = text;
  for (const [at, child] of [...children.entries()].reverse()) {
    result = splice(result, child.offset, child.length, sources[at] ?? '');
  }
  return result;
}

/** What a form may offer to do with each of the turns. */
export function changesOf(turns: readonly ShapedTurn[]): TurnChanges[] {
  return turns.map((turn, index) => {
    const beside = (other: ShapedTurn | undefined): boolean =>
      turn.list !== undefined && other !== undefined && samePath(other.list, turn.list);
    return {
      role: turn.rolePath !== undefined,
      remove: turn.list !== undefined || isPaired(turn) || (turn.key !== undefined && turn.optional),
      up: beside(turns[index - 1]),
      down: beside(turns[index + 1]),
    };
  });
}

/** Where a form may offer to add a turn. */
export function additionsOf(layout: Layout, turns: readonly ShapedTurn[]): Addition[] {
  const lists = layout.segments.flatMap((segment): Addition[] => {
    if (segment.kind !== 'list') return [];
    const last = turns.findLastIndex(({ list }) => samePath(list, segment.path));
    // Between two lists without turns nobody could tell which of them is meant.
    if (last < 0 && layout.segments.length > 1) return [];
    const role = turns[last]?.role === 'user' ? 'assistant' : 'user';
    return [{ at: last + 1, role, part: segment.part, key: null }];
  });
  const texts = layout.addable.map(({ key, role, after }: AddableText): Addition => {
    const sibling = turns.findIndex((turn) => turn.key === after);
    return { at: role === 'system' ? sibling : sibling + 1, role, part: 'talk', key };
  });
  if (layout.shape !== 'alpaca') return [...texts, ...lists];
  const question = turns.findIndex(({ key }) => key === 'instruction');
  return [...texts, { at: question, role: 'user', part: 'talk', key: HISTORY }];
}

/** A question or an answer of Alpaca's `history`, which holds them in pairs. */
function isPaired({ path }: ShapedTurn): boolean {
  return path.length === 3 && path[0] === HISTORY;
}

function turnAt({ turns }: Shaped, index: number): ShapedTurn {
  const turn = turns[index];
  if (turn === undefined) throw new RangeError(`no turn ${index}`);
  return turn;
}

/** The list that a turn put before `index` would be in: that of the turn before it, or else of the one there. */
function listAt({ layout, turns }: Shaped, index: number): JsonPath | undefined {
  const beside = turns[Math.min(index, turns.length) - 1]?.list ?? turns[index]?.list;
  if (beside !== undefined) return beside;
  const lists = layout.segments.filter((segment) => segment.kind === 'list');
  return lists.length === 1 && layout.addable.length === 0 ? lists[0]?.path : undefined;
}

function insertElement(text: string, path: JsonPath, index: number, turn: Turn, strict: boolean): string {
  const root = objectTree(text);
  const list = nodeAt(root, path);
  const children = list?.children ?? [];
  const like = children.find((child) => child.type === 'object');
  const style = styleOf(text, like ?? root);
  const raw = valueAt(JSON.parse(text), path);
  const neighbour = Array.isArray(raw) ? (raw as unknown[]).find(isObject) : undefined;
  const keys = strict
    ? ({ role: 'role', content: 'content' } as const)
    : neighbour === undefined
      ? ({ role: 'from', content: 'value' } as const)
      : turnKeys(neighbour);
  const role = strict ? turn.role : wordFor(turn.role, wordsOf(raw));
  const element = write({ [keys.role]: role, [keys.content]: turn.content }, style);
  return list === undefined ? text : insertIn(text, list, index, element, style.comma);
}

/** `comma` stands between the elements of a list that has none to tell how it spaces them. */
function insertIn(text: string, list: Node, index: number, element: string, comma: string): string {
  const children = list.children ?? [];
  const between = commaOf(text, children) ?? comma;
  const next = children[index];
  if (next !== undefined) return splice(text, next.offset, 0, element + between);
  const last = children[children.length - 1];
  if (last !== undefined) return splice(text, last.offset + last.length, 0, between + element);
  return splice(text, list.offset + 1, 0, element);
}

function setAt(text: string, path: JsonPath, value: string): string {
  const key = path.at(-1);
  return typeof key === 'string'
    ? setValue(text, path.slice(0, -1), key, value)
    : replaceValue(text, path, value);
}

function childrenOf(text: string, path: JsonPath): readonly Node[] {
  const root = objectTree(text);
  const node = path.length === 1 ? property(root, String(path[0])) : nodeAt(root, path);
  return node?.type === 'array' ? (node.children ?? []) : [];
}

function valueAt(raw: unknown, path: JsonPath): unknown {
  let value = raw;
  for (const segment of path) {
    if (typeof segment === 'number') value = Array.isArray(value) ? (value as unknown[])[segment] : undefined;
    else value = isObject(value) ? value[segment] : undefined;
  }
  return value;
}

/** The words that the turns of a list have for their roles. */
function wordsOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).filter(isObject).map((turn) => turn[turnKeys(turn).role]);
}

function samePath(a: JsonPath | undefined, b: JsonPath | undefined): boolean {
  return a !== undefined && a.join('/') === b?.join('/');
}

function cannot({ shape }: Layout): UserError {
  return new UserError(
    'shape/change',
    t('A record of the format {0} has no place for this change.', SHAPE_TITLES[shape]),
  );
}
