import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { objectTree, splice, styleOf, write } from './jsonEdit';
import { nodeAt } from './jsonTree';
import { setMeta } from './recordText';
import { contentKey, decisionOf, hasJudged, needsAdjudication, reviewOf, statusOf } from './review';
import type { ReviewEvent, Verdict } from './review';

export interface Judgement {
  readonly by: string;
  readonly at: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** The verdicts of others were hidden. */
  readonly blind: boolean;
  /** Verdicts of different people that a decision needs. */
  readonly reviewers: number;
}

/**
 * The line with one more verdict, and with the state that follows from all of them. Where people differ, the verdict of
 * somebody who had given one before is a change of mind; of anybody else, the adjudication.
 */
export function judge(text: string, judgement: Judgement): string {
  const { by, at, verdict, reason, blind, reviewers } = judgement;
  const raw = rawOf(text);
  const review = reviewOf(raw);
  const adjudication = needsAdjudication(review, reviewers) && !hasJudged(review, by);
  const entry = {
    by,
    at,
    verdict,
    ...(reason === '' ? {} : { reason }),
    ...(review.round === 1 ? {} : { round: review.round }),
    ...(blind && !adjudication ? { blind: true } : {}),
    ...(adjudication ? { adjudication: true } : {}),
  };
  const judged = append(text, entry);
  const decision = decisionOf(reviewOf(rawOf(judged)), reviewers);
  return setMeta(judged, 'status', decision ?? 'review');
}

/** The line put up for review. What was decided before counts no more. */
export function submitForReview(text: string, by: string, at: string): string {
  const { round, verdicts, adjudication } = reviewOf(rawOf(text));
  const again = verdicts.length > 0 || adjudication !== undefined;
  const noted = append(text, eventEntry('submitted', by, at, again ? round + 1 : round));
  return setMeta(noted, 'status', 'review');
}

/**
 * `after` as it goes into the dataset: an edit of what was judged takes an approved record back to review and starts a
 * round, and says so in its history. Any other edit is left as it is.
 */
export function afterEdit(before: string, after: string, by: string, at: string): string {
  if (before === after) return after;
  let was: unknown;
  let is: unknown;
  try {
    was = JSON.parse(before);
    is = JSON.parse(after);
  } catch {
    return after; // a line that is being repaired has no review to lose
  }
  if (contentKey(was) === contentKey(is)) return after;
  const { verdicts, adjudication, round } = reviewOf(is);
  const approved = statusOf(was) === 'approved' && statusOf(is) === 'approved';
  const judged = verdicts.length > 0 || adjudication !== undefined;
  const open = statusOf(is) === 'review' && judged;
  if (!approved && !open) return after;
  const noted = append(after, eventEntry('edited', by, at, judged ? round + 1 : round));
  return setMeta(noted, 'status', 'review');
}

export function eventEntry(event: ReviewEvent, by: string, at: string, round: number): object {
  return { ...(by === '' ? {} : { by }), at, event, ...(round === 1 ? {} : { round }) };
}

/** Adds to `meta.reviews` behind what it has, whose bytes stay. A value that is no list is the first entry's place. */
export function append(text: string, entry: object): string {
  const root = objectTree(text);
  const list = nodeAt(root, ['meta', 'reviews']);
  if (list?.type !== 'array') return setMeta(text, 'reviews', [entry]);
  const last = list.children?.at(-1);
  const style = styleOf(text, list.children?.[0] ?? nodeAt(root, ['meta']) ?? root);
  const source = write(entry, style);
  if (last === undefined) return splice(text, list.offset + 1, 0, source);
  return splice(text, last.offset + last.length, 0, `${style.comma}${source}`);
}

function rawOf(text: string): unknown {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw;
  } catch {
    // falls through: said below
  }
  throw new UserError(
    'review/unreadable',
    t('This line cannot be read as a record, so it cannot be reviewed. Repair it first.'),
  );
}
