import type { RowSummary } from '../../src/protocol/datasetEditor';

const PAGE = 100;
const MOST_PAGES = 60;

interface Page {
  rows: readonly RowSummary[];
  stale: boolean;
}

export interface RowSource {
  readonly load: (from: number, count: number) => Promise<{ rows: readonly RowSummary[]; total: number }>;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The rows of the list, fetched by the page when they come into sight. One page is on its way at a time, the one that
 * was asked for last first: a drag through a million rows does not queue up what nobody looks at any more. Rows that may
 * have changed are shown until their successors are here.
 */
export class RowCache {
  private readonly pages = new Map<number, Page>();
  private wanted: number[] = [];
  private loading: Promise<void> | undefined;
  private generation = 0;

  constructor(private readonly source: RowSource) {}

  /** The row, if it is here; else it is fetched, and `onChange` called. */
  at(index: number): RowSummary | undefined {
    const number = Math.floor(index / PAGE);
    const page = this.pages.get(number);
    if (page === undefined || page.stale) this.want(number);
    return page?.rows[index - number * PAGE];
  }

  /** The row as it is now; undefined outside the list. */
  async fetch(index: number): Promise<RowSummary | undefined> {
    const number = Math.floor(index / PAGE);
    const page = this.pages.get(number);
    if (page === undefined || page.stale) await this.load(number);
    return this.pages.get(number)?.rows[index - number * PAGE];
  }

  /** Rows that are here, whatever page they are on. */
  *known(): Generator<RowSummary> {
    for (const { rows } of this.pages.values()) yield* rows;
  }

  /** Puts rows in the place of their older selves; where they stand has not changed. */
  update(rows: readonly RowSummary[]): void {
    const fresh = new Map(rows.map((row) => [row.key, row]));
    for (const page of this.pages.values()) {
      if (page.rows.some(({ key }) => fresh.has(key))) {
        page.rows = page.rows.map((row) => fresh.get(row.key) ?? row);
      }
    }
    this.source.onChange();
  }

  /** All rows may differ: they are fetched again as they come into sight. */
  invalidate(): void {
    this.generation++;
    for (const page of this.pages.values()) page.stale = true;
  }

  /** It is another list now. */
  clear(): void {
    this.generation++;
    this.pages.clear();
    this.wanted = [];
  }

  private want(number: number): void {
    this.wanted = [...this.wanted.filter((each) => each !== number), number].slice(-4);
    this.loading ??= this.work();
  }

  private async work(): Promise<void> {
    // Lets all rows of one drawing say what they want.
    await Promise.resolve();
    for (let next = this.wanted.pop(); next !== undefined; next = this.wanted.pop()) {
      try {
        await this.load(next);
      } catch (error) {
        this.wanted = [];
        this.source.onError(error);
      }
      this.source.onChange();
    }
    this.loading = undefined;
  }

  private async load(number: number): Promise<void> {
    for (;;) {
      const { generation } = this;
      const { rows } = await this.source.load(number * PAGE, PAGE);
      if (generation !== this.generation) continue;
      // The newest page goes last, the oldest is dropped.
      this.pages.delete(number);
      this.pages.set(number, { rows, stale: false });
      for (const old of [...this.pages.keys()].slice(0, -MOST_PAGES)) this.pages.delete(old);
      return;
    }
  }
}
