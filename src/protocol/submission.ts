import * as z from 'zod/mini';
import { method } from './channel';

/** A line of a list of facts, already in the interface's language. */
const fact = z.object({ label: z.string(), value: z.string(), note: z.optional(z.string()) });
export type Fact = z.infer<typeof fact>;

const problem = z.object({
  message: z.string(),
  severity: z.enum(['error', 'warning']),
  /** From the project's folder. */
  file: z.string(),
  /** From 1; 0 when the whole file is meant. */
  line: z.number(),
  /** Position in the host's list, for `submission/openProblem`. */
  index: z.number(),
});
export type SubmissionProblem = z.infer<typeof problem>;

const plannedFile = z.object({
  label: z.string(),
  path: z.string(),
  bytes: z.number(),
  leaves: z.boolean(),
});

const summary = z.object({
  /** From the project's folder. */
  jobFile: z.string(),
  dataset: z.object({
    file: z.string(),
    train: z.number(),
    eval: z.number(),
    leftOut: z.number(),
    /** Why records are left out, in words. */
    leftOutReason: z.string(),
  }),
  base: z.array(fact),
  cluster: z.object({
    name: z.string(),
    local: z.boolean(),
    /** Host, or the words for this machine. */
    where: z.string(),
    facts: z.array(fact),
  }),
  settings: z.array(fact),
  files: z.array(plannedFile),
  bytesLeaving: z.number(),
});
export type SubmissionSummary = z.infer<typeof summary>;

const step = z.object({
  name: z.enum(['connect', 'upload', 'environment', 'submit']),
  state: z.enum(['waiting', 'active', 'done', 'failed']),
  detail: z.string(),
  /** 0 to 1, or null when nobody can say. */
  fraction: z.nullable(z.number()),
});
export type SubmissionStep = z.infer<typeof step>;

export const submissionState = z.object({
  title: z.string(),
  /**
   * planning: the job is being read; problems: it cannot be submitted as it stands; ready: waits for its user;
   * submitting, failed (may be retried), submitted; cancelled: its user went back before anything was sent.
   */
  phase: z.enum(['planning', 'problems', 'ready', 'submitting', 'failed', 'submitted', 'cancelled']),
  summary: z.nullable(summary),
  problems: z.array(problem),
  /** An earlier submission of this job that has not been finished, in words. */
  unfinished: z.nullable(z.string()),
  steps: z.array(step),
  error: z.nullable(z.object({ message: z.string(), log: z.nullable(z.string()), retry: z.boolean() })),
  run: z.nullable(z.object({ id: z.string(), jobId: z.nullable(z.string()) })),
});
export type SubmissionState = z.infer<typeof submissionState>;

const nothing = z.object({});

/** What the panel asks of the host, and hears from it. */
export const submissionHostApi = {
  methods: {
    'submission/load': method<SubmissionState>()(nothing),
    /** Only this sends anything, and only from the phase `ready`. */
    'submission/confirm': method<null>()(nothing),
    /** Closes the panel, or stops a submission under way. */
    'submission/cancel': method<null>()(nothing),
    /** Goes on with the same run, or plans again when nothing was started. */
    'submission/retry': method<null>()(nothing),
    'submission/openRun': method<null>()(nothing),
    'submission/openJob': method<null>()(nothing),
    'submission/openDataset': method<null>()(nothing),
    'submission/openProblem': method<null>()(z.object({ index: z.int().check(z.nonnegative()) })),
  },
  events: { 'submission/state': submissionState },
} as const;

/** The panel answers nothing: it only asks and listens. */
export const submissionViewApi = { methods: {}, events: {} } as const;
