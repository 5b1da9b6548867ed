import type { Layout, ShapedTurn } from './shapes/shape';

export const ROLES = ['system', 'user', 'assistant'] as const;
export type Role = (typeof ROLES)[number];

export const STATUSES = ['draft', 'review', 'approved', 'rejected'] as const;
export type Status = (typeof STATUSES)[number];

/** One message of a record's conversation. */
export interface Turn {
  readonly role: Role;
  readonly content: string;
}

/** What Afina reads of `meta`; every other key is kept as it stands in the file. */
export interface RecordMeta {
  readonly topic?: string;
  readonly status?: Status;
  readonly sources?: readonly string[];
  readonly author?: string;
  readonly reviewer?: string;
}

/** One training example, as far as Afina understands it. */
export interface DatasetRecord {
  /** Empty where the file gives none. */
  readonly id: string;
  /** The turns in the order in which they lie in the record; `shaped` tells which of them belong together. */
  readonly messages: readonly Turn[];
  readonly meta: RecordMeta;
  /** How the record keeps its turns, one for each of `messages`, when that is not as `messages` does. */
  readonly shaped?: { readonly layout: Layout; readonly turns: readonly ShapedTurn[] };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

export function isStatus(value: unknown): value is Status {
  return STATUSES.some((status) => status === value);
}

/** The known keys of a record's `meta`, those of another type left out. */
export function metaOf(value: unknown): RecordMeta {
  if (!isObject(value)) return {};
  const { topic, status, sources, author, reviewer } = value;
  return {
    ...(typeof topic === 'string' ? { topic } : {}),
    ...(isStatus(status) ? { status } : {}),
    ...(Array.isArray(sources) ? { sources: sources.filter((each) => typeof each === 'string') } : {}),
    ...(typeof author === 'string' ? { author } : {}),
    ...(typeof reviewer === 'string' ? { reviewer } : {}),
  };
}

/** NUL ends a text in C; half of a surrogate pair has no UTF-8: tokenizers fail on both. */
export const NOT_ENCODABLE = /\0|\p{Surrogate}/u;

/**
 * The conversation when training can use it, else undefined: every turn a known role and text that is not blank,
 * an optional system turn first, then user and assistant in alternation, the assistant last.
 */
export function trainableTurns(messages: unknown): Turn[] | undefined {
  if (!Array.isArray(messages)) return undefined;
  const turns: Turn[] = [];
  for (const message of messages as unknown[]) {
    if (!isObject(message)) return undefined;
    const { role, content } = message;
    if (!isRole(role) || typeof content !== 'string' || content.trim() === '') return undefined;
    if (NOT_ENCODABLE.test(content)) return undefined;
    turns.push({ role, content });
  }
  const talk = turns[0]?.role === 'system' ? turns.slice(1) : turns;
  const alternates = talk.every(({ role }, at) => role === (at % 2 === 0 ? 'user' : 'assistant'));
  return alternates && talk.length > 0 && talk.length % 2 === 0 ? turns : undefined;
}
