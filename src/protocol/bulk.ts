import * as z from 'zod/mini';
import { method } from './channel';

const key = z.int();
const shortText = z.string().check(z.maxLength(10_000));
const longText = z.string().check(z.maxLength(1_000_000));
const limit = z.nullable(z.int().check(z.gte(0), z.lte(1_000_000_000)));
const status = z.enum(['draft', 'review', 'approved', 'rejected']);

/** Most keys that one message carries: what a range in the list may hold. */
const MOST_KEYS = 100_000;

const patternFields = {
  text: shortText,
  regex: z.boolean(),
  matchCase: z.boolean(),
  matchAccents: z.boolean(),
};

/** What is looked for in texts. */
export const textPattern = z.object(patternFields);
export type TextPattern = z.infer<typeof textPattern>;

/** Which findings a record has to have: of one rule, or of a kind. */
export const FINDING_KINDS = ['any', 'error', 'warning', 'none'] as const;

const recordLength = z.object({
  of: z.enum(['answer', 'record']),
  unit: z.enum(['words', 'characters']),
  min: limit,
  max: limit,
});
export type RecordLength = z.infer<typeof recordLength>;

/** Which records the list shows; what is null or empty does not matter. */
export const recordQuery = z.object({
  ...patternFields,
  status: z.nullable(status),
  /** Empty: records without a topic. */
  topic: z.nullable(shortText),
  author: shortText,
  reviewer: shortText,
  /** A rule, or one of FINDING_KINDS. */
  finding: z.nullable(shortText),
  length: z.nullable(recordLength),
});
export type RecordQuery = z.infer<typeof recordQuery>;

/** Records that an action is about: all that the list shows but `except`, or these. */
const recordTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('shown'), except: z.array(key).check(z.maxLength(MOST_KEYS)) }),
  z.object({ kind: z.literal('keys'), keys: z.array(key).check(z.maxLength(MOST_KEYS)) }),
]);
export type RecordTarget = z.infer<typeof recordTarget>;

const replacing = {
  find: textPattern,
  replacement: longText,
  /** One turn of the record alone; null: all turns. */
  turn: z.nullable(z.int().check(z.gte(0), z.lte(100_000))),
};

const bulkAction = z.discriminatedUnion('kind', [
  /** Null: the extension host asks for it. */
  z.object({ kind: z.literal('status'), status: z.nullable(status) }),
  z.object({ kind: z.literal('topic') }),
  z.object({ kind: z.literal('sources') }),
  z.object({ kind: z.literal('replace'), ...replacing }),
  z.object({ kind: z.literal('delete') }),
  z.object({ kind: z.literal('move') }),
]);
export type BulkAction = z.infer<typeof bulkAction>;

/** One place where the text was found, and what stands there when it is replaced. */
export interface TextHit {
  readonly key: number;
  readonly id: string;
  readonly turn: number;
  readonly start: number;
  readonly end: number;
  /** Text before and behind the place, for reading it in its sentence. */
  readonly left: string;
  readonly found: string;
  readonly replaced: string;
  readonly right: string;
}

export interface TextHits {
  /** The first ones; `count` tells how many there are. */
  readonly hits: readonly TextHit[];
  readonly count: number;
  readonly records: number;
}

export interface BulkResult {
  /** Null when whoever was asked said no. */
  readonly changed: number | null;
  /** Records that cannot be read and stay as they are. */
  readonly skipped: number;
}

interface Done {
  readonly done: number;
  readonly total: number;
}

/** What the dataset editor's page asks of many records at once. */
export const bulkMethods = {
  /** Keys of the rows `from` … `to` (both included) of the shown list. */
  'editor/keys': method<readonly number[]>()(
    z.object({ from: z.int().check(z.gte(0)), to: z.int().check(z.gte(0)), found: z.boolean() }),
  ),
  'editor/bulk': method<BulkResult, Done>()(z.object({ target: recordTarget, action: bulkAction })),
  'editor/hits': method<TextHits, Done>()(z.object({ target: recordTarget, ...replacing })),
  /** Rules that found something in this file, and how often. */
  'editor/findingRules': method<readonly { readonly rule: string; readonly count: number }[]>()(z.object({})),
  /** The texts of the record's turns as the file has them; null when it is not in the file, or cannot be read. */
  'editor/saved': method<readonly string[] | null>()(z.object({ key })),
} as const;

/** Commands that the page carries out, each as `afina.<name>`. */
export const BULK_COMMANDS = [
  'filterRecords',
  'clearFilters',
  'selectAllRecords',
  'setTopicOfRecords',
  'setSourcesOfRecords',
  'moveRecords',
  'replaceText',
  'showMarkdown',
  'compareSaved',
] as const;
