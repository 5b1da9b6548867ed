import * as z from 'zod/mini';
import { method } from './channel';

/** Longest reason, in UTF-16 units. */
const MAX_REASON = 4000;

/** Commands that the page carries out, each as `afina.<name>`. */
export const COMPARE_COMMANDS = [
  'compareLeft',
  'compareRight',
  'compareTie',
  'compareBothBad',
  'compareLeftReason',
  'compareRightReason',
  'compareTieReason',
  'compareBothBadReason',
  'compareUndo',
  'compareReference',
  'compareResults',
  'compareExport',
] as const;
export type CompareCommand = (typeof COMPARE_COMMANDS)[number];

const side = z.enum(['left', 'right', 'tie', 'bad']);
export type CompareSide = z.infer<typeof side>;

interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Verdicts counted; `winRate` is that of the second over the first, ties and both bad left out. */
export interface Tally {
  readonly a: number;
  readonly b: number;
  readonly ties: number;
  readonly bad: number;
  /** With its 95 % interval; null when nobody preferred one. */
  readonly winRate: Proportion | null;
  /** Two-sided p of the exact sign test. */
  readonly signTest: number | null;
}

export interface JudgeAgreement {
  /** Records that two judges or more have judged. */
  readonly records: number;
  /** Share of equal pairs of verdicts. */
  readonly percent: number | null;
  /** Krippendorff's α. */
  readonly alpha: number | null;
  readonly pairs: readonly {
    readonly people: readonly [string, string];
    readonly records: number;
    readonly equal: number;
    /** Cohen's κ; null where chance alone would agree always. */
    readonly kappa: number | null;
  }[];
}

export interface ComparisonResults {
  readonly records: number;
  /** Records on which both said the same: nobody judges them. */
  readonly same: number;
  readonly judges: readonly {
    readonly judge: string;
    readonly tally: Tally;
    /** Verdicts given after the judge had asked for the results. */
    readonly sawResults: number;
  }[];
  /** Each record once, for what most of its judges preferred. */
  readonly together: Tally;
  /** Null where no two judges have judged the same record. */
  readonly agreement: JudgeAgreement | null;
  readonly reasons: readonly {
    readonly reason: string;
    readonly a: number;
    readonly b: number;
    readonly other: number;
  }[];
}

const answer = z.object({ text: z.string(), /** It ended because it was long enough. */ cut: z.boolean() });
export type BlindAnswer = z.infer<typeof answer>;

const item = z.object({
  key: z.string(),
  /** From 1, among those that are judged. */
  position: z.number(),
  prompt: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  reference: z.nullable(z.string()),
  /** Null until both are there. */
  answers: z.nullable(z.object({ left: answer, right: answer })),
});

/** What the page shows. Nothing in it tells who answered, until `results` are asked for. */
export const compareState = z.object({
  dataset: z.string(),
  judge: z.string(),
  total: z.number(),
  judged: z.number(),
  /** Answers made, of all. */
  answers: z.object({ made: z.number(), total: z.number() }),
  /** Null when all are judged. */
  item: z.nullable(item),
  canUndo: z.boolean(),
  /** Why no more answers are made. */
  failure: z.nullable(z.string()),
});
export type CompareState = z.infer<typeof compareState>;

/** With the names that were kept back. */
export interface CompareResultsView {
  readonly a: string;
  readonly b: string;
  readonly results: ComparisonResults;
}

const nothing = z.object({});
const key = z.string().check(z.maxLength(100));

/** What the page asks of the host, and hears from it. */
export const compareHostApi = {
  methods: {
    'compare/load': method<CompareState>()(nothing),
    /** Nothing happens when `key` is not the record in sight. */
    'compare/vote': method<null>()(
      z.object({ key, side, reason: z.string().check(z.maxLength(MAX_REASON)) }),
    ),
    'compare/undo': method<null>()(nothing),
    /** Keys that give verdicts are off while a reason is written; answered when they are. */
    'compare/asking': method<null>()(z.object({ on: z.boolean() })),
    /** Null when the judge would rather not see them yet. */
    'compare/results': method<CompareResultsView | null>()(nothing),
    'compare/export': method<null>()(nothing),
    /** Goes on making answers after a failure. */
    'compare/retry': method<null>()(nothing),
  },
  events: {
    'compare/state': compareState,
    'compare/run': z.object({ command: z.enum(COMPARE_COMMANDS) }),
  },
} as const;

/** The page answers nothing: it only asks and listens. */
export const compareViewApi = { methods: {}, events: {} } as const;
