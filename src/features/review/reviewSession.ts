import { t } from '@vscode/l10n';
import type { RowKey } from '../../dataset/document';
import {
  awaits,
  hasJudged,
  isAuthor,
  needsAdjudication,
  personKey,
  personName,
  reviewOf,
  statusOf,
} from '../../dataset/review';
import type { Review, ReviewEntry } from '../../dataset/review';
import { judge, submitForReview } from '../../dataset/reviewText';
import type { Handlers } from '../../protocol/channel';
import { CancelledError } from '../../protocol/errors';
import type {
  QueueKind,
  QueueState,
  ReviewShown,
  ReviewState,
  ReviewStep,
  reviewMethods,
} from '../../protocol/review';
import type { EditorDocument } from '../datasetEditor/editorDocument';
import type { Identity } from './identity';
import type { ReviewSettings } from './reviewSettings';

export interface ReviewSessionOptions {
  readonly document: EditorDocument;
  readonly identity: Identity;
  readonly settings: () => ReviewSettings;
  /** Keys that the list shows; undefined when it shows all. */
  readonly found: () => readonly RowKey[] | undefined;
}

interface ReviewApi {
  readonly methods: typeof reviewMethods;
  readonly events: Readonly<Record<string, never>>;
}

interface Queue {
  readonly kind: QueueKind;
  readonly keys: readonly RowKey[];
  readonly done: Set<RowKey>;
  at: number;
}

const BATCH = 500;
/** A queue is worked off by one person: more than this nobody sees the end of. */
const MOST_QUEUED = 100_000;

/** One editor's reviewing: who does it, what is left, and what of others' verdicts may be seen. */
export class ReviewSession {
  private queue: Queue | undefined;
  /** Undefined until chosen: then the project's number of reviewers decides. */
  private chosenBlind: boolean | undefined;

  constructor(private readonly options: ReviewSessionOptions) {}

  get blind(): boolean {
    return this.chosenBlind ?? this.options.settings().reviewers > 1;
  }

  handlers(): Handlers<ReviewApi> {
    return {
      'review/state': () => this.state(),
      'review/blind': ({ on }) => {
        this.chosenBlind = on;
        return this.state();
      },
      'review/start': ({ kind, found, from }, { signal, progress }) =>
        this.start(kind, found, from, signal, progress),
      'review/move': ({ by, from }) => (this.queue === undefined ? null : this.move(this.queue, by, from)),
      'review/stop': () => {
        this.queue = undefined;
        return null;
      },
      'review/judge': async ({ key, verdict, reason }) => {
        const { document, identity, settings } = this.options;
        const by = await identity.ask(document.uri.fsPath);
        if (by === undefined) return null;
        const { reviewers } = settings();
        const done = await document.replace(key, (text) => {
          const blind = this.blind && !hasJudged(reviewOf(parsed(text)), by);
          return {
            text: judge(text, { by, at: now(), verdict, reason: reason.trim(), blind, reviewers }),
            label: labelOf(verdict),
          };
        });
        const { queue } = this;
        if (!done || queue === undefined) return { queue: null };
        if (queue.keys.includes(key)) queue.done.add(key);
        return { queue: this.move(queue, 1, key) };
      },
      'review/submit': async ({ key }) => {
        const { document, identity } = this.options;
        const by = await identity.ask(document.uri.fsPath);
        if (by === undefined) return { done: false };
        const done = await document.replace(key, (text) => ({
          text: submitForReview(text, by, now()),
          label: t('Submit for review'),
        }));
        return { done };
      },
    };
  }

  /** What the form may show of a record's review. */
  async shown(raw: unknown, author: string | undefined): Promise<ReviewShown> {
    const { document, identity, settings } = this.options;
    const me = await identity.known(document.uri.fsPath);
    const { reviewers } = settings();
    const review = reviewOf(raw);
    const secret = this.hides(raw, review, me, reviewers);
    const visible = review.entries.filter((entry) => !secret || !isOthers(entry, me));
    return {
      history: visible.map((entry) => stepOf(entry, review.round)),
      hidden: review.entries.length - visible.length,
      verdicts: review.verdicts.length,
      reviewers,
      disagreement: !secret && needsAdjudication(review, reviewers),
      own:
        me === undefined
          ? null
          : (review.verdicts.find((each) => personKey(each.by) === personKey(me))?.verdict ?? null),
      author: me !== undefined && isAuthor(author, me),
    };
  }

  /** A blind reviewer sees nothing of others before an own verdict, unless it is to decide between theirs. */
  private hides(raw: unknown, review: Review, me: string | undefined, reviewers: number): boolean {
    if (!this.blind || statusOf(raw) !== 'review') return false;
    return !hasJudged(review, me) && !needsAdjudication(review, reviewers);
  }

  private async state(): Promise<ReviewState> {
    const { document, identity, settings } = this.options;
    const me = await identity.known(document.uri.fsPath);
    const { reviewers, reasons } = settings();
    return { me: me === undefined ? null : personName(me), blind: this.blind, reviewers, reasons };
  }

  private async start(
    kind: QueueKind,
    onlyFound: boolean,
    from: RowKey | null,
    signal: AbortSignal,
    progress: (news: { found: number; scanned: number }) => void,
  ): Promise<QueueState> {
    const { document, identity, settings } = this.options;
    const me = await identity.known(document.uri.fsPath);
    const { reviewers } = settings();
    const wanted = (text: string): boolean => {
      if (!text.includes('review')) return false;
      const raw = parsed(text);
      if (kind === 'queue') return awaits(raw, me, reviewers);
      return statusOf(raw) === 'review' && needsAdjudication(reviewOf(raw), reviewers);
    };
    const keys: RowKey[] = [];
    const shown = onlyFound ? this.options.found() : undefined;
    const total = shown?.length ?? document.data.count;
    for (let at = 0; at < total && keys.length < MOST_QUEUED; at += BATCH) {
      if (signal.aborted) throw new CancelledError();
      const rows =
        shown === undefined
          ? await document.data.read(at, BATCH)
          : await document.rows(shown.slice(at, at + BATCH));
      for (const { key, text } of rows) if (text !== null && wanted(text)) keys.push(key);
      progress({ found: keys.length, scanned: Math.min(total, at + BATCH) });
    }
    const queue: Queue = { kind, keys, done: new Set(), at: 0 };
    this.queue = queue;
    const here = from === null ? -1 : document.data.indexOf(from);
    const next = keys.findIndex((key) => document.data.indexOf(key) >= here);
    queue.at = Math.max(0, next);
    return this.stateOf(queue, keys[queue.at] ?? null);
  }

  /** Forward to what is not done yet, from the end on to what was skipped; back to whatever came before. */
  private move(queue: Queue, by: 1 | -1, from: RowKey | null): QueueState {
    const { keys, done } = queue;
    const { data } = this.options.document;
    const known = from === null ? -1 : keys.indexOf(from);
    const start = known < 0 ? queue.at : known;
    const open = (at: number): boolean =>
      data.indexOf(keys[at] ?? -1) >= 0 && (by < 0 || !done.has(keys[at] ?? -1));
    // Whoever went elsewhere in between comes back to where the queue stood.
    if (known < 0 && from !== null && by < 0 && open(queue.at))
      return this.stateOf(queue, keys[queue.at] ?? null);
    const places =
      by < 0
        ? Array.from({ length: start }, (_, step) => start - 1 - step)
        : [...range(start + 1, keys.length), ...range(0, start + 1)];
    const next = places.find(open) ?? (by < 0 && open(start) ? start : undefined);
    if (next !== undefined) queue.at = next;
    return this.stateOf(queue, next === undefined ? null : (keys[next] ?? null));
  }

  private stateOf(queue: Queue, key: RowKey | null): QueueState {
    const { kind, keys, done } = queue;
    return { kind, total: keys.length, done: done.size, position: key === null ? 0 : queue.at + 1, key };
  }
}

function* range(from: number, end: number): Generator<number> {
  for (let at = from; at < end; at++) yield at;
}

function isOthers(entry: ReviewEntry, me: string | undefined): boolean {
  return 'verdict' in entry && (me === undefined || personKey(entry.by) !== personKey(me));
}

function stepOf(entry: ReviewEntry, round: number): ReviewStep {
  const { by, at } = entry;
  const base = { by: personName(by), at, current: entry.round === round };
  if ('event' in entry) return { ...base, what: entry.event, reason: '', blind: false, adjudication: false };
  const { verdict, reason, blind, adjudication } = entry;
  return { ...base, what: verdict, reason, blind, adjudication };
}

function labelOf(verdict: 'approved' | 'rejected' | 'repair'): string {
  if (verdict === 'approved') return t('Approve record');
  return verdict === 'rejected' ? t('Reject record') : t('Send record back for repair');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function now(): string {
  return new Date().toISOString();
}
