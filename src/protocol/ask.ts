import * as z from 'zod/mini';
import { method } from './channel';
import type { ModelAnswer, PreviewNews } from './preview';

/** A question, a pasted document: more than the context of any model that runs on a desk. */
const MOST_TEXT = 400_000;
const MOST_TURNS = 400;

const text = z.string().check(z.maxLength(MOST_TEXT));
const name = z.string().check(z.maxLength(400));
const answerer = z.object({ model: name, run: z.nullable(name) });
export type AskAnswerer = z.infer<typeof answerer>;

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: text });
export type AskTurn = z.infer<typeof turn>;
const turns = z.array(turn).check(z.minLength(1), z.maxLength(MOST_TURNS));

const askState = z.object({
  /** Absolute folder of the project. */
  root: z.string(),
  /** Title of the project. */
  project: z.string(),
  /** What its domain tells a model before a conversation; empty where it says nothing. */
  system: z.string(),
  answerers: z.array(
    z.object({
      model: z.string(),
      run: z.nullable(z.string()),
      title: z.string(),
      /** Whether the model's file is on this machine. */
      here: z.boolean(),
    }),
  ),
  /** Who answers beside the text; null where nobody does. */
  base: z.nullable(answerer),
  tuned: z.nullable(answerer),
});
export type AskState = z.infer<typeof askState>;

/** Commands that the page carries out. */
export const ASK_COMMANDS = [
  'send',
  'stop',
  'edit',
  'new',
  'nextAnswer',
  'previousAnswer',
  'copy',
  'save',
] as const;
export type AskCommand = (typeof ASK_COMMANDS)[number];

/** What the page asks of the host, and hears from it. */
export const askHostApi = {
  methods: {
    'ask/load': method<AskState>()(z.object({})),
    /** The answer to a conversation that ends in the user's turn. */
    'ask/answer': method<ModelAnswer, PreviewNews>()(z.object({ answerer, messages: turns })),
    /** Saves a conversation that ends in an answer as a draft record; false when its user went back. */
    'ask/save': method<boolean>()(z.object({ answerer, messages: turns })),
    'ask/copy': method<null>()(z.object({ text })),
    /** Downloads a model after asking. */
    'ask/download': method<null>()(z.object({ model: name })),
    'ask/remedy': method<null>()(
      z.object({ remedy: z.enum(['openLog', 'openProject', 'showModels', 'showRuns']) }),
    ),
  },
  events: {
    'ask/state': askState,
    'ask/run': z.object({ command: z.enum(ASK_COMMANDS) }),
    /** Puts a text where the question is written. */
    'ask/write': z.object({ text: z.string() }),
  },
} as const;

/** What the page tells the host. */
export const askViewApi = {
  methods: {},
  events: { 'ask/running': z.object({ running: z.boolean() }) },
} as const;

/** What the page keeps over a reload of the window, as far as the host reads it. */
export const askKept = z.object({ root: z.string().check(z.maxLength(4096)) });
