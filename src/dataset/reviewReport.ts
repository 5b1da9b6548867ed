import { stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { UnitTally, cohenKappa, krippendorffAlpha, percentAgreement } from './agreement';
import type {
  Disagreement,
  PairAgreement,
  PersonProgress,
  ReviewReport,
  StatusCounts,
} from '../protocol/reviewReport';
import { fileError } from './fileErrors';
import { isBlankLine, readLines } from './lineReader';
import { STATUSES, isObject } from './record';
import type { Status } from './record';
import { summary } from './recordText';
import { needsAdjudication, personKey, reviewOf, statusOf } from './review';
import type { Review, Verdict, VerdictEntry } from './review';

export interface ReviewReportOptions {
  /** Verdicts that a record needs. */
  readonly reviewers: number;
  readonly signal?: AbortSignal | undefined;
  /** Share of the file that is read, 0 to 1. */
  readonly progress?: ((share: number) => void) | undefined;
  readonly most?: number;
}

const MOST_LISTED = 500;
const MOST_REASONS = 20;
/** Longer reasons are texts of their own, not worth counting. */
const LONGEST_COUNTED = 200;

/** What the reviews of a dataset have come to, read line by line. Throws UserError and CancelledError. */
export async function reviewReport(file: string, options: ReviewReportOptions): Promise<ReviewReport> {
  const tally = new ReportTally(options.reviewers, options.most ?? MOST_LISTED);
  try {
    const { size } = await stat(file);
    for await (const lines of readLines(file, { signal: options.signal })) {
      for (const { number, bytes, length } of lines) {
        if (length === bytes.length && isBlankLine(bytes)) continue;
        tally.add(number, isUtf8(bytes) && length === bytes.length ? bytes.toString('utf8') : undefined);
      }
      const last = lines.at(-1);
      if (last !== undefined)
        options.progress?.(Math.min(1, (last.offset + last.length) / Math.max(1, size)));
    }
  } catch (error) {
    throw fileError(error, file);
  }
  return tally.report();
}

interface Person {
  by: string;
  readonly verdicts: Record<Verdict, number>;
  blind: number;
  adjudications: number;
  last: string;
}

class ReportTally {
  private records = 0;
  private unreadable = 0;
  private approvedUnreviewed = 0;
  private blindRounds = 0;
  private rounds = 0;
  private open: Disagreement[] = [];
  private decided: Disagreement[] = [];
  private readonly openCount = { open: 0, decided: 0 };
  private readonly counts = noCounts();
  private readonly topics = new Map<string, Record<Status, number>>();
  private readonly people = new Map<string, Person>();
  private readonly units = new UnitTally();
  /** By two people, in the order of their keys: how often which two verdicts met. */
  private readonly pairs = new Map<string, Map<string, number>>();
  private readonly reasons = new Map<string, number>();

  constructor(
    private readonly reviewers: number,
    private readonly most: number,
  ) {}

  add(line: number, text: string | undefined): void {
    this.records++;
    const raw = text === undefined ? undefined : parsed(text);
    if (text === undefined || !isObject(raw)) {
      this.unreadable++;
      return;
    }
    const meta = isObject(raw.meta) ? raw.meta : {};
    const status = statusOf(raw) ?? 'draft';
    const topic = typeof meta.topic === 'string' ? meta.topic : '';
    const counts = this.topics.get(topic) ?? noCounts();
    this.topics.set(topic, counts);
    counts[status]++;
    this.counts[status]++;
    if (meta.reviews === undefined) {
      if (status === 'approved') this.approvedUnreviewed++;
      return;
    }
    const review = reviewOf(raw);
    const verdicts = review.entries.filter((entry) => 'verdict' in entry);
    if (status === 'approved' && review.verdicts.length === 0 && review.adjudication === undefined)
      this.approvedUnreviewed++;
    for (const entry of verdicts) this.addPerson(entry);
    this.addRounds(verdicts);
    this.addDisagreement(line, text, status, review);
  }

  report(): ReviewReport {
    const alpha = krippendorffAlpha(this.units);
    return {
      records: this.records,
      unreadable: this.unreadable,
      counts: this.counts,
      approvedUnreviewed: this.approvedUnreviewed,
      topics: [...this.topics]
        .map(([topic, counts]) => ({ topic, counts }))
        .sort((a, b) => total(b.counts) - total(a.counts) || compare(a.topic, b.topic)),
      people: [...this.people.values()].sort((a, b) => given(b) - given(a) || compare(a.by, b.by)),
      agreement: {
        rounds: this.rounds,
        percent: percentAgreement(this.units) ?? null,
        alpha: alpha ?? null,
        pairs: this.kappas(),
        blind: this.blindRounds,
      },
      disagreements: { ...this.openCount, list: [...this.open, ...this.decided].slice(0, this.most) },
      reasons: [...this.reasons]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count || compare(a.reason, b.reason))
        .slice(0, MOST_REASONS),
    };
  }

  private addPerson({ by, verdict, at, blind, adjudication, reason }: VerdictEntry): void {
    const key = personKey(by);
    const person = this.people.get(key) ?? {
      by,
      verdicts: { approved: 0, rejected: 0, repair: 0 },
      blind: 0,
      adjudications: 0,
      last: '',
    };
    this.people.set(key, person);
    person.verdicts[verdict]++;
    if (blind) person.blind++;
    if (adjudication) person.adjudications++;
    if (at >= person.last) Object.assign(person, { by, last: at });
    if (reason !== '' && reason.length <= LONGEST_COUNTED)
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** Agreement is between first verdicts: who gives another one knows what the others said. */
  private addRounds(verdicts: readonly VerdictEntry[]): void {
    const rounds = new Map<number, Map<string, VerdictEntry>>();
    for (const entry of verdicts) {
      if (entry.adjudication) continue;
      const round = rounds.get(entry.round) ?? new Map<string, VerdictEntry>();
      rounds.set(entry.round, round);
      const key = personKey(entry.by);
      if (!round.has(key)) round.set(key, entry);
    }
    for (const round of rounds.values()) {
      if (round.size < 2) continue;
      this.rounds++;
      if ([...round.values()].every(({ blind }) => blind)) this.blindRounds++;
      this.units.add([...round.values()].map(({ verdict }) => verdict));
      const people = [...round].sort(([a], [b]) => compare(a, b));
      for (const [at, [first, a]] of people.entries()) {
        for (const [second, b] of people.slice(at + 1)) {
          const pair = JSON.stringify([first, second]);
          const met = this.pairs.get(pair) ?? new Map<string, number>();
          this.pairs.set(pair, met);
          const cell = JSON.stringify([a.verdict, b.verdict]);
          met.set(cell, (met.get(cell) ?? 0) + 1);
        }
      }
    }
  }

  private addDisagreement(line: number, text: string, status: Status, review: Review): void {
    const differ = review.verdicts.some(({ verdict }) => verdict !== review.verdicts[0]?.verdict);
    const open = status === 'review' && needsAdjudication(review, this.reviewers);
    if (!differ || (!open && review.adjudication === undefined)) return;
    this.openCount[open ? 'open' : 'decided']++;
    const list = open ? this.open : this.decided;
    if (list.length >= this.most) return;
    const { id, title } = summary(text);
    const { adjudication } = review;
    list.push({
      line,
      id,
      title,
      verdicts: review.verdicts.map(({ by, verdict, reason }) => ({ by, verdict, reason })),
      decided: adjudication === undefined ? null : { by: adjudication.by, verdict: adjudication.verdict },
    });
  }

  private kappas(): PairAgreement[] {
    return [...this.pairs]
      .flatMap(([pair, met]) => {
        const [first, second] = JSON.parse(pair) as [string, string];
        const kappa = cohenKappa(unfold(met));
        const people = [this.people.get(first)?.by ?? first, this.people.get(second)?.by ?? second] as const;
        return kappa === undefined ? [] : [{ people, kappa }];
      })
      .sort((a, b) => b.kappa.items - a.kappa.items || compare(a.people.join(), b.people.join()));
  }
}

function* unfold(met: ReadonlyMap<string, number>): Generator<[string, string]> {
  for (const [cell, times] of met) {
    const pair = JSON.parse(cell) as [string, string];
    for (let count = 0; count < times; count++) yield pair;
  }
}

function noCounts(): Record<Status, number> {
  return { draft: 0, review: 0, approved: 0, rejected: 0 };
}

function total(counts: StatusCounts): number {
  return STATUSES.reduce((sum, status) => sum + counts[status], 0);
}

function given({ verdicts }: PersonProgress): number {
  return verdicts.approved + verdicts.rejected + verdicts.repair;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
