import { isObject, isStatus } from './record';
import type { Status } from './record';

export const VERDICTS = ['approved', 'rejected', 'repair'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What starts a round: verdicts given before it were on another text, or are to be given anew. */
export const REVIEW_EVENTS = ['submitted', 'edited', 'merged'] as const;
export type ReviewEvent = (typeof REVIEW_EVENTS)[number];

interface EntryBase {
  /** As git writes people: `Ana Silva <ana@example.pt>`; empty when nobody is known. */
  readonly by: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Left out in the first round. */
  readonly round: number;
}

export interface VerdictEntry extends EntryBase {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Given without having seen the verdicts of others. */
  readonly blind: boolean;
  /** Decides between verdicts that differ. */
  readonly adjudication: boolean;
}

export interface EventEntry extends EntryBase {
  readonly event: ReviewEvent;
}

/** One entry of `meta.reviews`, a list that only grows. */
export type ReviewEntry = VerdictEntry | EventEntry;

/** The review of a record as its line tells it. */
export interface Review {
  readonly entries: readonly ReviewEntry[];
  readonly round: number;
  /** Of this round: the last verdict of each person, in the order of their first ones. */
  readonly verdicts: readonly VerdictEntry[];
  /** Of this round: the last adjudication. */
  readonly adjudication: VerdictEntry | undefined;
  /** People differ and nobody has decided. */
  readonly disagreement: boolean;
}

export function isVerdict(value: unknown): value is Verdict {
  return VERDICTS.some((verdict) => verdict === value);
}

/** Entries of another kind than ours are left alone, in the file and here. */
function entriesOf(value: unknown): ReviewEntry[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((each): ReviewEntry[] => {
    if (!isObject(each)) return [];
    const { by, at, verdict, event, reason, round, blind, adjudication } = each;
    const base = {
      by: typeof by === 'string' ? by : '',
      at: typeof at === 'string' ? at : '',
      round: typeof round === 'number' && Number.isSafeInteger(round) && round > 0 ? round : 1,
    };
    const known = REVIEW_EVENTS.find((name) => name === event);
    if (known !== undefined) return [{ ...base, event: known }];
    if (!isVerdict(verdict) || base.by === '') return [];
    return [
      {
        ...base,
        verdict,
        reason: typeof reason === 'string' ? reason : '',
        blind: blind === true,
        adjudication: adjudication === true,
      },
    ];
  });
}

/** `raw` is the parsed record, of whatever shape. */
export function reviewOf(raw: unknown): Review {
  const meta = isObject(raw) && isObject(raw.meta) ? raw.meta : {};
  return reviewOfEntries(entriesOf(meta.reviews));
}

export function reviewOfEntries(entries: readonly ReviewEntry[]): Review {
  const round = entries.reduce((most, entry) => Math.max(most, entry.round), 1);
  const byPerson = new Map<string, VerdictEntry>();
  let adjudication: VerdictEntry | undefined;
  for (const entry of entries) {
    if (!('verdict' in entry) || entry.round !== round) continue;
    if (entry.adjudication) adjudication = entry;
    else byPerson.set(personKey(entry.by), entry);
  }
  const verdicts = [...byPerson.values()];
  const disagreement =
    adjudication === undefined && verdicts.some(({ verdict }) => verdict !== verdicts[0]?.verdict);
  return { entries, round, verdicts, adjudication, disagreement };
}

/** People are told apart by their address; who has none, by the name. */
export function personKey(by: string): string {
  const address = /<([^<>]*)>\s*$/.exec(by)?.[1]?.trim();
  return (address === undefined || address === '' ? by : address).trim().toLowerCase();
}

/** The name without the address, for lists. */
export function personName(by: string): string {
  const name = by.replace(/\s*<[^<>]*>\s*$/, '').trim();
  return name === '' ? by : name;
}

/** Whether `author`, a name, an address or both, is the person who reviews. */
export function isAuthor(author: string | undefined, by: string): boolean {
  if (author === undefined || author.trim() === '') return false;
  const wanted = author.trim().toLowerCase();
  return [by, personName(by), personKey(by)].some((each) => each.trim().toLowerCase() === wanted);
}

/** The state of a record after its verdicts, or undefined when they decide nothing (yet): it stays in review. */
export function decisionOf(review: Review, reviewers: number): Status | undefined {
  const { verdicts, adjudication, disagreement } = review;
  const decided = adjudication?.verdict ?? (disagreement ? undefined : verdicts[0]?.verdict);
  if (decided === undefined) return undefined;
  if (adjudication === undefined && verdicts.length < reviewers) return undefined;
  return decided === 'repair' ? 'draft' : decided;
}

/** All verdicts that are needed are there, and they differ: one more person has to decide. */
export function needsAdjudication(review: Review, reviewers: number): boolean {
  return review.disagreement && review.verdicts.length >= reviewers;
}

/** Whether a record waits for a verdict of `by`. What people differ on is another list. */
export function awaits(raw: unknown, by: string | undefined, reviewers: number): boolean {
  if (statusOf(raw) !== 'review') return false;
  const review = reviewOf(raw);
  // Decided, and put back into review by hand.
  if (decisionOf(review, reviewers) !== undefined) return true;
  return !needsAdjudication(review, reviewers) && !hasJudged(review, by);
}

export function hasJudged({ verdicts }: Review, by: string | undefined): boolean {
  return by !== undefined && verdicts.some((each) => personKey(each.by) === personKey(by));
}

export function statusOf(raw: unknown): Status | undefined {
  const status = isObject(raw) && isObject(raw.meta) ? raw.meta.status : undefined;
  return isStatus(status) ? status : undefined;
}

/** What a verdict is a verdict on: everything but the id and `meta`, and the sources. */
export function contentKey(raw: unknown): string {
  if (!isObject(raw)) return JSON.stringify([raw]);
  const content = Object.entries(raw).filter(([key]) => key !== 'id' && key !== 'meta');
  return JSON.stringify([content, isObject(raw.meta) ? raw.meta.sources : undefined]);
}
