import { isObject } from '../record';
import type { Role } from '../record';
import type { AddableText, Layout, Segment, TurnPart } from './shape';

type Fields = Readonly<Record<string, unknown>>;

/** What others call a question's material and an answer. */
const INPUTS = ['input', 'context'] as const;
const ANSWERS = ['output', 'response', 'answer'] as const;
const COMPLETIONS = ['completion', 'response'] as const;

/** Where this record keeps its turns, told by what is in it; undefined when it has none that Afina knows. */
export function layoutOf(raw: unknown): Layout | undefined {
  if (!isObject(raw)) return undefined;
  if (has(raw, 'chosen') && has(raw, 'rejected')) return preference(raw);
  if (Array.isArray(raw.messages)) return { shape: 'messages', segments: [list('messages')], addable: [] };
  const talk = ['conversations', 'conversation'].find((key) => Array.isArray(raw[key]));
  if (talk !== undefined) {
    return { shape: 'sharegpt', segments: [...system(raw), list(talk)], addable: [] };
  }
  if (has(raw, 'instruction')) return alpaca(raw);
  if (!has(raw, 'prompt')) return undefined;
  const answer = COMPLETIONS.find((key) => has(raw, key));
  if (answer === undefined) return undefined;
  return {
    shape: 'prompt-completion',
    segments: [...system(raw), value(raw, 'prompt', 'user', 'talk'), value(raw, answer, 'assistant', 'talk')],
    addable: [],
  };
}

function alpaca(raw: Fields): Layout | undefined {
  const answer = ANSWERS.find((key) => has(raw, key));
  if (answer === undefined) return undefined;
  return {
    shape: 'alpaca',
    segments: [
      ...system(raw),
      ...(Array.isArray(raw.history) ? [{ kind: 'pairs', path: ['history'] } as const] : []),
      ...question(raw),
      text(answer, 'assistant', 'talk'),
    ],
    addable: addableTexts(raw),
  };
}

function preference(raw: Fields): Layout {
  return {
    shape: 'preference',
    segments: [
      ...system(raw),
      ...preferencePrompt(raw),
      value(raw, 'chosen', 'assistant', 'chosen'),
      value(raw, 'rejected', 'assistant', 'rejected'),
    ],
    addable: has(raw, 'instruction') ? addableTexts(raw) : [],
  };
}

function preferencePrompt(raw: Fields): Segment[] {
  const key = ['prompt', 'question'].find((each) => has(raw, each));
  if (key !== undefined) return [value(raw, key, 'user', 'talk')];
  if (has(raw, 'instruction')) return question(raw);
  const talk = ['messages', 'conversations', 'conversation'].find((each) => Array.isArray(raw[each]));
  return talk === undefined ? [] : [list(talk)];
}

function question(raw: Fields): Segment[] {
  const input = INPUTS.find((key) => present(raw, key));
  return [
    text('instruction', 'user', 'talk'),
    ...(input === undefined ? [] : [text(input, 'user', 'talk', true)]),
  ];
}

function addableTexts(raw: Fields): AddableText[] {
  const addable: AddableText[] = [];
  if (!INPUTS.some((key) => present(raw, key)))
    addable.push({ key: 'input', role: 'user', after: 'instruction' });
  if (!present(raw, 'system')) addable.push({ key: 'system', role: 'system', after: 'instruction' });
  return addable;
}

function system(raw: Fields): Segment[] {
  return present(raw, 'system') ? [text('system', 'system', 'talk', true)] : [];
}

/** A key whose value may be a text, one turn or a list of turns. */
function value(raw: Fields, key: string, role: Role, part: TurnPart): Segment {
  if (Array.isArray(raw[key])) return { kind: 'list', path: [key], part };
  return isObject(raw[key]) ? { kind: 'object', path: [key], part } : text(key, role, part);
}

function list(key: string): Segment {
  return { kind: 'list', path: [key], part: 'talk' };
}

function text(key: string, role: Role, part: TurnPart, optional = false): Segment {
  return { kind: 'text', key, role, part, optional };
}

function has(raw: Fields, key: string): boolean {
  return Object.hasOwn(raw, key);
}

function present(raw: Fields, key: string): boolean {
  return has(raw, key) && raw[key] !== null;
}
