import * as z from 'zod/mini';
import { method } from './channel';

type Status = 'draft' | 'review' | 'approved' | 'rejected';
type Verdict = 'approved' | 'rejected' | 'repair';

/** An estimate with its 95 % interval; null where the data do not allow one. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Kappa extends Estimate {
  /** Share of the items on which both agree. */
  readonly observed: number;
  /** The share that chance alone would give. */
  readonly expected: number;
  readonly standardError: number | null;
  readonly items: number;
}

export interface Alpha extends Estimate {
  /** Items with two values or more. */
  readonly items: number;
  readonly values: number;
}

export type StatusCounts = Readonly<Record<Status, number>>;

export interface TopicProgress {
  /** Empty for records without one. */
  readonly topic: string;
  readonly counts: StatusCounts;
}

export interface PersonProgress {
  /** As the newest entry writes the person. */
  readonly by: string;
  /** Verdicts of every round, adjudications among them. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly blind: number;
  readonly adjudications: number;
  /** ISO 8601; empty when no entry has a time. */
  readonly last: string;
}

export interface Disagreement {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly id: string;
  readonly title: string;
  readonly verdicts: readonly { readonly by: string; readonly verdict: Verdict; readonly reason: string }[];
  /** Who decided, and how; null while nobody has. */
  readonly decided: { readonly by: string; readonly verdict: Verdict } | null;
}

export interface PairAgreement {
  readonly people: readonly [string, string];
  readonly kappa: Kappa;
}

export interface ReviewReport {
  readonly records: number;
  /** Lines that are no record. */
  readonly unreadable: number;
  readonly counts: StatusCounts;
  /** Approved by hand: no verdict says so. */
  readonly approvedUnreviewed: number;
  readonly topics: readonly TopicProgress[];
  readonly people: readonly PersonProgress[];
  /** Rounds that two people or more judged; share of equal pairs, κ of each two people, α of all. */
  readonly agreement: {
    readonly rounds: number;
    readonly percent: number | null;
    readonly alpha: Alpha | null;
    readonly pairs: readonly PairAgreement[];
    /** Rounds in which everybody judged without having seen the others. */
    readonly blind: number;
  };
  readonly disagreements: {
    readonly open: number;
    readonly decided: number;
    /** The open ones first; at most as many as `most`. */
    readonly list: readonly Disagreement[];
  };
  /** Reasons of rejections and repairs, the commonest first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

export interface ReportView {
  readonly report: ReviewReport;
  /** Name of the file. */
  readonly name: string;
  readonly topics: readonly { readonly id: string; readonly title: string }[];
  /** An editor has edits that are not in the file, and so not in the report. */
  readonly unsaved: boolean;
}

/** What the report's page asks of the host. */
export const reviewReportHostApi = {
  methods: {
    /** Reads the dataset anew; counts while it goes on. */
    'report/load': method<ReportView, { readonly share: number }>()(z.object({})),
    /** Opens the record in the dataset editor. */
    'report/open': method<null>()(
      z.object({ line: z.int().check(z.gte(1)), id: z.string().check(z.maxLength(10_000)) }),
    ),
    /** Opens the report as a Markdown document. */
    'report/export': method<null>()(z.object({})),
  },
  events: {},
} as const;

/** The page answers nothing: it only asks. */
export const reviewReportViewApi = { methods: {}, events: {} } as const;
