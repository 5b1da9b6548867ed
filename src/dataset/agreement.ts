import type { Alpha, Kappa } from '../protocol/reviewReport';
import { mulberry32 } from './seededRandom';

const Z95 = 1.959963984540054;

/**
 * Cohen's κ of two people's categories for the same items (Cohen 1960, Educational and Psychological Measurement 20),
 * with the large-sample standard error of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72). Undefined
 * without items, or when chance alone agrees always.
 */
export function cohenKappa(pairs: Iterable<readonly [string, string]>): Kappa | undefined {
  const cells = new Map<string, number>();
  const categories = new Set<string>();
  let items = 0;
  for (const [a, b] of pairs) {
    categories.add(a).add(b);
    const cell = JSON.stringify([a, b]);
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
    items++;
  }
  if (items === 0) return undefined;
  const names = [...categories];
  const share = (a: string, b: string): number => (cells.get(JSON.stringify([a, b])) ?? 0) / items;
  const first = new Map(names.map((a) => [a, sum(names.map((b) => share(a, b)))]));
  const second = new Map(names.map((b) => [b, sum(names.map((a) => share(a, b)))]));
  const of = (shares: ReadonlyMap<string, number>, name: string): number => shares.get(name) ?? 0;
  const observed = sum(names.map((name) => share(name, name)));
  const expected = sum(names.map((name) => of(first, name) * of(second, name)));
  const left = 1 - expected;
  if (left < 1e-12) return undefined;
  const value = (observed - expected) / left;
  const diagonal = sum(
    names.map(
      (name) => share(name, name) * (left - (of(first, name) + of(second, name)) * (1 - observed)) ** 2,
    ),
  );
  const others = sum(
    names.flatMap((a) => names.map((b) => (a === b ? 0 : share(a, b) * (of(second, a) + of(first, b)) ** 2))),
  );
  const variance =
    (diagonal + (1 - observed) ** 2 * others - (observed * expected - 2 * expected + observed) ** 2) /
    (items * left ** 4);
  const error = Math.sqrt(Math.max(0, variance));
  // Somebody who gives everything the same verdict leaves nothing to estimate an error from.
  const standardError = error < 1e-9 && observed < 1 ? null : error;
  const margin = standardError === null ? null : Z95 * standardError;
  return {
    value,
    observed,
    expected,
    standardError,
    items,
    low: margin === null ? null : Math.max(-1, value - margin),
    high: margin === null ? null : Math.min(1, value + margin),
  };
}

/** How often people agree: the share of equal pairs of values, over all items. */
export function percentAgreement(tally: UnitTally): number | undefined {
  let equal = 0;
  let all = 0;
  for (const { counts, times } of tally.patterns()) {
    const size = sum(counts.values());
    all += (times * size * (size - 1)) / 2;
    for (const count of counts.values()) equal += (times * count * (count - 1)) / 2;
  }
  return all === 0 ? undefined : equal / all;
}

export interface Pattern {
  readonly counts: ReadonlyMap<string, number>;
  /** Items that have just these values. */
  readonly times: number;
}

/** Items by what values they got: α needs no more, so that a million of them take no memory. */
export class UnitTally {
  private readonly found = new Map<string, { counts: Map<string, number>; times: number }>();

  /** One item with the value of each person who judged it. */
  add(values: readonly string[], times = 1): void {
    const sorted = [...values].sort();
    const key = JSON.stringify(sorted);
    const present = this.found.get(key);
    if (present !== undefined) {
      present.times += times;
      return;
    }
    const counts = new Map<string, number>();
    for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
    this.found.set(key, { counts, times });
  }

  /** Those that can be compared: two values or more. In an order that does not depend on that of the items. */
  patterns(): Pattern[] {
    return [...this.found]
      .filter(([, { counts }]) => sum(counts.values()) >= 2)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, pattern]) => pattern);
  }
}

export interface BootstrapOptions {
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * Krippendorff's α for nominal data with any number of people and gaps (Krippendorff 2011, Computing Krippendorff's
 * Alpha-Reliability). The interval: percentiles of α over resamples of the items. Undefined when nothing can be
 * compared, or when all values are the same and α says nothing.
 */
export function krippendorffAlpha(tally: UnitTally, options: BootstrapOptions = {}): Alpha | undefined {
  const { resamples = 1000, seed = 1 } = options;
  const patterns = tally.patterns();
  const value = alphaOf(patterns);
  if (value === undefined) return undefined;
  const items = sum(patterns.map(({ times }) => times));
  const random = mulberry32(seed);
  const found: number[] = [];
  for (let round = 0; round < resamples; round++) {
    const drawn = alphaOf(resample(patterns, items, random));
    if (drawn !== undefined) found.push(drawn); // all values the same: it says nothing, as above
  }
  found.sort((a, b) => a - b);
  const enough = items >= 2 && found.length * 2 > resamples;
  const at = (share: number): number | null =>
    enough ? (found[Math.min(found.length - 1, Math.floor(share * found.length))] ?? null) : null;
  return {
    value,
    low: at(0.025),
    high: at(0.975),
    items,
    values: sum(patterns.map(({ counts, times }) => times * sum(counts.values()))),
  };
}

function alphaOf(patterns: readonly Pattern[]): number | undefined {
  let observed = 0;
  let all = 0;
  const totals = new Map<string, number>();
  for (const { counts, times } of patterns) {
    if (times === 0) continue;
    const size = sum(counts.values());
    all += times * size;
    let equal = 0;
    for (const [name, count] of counts) {
      totals.set(name, (totals.get(name) ?? 0) + times * count);
      equal += count * (count - 1);
    }
    observed += (times * (size * (size - 1) - equal)) / (size - 1);
  }
  const expected = all * all - sum([...totals.values()].map((count) => count * count));
  if (expected <= 0) return undefined;
  return 1 - ((all - 1) * observed) / expected;
}

/** As many items drawn anew, with replacement: how often each pattern comes is binomial, one after the other. */
function resample(patterns: readonly Pattern[], items: number, random: () => number): Pattern[] {
  let left = items;
  let rest = items;
  return patterns.map(({ counts, times }) => {
    const drawn = binomial(left, rest === 0 ? 0 : Math.min(1, times / rest), random);
    left -= drawn;
    rest -= times;
    return { counts, times: drawn };
  });
}

function binomial(n: number, p: number, random: () => number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  const deviation = Math.sqrt(n * p * (1 - p));
  if (deviation > 30) {
    // Close enough to normal there that no interval shows the difference.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(n, Math.max(0, Math.round(n * p + deviation * normal)));
  }
  // Jumps from success to success, so that rare patterns of many items cost little.
  let count = 0;
  for (let at = 0; ; count++) {
    at += Math.floor(Math.log(1 - random()) / Math.log(1 - p)) + 1;
    if (at > n) return count;
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
