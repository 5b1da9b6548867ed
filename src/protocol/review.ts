import * as z from 'zod/mini';
import { method } from './channel';

/** Longest reason, in UTF-16 units. */
const MAX_REASON = 4000;

const key = z.int();
const verdict = z.enum(['approved', 'rejected', 'repair']);
export type ReviewVerdict = z.infer<typeof verdict>;

/** Commands of a review that the page carries out, each as `afina.<name>`. */
export const REVIEW_COMMANDS = [
  'startReview',
  'reviewDisagreements',
  'approveRecord',
  'rejectRecord',
  'repairRecord',
  'skipRecord',
  'previousReviewed',
  'submitForReview',
  'toggleBlindReview',
] as const;
export type ReviewCommand = (typeof REVIEW_COMMANDS)[number];

/** One entry of a record's history. */
export interface ReviewStep {
  /** Name without address; empty when nobody is known. */
  readonly by: string;
  /** ISO 8601, as the file has it. */
  readonly at: string;
  readonly what: ReviewVerdict | 'submitted' | 'edited' | 'merged';
  readonly reason: string;
  readonly blind: boolean;
  readonly adjudication: boolean;
  /** Of the round that is under way: it counts. */
  readonly current: boolean;
}

/** What the form shows of a record's review. */
export interface ReviewShown {
  /** From the oldest on. */
  readonly history: readonly ReviewStep[];
  /** Verdicts of others that are kept from a blind reviewer. */
  readonly hidden: number;
  readonly verdicts: number;
  readonly reviewers: number;
  readonly disagreement: boolean;
  readonly own: ReviewVerdict | null;
  /** The reviewer wrote the record. */
  readonly author: boolean;
}

export type QueueKind = 'queue' | 'disagreements';

export interface QueueState {
  readonly kind: QueueKind;
  readonly total: number;
  readonly done: number;
  /** Place of `key` in the queue, from 1. */
  readonly position: number;
  /** The record to look at; null when nothing is left. */
  readonly key: number | null;
}

export interface ReviewState {
  /** Whoever reviews, as git says; null when nobody is known yet. */
  readonly me: string | null;
  readonly blind: boolean;
  readonly reviewers: number;
  /** Reasons of the project's own; empty: the usual ones. */
  readonly reasons: readonly string[];
}

/** Of the dataset editor's page, for its reviews. */
export const reviewMethods = {
  'review/state': method<ReviewState>()(z.object({})),
  'review/blind': method<ReviewState>()(z.object({ on: z.boolean() })),
  /** Collects what waits for a verdict, of the whole dataset or of what the list shows; begins at `from` or below. */
  'review/start': method<QueueState, { readonly found: number; readonly scanned: number }>()(
    z.object({ kind: z.enum(['queue', 'disagreements']), found: z.boolean(), from: z.nullable(key) }),
  ),
  /** Null when there is no queue. */
  'review/move': method<QueueState | null>()(
    z.object({ by: z.union([z.literal(1), z.literal(-1)]), from: z.nullable(key) }),
  ),
  /** Ends the queue. */
  'review/stop': method<null>()(z.object({})),
  /** The queue after the verdict; null when the reviewer would not say who that is, and nothing was done. */
  'review/judge': method<{ readonly queue: QueueState | null } | null>()(
    z.object({ key, verdict, reason: z.string().check(z.maxLength(MAX_REASON)) }),
  ),
  'review/submit': method<{ readonly done: boolean }>()(z.object({ key })),
} as const;
