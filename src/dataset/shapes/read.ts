import { t } from '@vscode/l10n';
import type { JsonPath } from '../jsonTree';
import { isObject, isRole } from '../record';
import type { Role, Turn } from '../record';
import { roleOfWord, turnKeys } from './roleWords';
import type { Layout, Segment, ShapedTurn } from './shape';

export interface ShapeProblem {
  readonly message: string;
  readonly path: JsonPath;
}

export interface ShapeReading {
  /** One for every place of a turn, also where its role (then the user's) or text (then empty) cannot be read. */
  readonly turns: readonly ShapedTurn[];
  readonly problems: readonly ShapeProblem[];
}

/** The turns of a record, in the order in which they are spoken. */
export function readTurns(layout: Layout, raw: unknown): ShapeReading {
  const turns: ShapedTurn[] = [];
  const problems: ShapeProblem[] = [];
  const strict = layout.shape === 'messages';
  for (const segment of layout.segments) {
    const value = isObject(raw) ? raw[keyOf(segment)] : undefined;
    switch (segment.kind) {
      case 'text':
        turns.push(textTurn(segment, value, problems));
        break;
      case 'object':
        turns.push(objectTurn(value, segment, segment.path, turns.length + 1, strict, problems));
        break;
      case 'list':
        for (const [index, element] of (value as unknown[]).entries()) {
          const path = [...segment.path, index];
          turns.push(objectTurn(element, segment, path, turns.length + 1, strict, problems));
        }
        break;
      case 'pairs':
        turns.push(...pairTurns(value as unknown[], segment.path, problems));
        break;
    }
  }
  return { turns, problems };
}

function keyOf(segment: Segment): string {
  return segment.kind === 'text' ? segment.key : String(segment.path[0]);
}

function textTurn(
  segment: Extract<Segment, { kind: 'text' }>,
  value: unknown,
  problems: ShapeProblem[],
): ShapedTurn {
  const { key, role, part, optional } = segment;
  if (typeof value !== 'string') problems.push({ message: t('"{0}" is no text.', key), path: [key] });
  return {
    role,
    content: typeof value === 'string' ? value : '',
    part,
    path: [key],
    contentPath: [key],
    rolePath: undefined,
    list: undefined,
    key,
    optional,
  };
}

function objectTurn(
  value: unknown,
  segment: Extract<Segment, { kind: 'list' | 'object' }>,
  path: JsonPath,
  number: number,
  strict: boolean,
  problems: ShapeProblem[],
): ShapedTurn {
  const object = isObject(value) ? value : {};
  const keys = strict ? ({ role: 'role', content: 'content' } as const) : turnKeys(object);
  const role = strict ? own(object[keys.role]) : roleOfWord(object[keys.role]);
  const content = object[keys.content];
  const at = (key: string): JsonPath => (Object.hasOwn(object, key) ? [...path, key] : path);
  if (!isObject(value)) {
    problems.push({ message: t('Turn {0} is not an object with "role" and "content".', number), path });
  } else if (role === undefined) {
    problems.push({
      message: t('Turn {0} has a role that is not system, user or assistant.', number),
      path: at(keys.role),
    });
  } else if (typeof content !== 'string') {
    problems.push({
      message: t('Turn {0} has no text as "{1}".', number, keys.content),
      path: at(keys.content),
    });
  }
  return {
    role: role ?? 'user',
    content: typeof content === 'string' ? content : '',
    part: segment.part,
    path,
    contentPath: [...path, keys.content],
    rolePath: [...path, keys.role],
    list: segment.kind === 'list' ? segment.path : undefined,
    key: undefined,
    optional: segment.kind === 'list',
  };
}

function own(role: unknown): Role | undefined {
  return isRole(role) ? role : undefined;
}

/** `history` of Alpaca as LLaMA-Factory reads it: pairs of a question and its answer. */
function pairTurns(value: readonly unknown[], path: JsonPath, problems: ShapeProblem[]): ShapedTurn[] {
  return value.flatMap((pair, index) => {
    const texts: unknown[] = Array.isArray(pair) ? pair : [];
    if (texts.length !== 2 || texts.some((text) => typeof text !== 'string')) {
      problems.push({
        message: t('Part {0} of "history" is not a pair of a question and its answer.', index + 1),
        path: [...path, index],
      });
      return [];
    }
    return texts.map((text, side): ShapedTurn => {
      const place = [...path, index, side];
      return {
        role: side === 0 ? 'user' : 'assistant',
        content: String(text),
        part: 'talk',
        path: place,
        contentPath: place,
        rolePath: undefined,
        list: undefined,
        key: undefined,
        optional: false,
      };
    });
  });
}

/**
 * The conversation that these turns make: texts of the user's that stand beside each other (an instruction and its
 * input) are one turn; of two answers the preferred one counts.
 */
export function conversationOf(turns: readonly ShapedTurn[]): Turn[] {
  const talk: Turn[] = [];
  let joins = false;
  for (const { role, content, part, key, optional } of turns) {
    if (part === 'rejected' || (key !== undefined && optional && content.trim() === '')) continue;
    const last = talk.at(-1);
    if (joins && key !== undefined && last?.role === role && role === 'user') {
      talk[talk.length - 1] = { role, content: `${last.content}\n${content}` };
    } else {
      talk.push({ role, content });
    }
    joins = key !== undefined;
  }
  return talk;
}
