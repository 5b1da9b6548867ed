import * as z from 'zod/mini';
import { method } from './channel';

const token = z.object({ id: z.number(), text: z.string(), special: z.boolean() });
export type PromptChip = z.infer<typeof token>;

/** A token of the preview beside the one of training; null where a side has none. */
const row = z.object({
  preview: z.nullable(token),
  training: z.nullable(token),
  /** Training has loss on it: the model learns to say it. */
  loss: z.boolean(),
  different: z.boolean(),
});
export type PromptRow = z.infer<typeof row>;

export const promptState = z.object({
  /** The record's id. */
  record: z.string(),
  phase: z.enum(['loading', 'ready', 'failed']),
  /** Who would be asked. */
  model: z.string(),
  training: z.object({
    /** Computed by the trainer here; written down by a run; or expected of it, as nobody could ask it. */
    kind: z.enum(['measured', 'run', 'expected']),
    by: z.string(),
    /** Why it could not be asked; null when it was. */
    note: z.nullable(z.string()),
    /** The environment that is missing could be made on this machine. */
    canPrepare: z.boolean(),
  }),
  /** What does not agree, in words. */
  problems: z.array(z.string()),
  /** One for each answer of the record that can be asked for. */
  answers: z.array(
    z.object({
      rows: z.array(row),
      sent: z.number(),
      learnt: z.number(),
    }),
  ),
  /** The record would not train; null when it would. */
  untrained: z.nullable(z.string()),
  error: z.nullable(z.string()),
});
export type PromptState = z.infer<typeof promptState>;

const nothing = z.object({});

export const promptHostApi = {
  methods: {
    'prompt/load': method<PromptState>()(nothing),
    /** Reads the record and compares once more. */
    'prompt/again': method<null>()(nothing),
    /** Makes the Python environment of training on this machine, after asking. */
    'prompt/prepare': method<null>()(nothing),
    'prompt/openProject': method<null>()(nothing),
  },
  events: { 'prompt/state': promptState },
} as const;

/** The page answers nothing: it only asks and listens. */
export const promptViewApi = { methods: {}, events: {} } as const;
