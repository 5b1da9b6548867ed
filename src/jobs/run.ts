import * as z from 'zod/mini';
import { clusterSchema } from '../project/config';

export const RUN_STATES = [
  'submitting',
  'unknown',
  'queued',
  'preparing',
  'running',
  'completed',
  'failed',
  'cancelled',
  'lost',
] as const;
export type RunState = (typeof RUN_STATES)[number];

const text = z.nullable(z.string());
const number = z.nullable(z.number());

/** `.afina/runs/<run>/run.json`: one submission of a job, as this machine knows it. Times are ISO 8601. */
export const runSchema = z.looseObject({
  version: z.literal(1),
  id: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/)),
  job: z.string(),
  /** From the project's folder, with forward slashes; so is `dataset`. */
  jobFile: z.string(),
  dataset: z.string(),
  cluster: z.string(),
  /** The cluster as it was configured when the run was submitted. */
  clusterConfig: clusterSchema,
  base: z.object({
    /** Key of `models` in afina.yaml. */
    model: z.string(),
    /** Absolute path of the GGUF on this machine, with which the preview answers; null if it is not here yet. */
    gguf: text,
    hf: text,
  }),
  createdAt: z.string(),
  state: z.enum(RUN_STATES),
  /** Why it is in this state, in words: why it waits, what went wrong; null when there is nothing to say. */
  reason: text,
  jobId: text,
  remote: z.object({ root: z.string(), folder: z.string(), environment: text }),
  phase: text,
  step: number,
  maxSteps: number,
  epoch: number,
  loss: number,
  evalLoss: number,
  startedAt: text,
  endedAt: text,
  /** When a cancellation was asked for. */
  cancelRequestedAt: text,
  error: z.nullable(z.object({ type: z.string(), message: z.string(), hint: text })),
  counts: z.object({ train: z.number(), eval: z.number() }),
  /**
   * Bytes of the remote metrics.jsonl and train.log that are here already, and the inode of metrics.jsonl: a run that
   * goes on from a checkpoint replaces that file.
   */
  offsets: z.object({ metrics: z.number(), log: z.number(), metricsInode: z.nullish(z.string()) }),
  fetched: z.nullable(
    z.object({ adapterDir: z.string(), gguf: z.string(), sha256: z.string(), bytes: z.number() }),
  ),
});
export type Run = z.infer<typeof runSchema>;

/** States in which nothing more happens. */
export function isEnded(state: RunState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'lost';
}

/** One line of metrics.jsonl that can be drawn: a loss that is no number (null in the file) cannot. */
export const metricSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('train'),
    step: z.number(),
    epoch: z.nullable(z.number()),
    loss: z.number(),
    learningRate: z.nullish(z.number()),
    gradNorm: z.nullish(z.number()),
    tokens: z.nullish(z.number()),
    time: z.nullish(z.union([z.string(), z.number()])),
  }),
  z.object({
    type: z.literal('eval'),
    step: z.number(),
    epoch: z.nullable(z.number()),
    evalLoss: z.number(),
    time: z.nullish(z.union([z.string(), z.number()])),
  }),
]);
export type Metric = z.infer<typeof metricSchema>;
