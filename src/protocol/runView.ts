import * as z from 'zod/mini';
import { method } from './channel';

const fact = z.object({ label: z.string(), value: z.string() });

export const RUN_ACTIONS = ['cancel', 'fetch', 'log', 'preview', 'resume', 'job'] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

const points = z.array(z.tuple([z.number(), z.number()]));
/** Loss by step: [step, loss]. */
export type Points = z.infer<typeof points>;

export const runSnapshot = z.object({
  id: z.string(),
  title: z.string(),
  /** One of the run states; the words for it come beside it. */
  state: z.string(),
  stateLabel: z.string(),
  /** What colour it deserves. */
  tone: z.enum(['wait', 'work', 'good', 'bad', 'off']),
  reason: z.nullable(z.string()),
  error: z.nullable(z.object({ message: z.string(), hint: z.nullable(z.string()) })),
  step: z.nullable(z.number()),
  maxSteps: z.nullable(z.number()),
  epoch: z.nullable(z.number()),
  epochs: z.nullable(z.number()),
  loss: z.nullable(z.number()),
  firstLoss: z.nullable(z.number()),
  evalLoss: z.nullable(z.number()),
  /** As measured between the steps that were logged; null before there are two. */
  secondsPerStep: z.nullable(z.number()),
  /** ISO 8601. */
  startedAt: z.nullable(z.string()),
  endedAt: z.nullable(z.string()),
  /** Result, settings, place: already in the interface's language. */
  details: z.array(fact),
  /** What may be done now, the main action first. */
  actions: z.array(z.enum(RUN_ACTIONS)),
  /** An action under way: what it is doing, and how far it is (0 to 1) when that is known. */
  busy: z.nullable(z.object({ label: z.string(), fraction: z.nullable(z.number()) })),
});
export type RunSnapshot = z.infer<typeof runSnapshot>;

/** New points of the curves; `reset` replaces all. */
const curves = z.object({ reset: z.boolean(), train: points, eval: points });
export type Curves = z.infer<typeof curves>;

const logPart = z.object({ text: z.string() });

/** What the view asks of the host, and hears from it. */
export const runViewHostApi = {
  methods: {
    'runView/load': method<{ snapshot: RunSnapshot; curves: Curves; log: string }>()(z.object({})),
    /** Ends when the action has ended; its error is shown by the host as well. */
    'runView/act': method<null>()(z.object({ action: z.enum(RUN_ACTIONS) })),
  },
  events: { 'runView/snapshot': runSnapshot, 'runView/curves': curves, 'runView/log': logPart },
} as const;

/** The view answers nothing: it only asks and listens. */
export const runViewViewApi = { methods: {}, events: {} } as const;
