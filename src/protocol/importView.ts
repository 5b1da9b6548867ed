import * as z from 'zod/mini';
import { method } from './channel';

/** What a field of the other file becomes. */
export const IMPORT_TARGETS = [
  'prompt',
  'answer',
  'system',
  'conversation',
  'chosen',
  'rejected',
  'topic',
  'status',
  'sources',
  'id',
  'meta',
  'ignore',
] as const;
const target = z.enum(IMPORT_TARGETS);
export type ImportTarget = z.infer<typeof target>;

const status = z.enum(['draft', 'review', 'approved', 'rejected']);
const name = z.string().check(z.maxLength(1000));
const mode = z.enum(['new', 'append']);

const field = z.object({ name: z.string(), samples: z.array(z.string()), target });

const turn = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  part: z.enum(['talk', 'chosen', 'rejected']),
  content: z.string(),
});

const record = z.object({
  line: z.number(),
  id: z.string(),
  turns: z.array(turn),
  topic: z.string(),
  status: z.nullable(status),
  sources: z.array(z.string()),
  /** Why the row makes no record. */
  problem: z.nullable(z.string()),
});
export type ImportedPreview = z.infer<typeof record>;

const result = z.object({
  records: z.number(),
  /** What else is to be known, in words. */
  notes: z.array(z.string()),
  problems: z.array(z.object({ line: z.number(), message: z.string() })),
});

export const importState = z.object({
  /** Name of the file. */
  file: z.string(),
  /** Tool or format, and what was found out about the file; in words. */
  facts: z.array(z.string()),
  phase: z.enum(['opening', 'ready', 'importing', 'done', 'failed']),
  fields: z.array(field),
  /** State of the records that have none. */
  status,
  mode,
  /** Path of the new dataset from `folder`. */
  name: z.string(),
  folder: z.string(),
  datasets: z.array(z.string()),
  /** The dataset that the records are added to. */
  dataset: z.nullable(z.string()),
  preview: z.array(record),
  /** What keeps the import from starting, in words. */
  hint: z.nullable(z.string()),
  rowsHaveNoLines: z.boolean(),
  /** 0 to 1 while it goes on. */
  fraction: z.number(),
  result: z.nullable(result),
  error: z.nullable(z.object({ message: z.string(), canOpen: z.boolean() })),
});
export type ImportState = z.infer<typeof importState>;

const nothing = z.object({});

/** What the panel asks of the host, and hears from it. */
export const importHostApi = {
  methods: {
    'import/load': method<ImportState>()(nothing),
    'import/map': method<null>()(z.object({ field: z.int().check(z.nonnegative()), target })),
    'import/options': method<null>()(
      z.object({
        status: z.optional(status),
        mode: z.optional(mode),
        name: z.optional(name),
        dataset: z.optional(name),
      }),
    ),
    /** Only this writes anything. */
    'import/run': method<null>()(nothing),
    /** Stops what goes on, or closes the panel. */
    'import/cancel': method<null>()(nothing),
    /** Goes back to the mapping after an error. */
    'import/retry': method<null>()(nothing),
    'import/openDataset': method<null>()(nothing),
    /** Shows a line of the file that is imported; 0: where the error is. */
    'import/openLine': method<null>()(z.object({ line: z.int().check(z.nonnegative()) })),
  },
  events: { 'import/state': importState },
} as const;

/** The panel answers nothing: it only asks and listens. */
export const importViewApi = { methods: {}, events: {} } as const;
