import { objectTree, removeProperty, setProperty } from './jsonEdit';
import { nodeAt } from './jsonTree';
import type { JsonPath } from './jsonTree';
import { isObject } from './record';
import { setMeta } from './recordText';
import { contentKey, decisionOf, reviewOf, statusOf } from './review';
import { append, eventEntry } from './reviewText';

/** A field that both sides changed, each in its own way; `undefined` where a side does not have it. */
export interface FieldConflict {
  readonly path: JsonPath;
  readonly base?: unknown;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

export interface MergedRecord {
  readonly text: string;
  /** Fields that are as ours has them and that somebody has to look at. */
  readonly conflicts: readonly FieldConflict[];
}

interface Taken {
  readonly path: JsonPath;
}

/**
 * Our line with what theirs changed. Fields are merged one by one: those of the record, of `meta`, and of each turn
 * where all sides have the same turns; verdicts of both sides come together, and the state follows from them.
 */
export function mergeRecord(
  base: string | undefined,
  ours: string,
  theirs: string,
  reviewers: number,
): MergedRecord {
  const was = parsed(base);
  const our = parsed(ours);
  const their = parsed(theirs);
  if (!isObject(our) || !isObject(their)) {
    return {
      text: ours,
      conflicts: [{ path: [], base: was ?? base, ours: our ?? ours, theirs: their ?? theirs }],
    };
  }
  const taken: Taken[] = [];
  const conflicts: FieldConflict[] = [];
  compare(isObject(was) ? was : undefined, our, their, [], taken, conflicts);
  let text = ours;
  for (const { path } of taken) text = takeField(text, theirs, path);
  for (const entry of newEntries(our, their)) text = append(text, entry);
  return settle(text, conflicts, { was, our, their, reviewers });
}

function compare(
  was: unknown,
  our: unknown,
  their: unknown,
  path: JsonPath,
  taken: Taken[],
  conflicts: FieldConflict[],
): void {
  if (same(our, their) || same(was, their)) return;
  // Both sides append to it: their entries come behind ours.
  if (path.join('.') === 'meta.reviews' && Array.isArray(our) && Array.isArray(their)) return;
  if (same(was, our)) {
    taken.push({ path });
    return;
  }
  if (isObject(our) && isObject(their) && divides(path)) {
    const before = isObject(was) ? was : {};
    for (const key of new Set([...Object.keys(our), ...Object.keys(their)])) {
      compare(own(before, key), own(our, key), own(their, key), [...path, key], taken, conflicts);
    }
    return;
  }
  if (sameTurns(was, our, their)) {
    const [a, b, c] = [was, our, their] as [unknown[], unknown[], unknown[]];
    b.forEach((turn, at) => compare(a[at], turn, c[at], [...path, at], taken, conflicts));
    return;
  }
  conflicts.push({ path, base: was, ours: our, theirs: their });
}

/** The record, `meta`, and a turn are merged by their keys; other objects are one value. */
function divides(path: JsonPath): boolean {
  return path.length === 0 || (path.length === 1 && path[0] === 'meta') || typeof path.at(-1) === 'number';
}

function sameTurns(...sides: readonly unknown[]): boolean {
  const roles = sides.map((side) =>
    Array.isArray(side) && side.every(isObject)
      ? JSON.stringify((side as Record<string, unknown>[]).map(({ role, from }) => [role, from]))
      : undefined,
  );
  return roles[0] !== undefined && roles.every((each) => each === roles[0]);
}

/** Takes over the value at `path` as theirs writes it; one that theirs does not have goes. */
export function takeField(text: string, theirs: string, path: JsonPath): string {
  const key = path.at(-1);
  const parent = path.slice(0, -1);
  if (key === undefined) return theirs;
  if (typeof key !== 'string') {
    const [from, to] = [nodeAt(objectTree(theirs), path), nodeAt(objectTree(text), path)];
    if (from === undefined || to === undefined) return text;
    const source = theirs.slice(from.offset, from.offset + from.length);
    return text.slice(0, to.offset) + source + text.slice(to.offset + to.length);
  }
  const node = nodeAt(objectTree(theirs), path);
  const object = nodeAt(objectTree(text), parent);
  if (object?.type !== 'object') return text;
  if (node === undefined) return removeProperty(text, parent, key);
  return setProperty(text, object, key, theirs.slice(node.offset, node.offset + node.length));
}

function reviewsOf(raw: unknown): readonly unknown[] {
  const meta = isObject(raw) && isObject(raw.meta) ? raw.meta : {};
  return Array.isArray(meta.reviews) ? (meta.reviews as unknown[]) : [];
}

function newEntries(our: unknown, their: unknown): object[] {
  const ours = reviewsOf(our);
  if (ours.length === 0) return []; // then the whole list was taken over, or there is none
  const known = new Set(ours.map((each) => JSON.stringify(each)));
  return reviewsOf(their).filter((each) => !known.has(JSON.stringify(each))) as object[];
}

/** The state follows from the verdicts where both sides gave some; verdicts on another text than the merged one lapse. */
function settle(
  text: string,
  conflicts: readonly FieldConflict[],
  sides: {
    readonly was: unknown;
    readonly our: unknown;
    readonly their: unknown;
    readonly reviewers: number;
  },
): MergedRecord {
  const { was, our, their, reviewers } = sides;
  const before = reviewsOf(was).length;
  const judged = [our, their].filter((side) => reviewsOf(side).length > before);
  const raw = parsed(text);
  const review = reviewOf(raw);
  if (judged.length === 0) return { text, conflicts };
  const left = conflicts.filter(({ path }) => path.join('.') !== 'meta.status');
  const content = contentKey(raw);
  const given = review.verdicts.length > 0 || review.adjudication !== undefined;
  const lapsed = judged.some((side) => reviewOf(side).round === review.round && contentKey(side) !== content);
  if (given && lapsed && statusOf(raw) !== 'draft') {
    const at = review.entries.reduce((last, entry) => (entry.at > last ? entry.at : last), '');
    const noted = append(text, eventEntry('merged', '', at, review.round + 1));
    return { text: setMeta(noted, 'status', 'review'), conflicts: left };
  }
  const one = judged.length === 1 && left.length === conflicts.length;
  if (one) return { text, conflicts };
  const status = decisionOf(review, reviewers) ?? 'review';
  return { text: setMeta(text, 'status', status), conflicts: left };
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
