import type { RowKey } from './documentTypes';

/** `count` rows with the keys `key`, `key + 1`, … */
export interface Run {
  readonly key: RowKey;
  readonly count: number;
}

/** Rows that were taken out: `run` stood at `at`, counted with all pieces before it still in place. */
export interface Removed {
  readonly at: number;
  readonly run: Run;
}

/**
 * The order of a document's rows as runs of consecutive keys: a million untouched rows are one run. Values are
 * immutable, so that a save can go on with the order it began with.
 */
export class RowOrder {
  readonly length: number;
  private lookup: { readonly starts: Float64Array; readonly byKey: readonly number[] } | undefined;

  private constructor(readonly runs: readonly Run[]) {
    this.length = runs.reduce((sum, run) => sum + run.count, 0);
  }

  static of(runs: Iterable<Run>): RowOrder {
    const joined: { key: RowKey; count: number }[] = [];
    for (const { key, count } of runs) {
      if (count <= 0) continue;
      const last = joined[joined.length - 1];
      if (last !== undefined && last.key + last.count === key) last.count += count;
      else joined.push({ key, count });
    }
    return new RowOrder(joined);
  }

  equals(other: RowOrder): boolean {
    return (
      this === other ||
      (this.runs.length === other.runs.length &&
        this.runs.every((run, at) => run.key === other.runs[at]?.key && run.count === other.runs[at].count))
    );
  }

  /** Throws RangeError outside 0 … length - 1. */
  keyAt(index: number): RowKey {
    const at = this.runAt(index);
    const run = this.runs[at];
    if (run === undefined) throw new RangeError(`no row ${index} of ${this.length}`);
    return run.key + index - this.start(at);
  }

  /** Position of a key, or -1. */
  indexOf(key: RowKey): number {
    const { byKey } = this.tables();
    let low = 0;
    let high = byKey.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.runs[byKey[middle] ?? 0]?.key ?? 0) <= key) low = middle + 1;
      else high = middle;
    }
    const at = byKey[low - 1];
    const run = at === undefined ? undefined : this.runs[at];
    if (at === undefined || run === undefined || key >= run.key + run.count) return -1;
    return this.start(at) + key - run.key;
  }

  /** The runs of the rows from `from` on, `count` of them at most. */
  slice(from: number, count: number): Run[] {
    const result: Run[] = [];
    let at = this.runAt(from);
    let left = Math.min(count, this.length - from);
    let skip = from - this.start(at);
    while (left > 0) {
      const run = this.runs[at++];
      if (run === undefined) break;
      const taken = Math.min(left, run.count - skip);
      result.push({ key: run.key + skip, count: taken });
      left -= taken;
      skip = 0;
    }
    return result;
  }

  insert(at: number, run: Run): RowOrder {
    const place = Math.max(0, Math.min(at, this.length));
    return RowOrder.of([...this.slice(0, place), run, ...this.slice(place, this.length)]);
  }

  /** Puts runs in. `at` counts the rows of this order alone, ascending; runs of one place keep their order. */
  insertAll(runs: readonly Removed[]): RowOrder {
    if (runs.length === 0) return this;
    const result: Run[] = [];
    let taken = 0;
    for (const { at, run } of runs) {
      const place = Math.max(taken, Math.min(at, this.length));
      for (const piece of this.slice(taken, place - taken)) result.push(piece);
      result.push(run);
      taken = place;
    }
    for (const piece of this.slice(taken, this.length)) result.push(piece);
    return RowOrder.of(result);
  }

  /** Takes keys out. Those that are not there are passed over. */
  remove(keys: Iterable<RowKey>): { readonly order: RowOrder; readonly removed: Removed[] } {
    const indices = [...new Set([...keys].map((key) => this.indexOf(key)))]
      .filter((index) => index >= 0)
      .sort((a, b) => a - b);
    const kept: Run[] = [];
    const removed: { at: number; run: { key: RowKey; count: number } }[] = [];
    let start = 0;
    let next = 0;
    for (const run of this.runs) {
      let from = 0;
      for (
        let index = indices[next];
        index !== undefined && index < start + run.count;
        index = indices[++next]
      ) {
        const offset = index - start;
        kept.push({ key: run.key + from, count: offset - from });
        const key = run.key + offset;
        const last = removed[removed.length - 1];
        if (
          last !== undefined &&
          last.run.key + last.run.count === key &&
          last.at + last.run.count === index
        ) {
          last.run.count++;
        } else {
          removed.push({ at: index, run: { key, count: 1 } });
        }
        from = offset + 1;
      }
      kept.push({ key: run.key + from, count: run.count - from });
      start += run.count;
    }
    return { order: RowOrder.of(kept), removed };
  }

  /** Puts back what `remove` took out. */
  restore(removed: readonly Removed[]): RowOrder {
    const result: Run[] = [];
    let position = 0;
    let taken = 0;
    for (const { at, run } of removed) {
      const before = Math.max(0, Math.min(at - position, this.length - taken));
      for (const piece of this.slice(taken, before)) result.push(piece);
      result.push(run);
      taken += before;
      position += before + run.count;
    }
    for (const piece of this.slice(taken, this.length)) result.push(piece);
    return RowOrder.of(result);
  }

  /** How many keys from `key` on stand here one behind the other; 0 when `key` is not here. */
  extent(key: RowKey): number {
    const index = this.indexOf(key);
    if (index < 0) return 0;
    const run = this.runs[this.runAt(index)];
    return run === undefined ? 0 : run.key + run.count - key;
  }

  /** Keys of this order that `other` has not, ascending. */
  without(other: RowOrder): Run[] {
    if (this === other) return [];
    const mine = this.sorted();
    const theirs = other.sorted();
    const result: Run[] = [];
    let next = 0;
    for (const run of mine) {
      let key = run.key;
      const end = run.key + run.count;
      for (;;) {
        let them = theirs[next];
        while (them !== undefined && them.key + them.count <= key) them = theirs[++next];
        if (them === undefined || them.key >= end) break;
        if (them.key > key) result.push({ key, count: them.key - key });
        key = Math.min(end, them.key + them.count);
        if (key >= end) break;
      }
      if (key < end) result.push({ key, count: end - key });
    }
    return result;
  }

  private sorted(): Run[] {
    return this.tables().byKey.map((at) => this.runs[at] ?? { key: 0, count: 0 });
  }

  private start(at: number): number {
    return this.tables().starts[at] ?? 0;
  }

  private runAt(index: number): number {
    const { starts } = this.tables();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return index < 0 || index >= this.length ? this.runs.length : low - 1;
  }

  private tables(): NonNullable<typeof this.lookup> {
    if (this.lookup === undefined) {
      const starts = new Float64Array(this.runs.length);
      let start = 0;
      this.runs.forEach((run, at) => {
        starts[at] = start;
        start += run.count;
      });
      const byKey = this.runs.map((_, at) => at);
      byKey.sort((a, b) => (this.runs[a]?.key ?? 0) - (this.runs[b]?.key ?? 0));
      this.lookup = { starts, byKey };
    }
    return this.lookup;
  }
}
