import * as z from 'zod/mini';
import { method } from './channel';

export interface MetricView {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly better: 'higher' | 'lower' | null;
  /** Decimals that are shown. */
  readonly digits: number;
}

export interface EstimateView {
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly best: boolean;
  /** To the base; `clear` when its interval does not hold 0. */
  readonly difference: { readonly value: number; readonly clear: boolean } | null;
}

export interface AnswererView {
  readonly title: string;
  readonly answered: number;
  readonly failed: number;
  /** In the order of the metrics. */
  readonly estimates: readonly EstimateView[];
}

export interface EvaluationView {
  /** Name of the dataset's file. */
  readonly name: string;
  /** The job whose evaluation split this is. */
  readonly job: string | null;
  readonly createdAt: string;
  readonly records: number;
  readonly seed: number;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly metrics: readonly MetricView[];
  readonly answerers: readonly AnswererView[];
  readonly done: number;
  readonly total: number;
  readonly running: boolean;
  /** Answers that this run found done already; null before it knows. */
  readonly reused: number | null;
  /** Why it stopped before its end. */
  readonly failure: string | null;
}

export interface RecordRow {
  /** Index in the evaluation, by which the page asks for it. */
  readonly at: number;
  readonly line: number;
  readonly id: string;
  readonly title: string;
  /** Of each answerer: the metric that was asked for; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface RecordView {
  readonly question: string;
  readonly reference: string | null;
  readonly answers: readonly {
    readonly title: string;
    /** Null where it has not been asked yet. */
    readonly text: string | null;
    readonly error: string | null;
    readonly cut: boolean;
    /** In the order of the metrics. */
    readonly values: readonly (number | null)[];
  }[];
}

/** By what records are sorted: their place, or a metric of an answerer. */
const sorting = z.object({
  metric: z.string().check(z.maxLength(40)),
  /** Index of the answerer; -1 sorts by line. */
  answerer: z.int().check(z.gte(-1), z.lte(1000)),
  descending: z.boolean(),
});
export type Sorting = z.infer<typeof sorting>;

const at = z.int().check(z.gte(0), z.lte(10_000_000));

/** What the page of an evaluation asks of the host. */
export const evaluationHostApi = {
  methods: {
    'evaluation/load': method<EvaluationView>()(z.object({})),
    'evaluation/records': method<{ readonly total: number; readonly rows: readonly RecordRow[] }>()(
      z.object({ sorting, count: z.int().check(z.gte(1), z.lte(1000)) }),
    ),
    'evaluation/record': method<RecordView>()(z.object({ at })),
    /** Opens the record in the dataset editor. */
    'evaluation/open': method<null>()(z.object({ at })),
    /** Goes on with what is not answered yet. */
    'evaluation/run': method<null>()(z.object({})),
    'evaluation/stop': method<null>()(z.object({})),
    'evaluation/export': method<null>()(z.object({ format: z.enum(['markdown', 'csv', 'json']) })),
  },
  events: {
    /** There is something new: the page loads what it shows. */
    'evaluation/changed': z.object({}),
  },
} as const;

/** The page answers nothing: it only asks and listens. */
export const evaluationViewApi = { methods: {}, events: {} } as const;
