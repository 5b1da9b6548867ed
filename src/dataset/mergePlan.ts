/** A line as a merge sees it. `key` is the same on all sides for the same record, and comes once in a file. */
export interface MergeEntry {
  readonly key: string;
  /** The same for the same bytes. */
  readonly hash: string;
}

/** One line of the result; the numbers are indices of the sides' entries. */
export type MergeStep =
  | { readonly kind: 'ours'; readonly at: number }
  | { readonly kind: 'theirs'; readonly at: number }
  /** Both sides changed it, or added it. */
  | {
      readonly kind: 'both';
      readonly base: number | undefined;
      readonly ours: number;
      readonly theirs: number;
    }
  /** `side` changed what the other one deleted: the line stays, and somebody has to look at it. */
  | { readonly kind: 'kept'; readonly side: 'ours' | 'theirs'; readonly at: number; readonly base: number };

/** What a merge consists of: our order, with what theirs added behind the record that it stands behind there. */
export function mergePlan(
  base: readonly MergeEntry[],
  ours: readonly MergeEntry[],
  theirs: readonly MergeEntry[],
): MergeStep[] {
  const [inBase, inOurs, inTheirs] = [base, ours, theirs].map(byKey) as [Places, Places, Places];
  const own = new Map<string, MergeStep>();
  for (const [at, { key, hash }] of ours.entries()) {
    const step = stepOfOurs(at, hash, entryAt(base, inBase.get(key)), entryAt(theirs, inTheirs.get(key)));
    if (step !== undefined) own.set(key, step);
  }
  const START = '';
  const behind = new Map<string, MergeStep[]>();
  let anchor = START;
  for (const [at, { key, hash }] of theirs.entries()) {
    if (inOurs.has(key)) {
      if (own.has(key)) anchor = key;
      continue;
    }
    const was = entryAt(base, inBase.get(key));
    if (was?.hash === hash) continue; // we deleted it, and nobody changed it
    const step: MergeStep =
      was === undefined ? { kind: 'theirs', at } : { kind: 'kept', side: 'theirs', at, base: was.at };
    const list = behind.get(anchor) ?? [];
    behind.set(anchor, list);
    list.push(step);
  }
  const steps: MergeStep[] = [];
  let waiting = behind.get(START) ?? [];
  for (const { key } of ours) {
    const step = own.get(key);
    if (step === undefined) continue;
    // What we added at the same place comes first.
    const added = !inBase.has(key) && !inTheirs.has(key);
    if (!added) {
      steps.push(...waiting);
      waiting = behind.get(key) ?? [];
    }
    steps.push(step);
  }
  steps.push(...waiting);
  return steps;
}

type Places = ReadonlyMap<string, number>;
interface Found {
  readonly at: number;
  readonly hash: string;
}

function byKey(entries: readonly MergeEntry[]): Places {
  return new Map(entries.map(({ key }, at) => [key, at]));
}

function entryAt(entries: readonly MergeEntry[], at: number | undefined): Found | undefined {
  const entry = at === undefined ? undefined : entries[at];
  return entry === undefined || at === undefined ? undefined : { at, hash: entry.hash };
}

function stepOfOurs(
  at: number,
  hash: string,
  base: Found | undefined,
  theirs: Found | undefined,
): MergeStep | undefined {
  if (theirs === undefined) {
    if (base === undefined) return { kind: 'ours', at };
    // They deleted it.
    return base.hash === hash ? undefined : { kind: 'kept', side: 'ours', at, base: base.at };
  }
  if (theirs.hash === hash || theirs.hash === base?.hash) return { kind: 'ours', at };
  if (base?.hash === hash) return { kind: 'theirs', at: theirs.at };
  return { kind: 'both', base: base?.at, ours: at, theirs: theirs.at };
}
