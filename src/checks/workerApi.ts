import * as z from 'zod/mini';
import { VARIETIES } from '../portuguese/varieties';
import { method } from '../protocol/channel';
import type { RangeResult } from './checkRange';

const offset = z.number().check(z.nonnegative());

/** What a check worker answers. Progress: bytes read since the last one. */
export const workerApi = {
  methods: {
    'checks/range': method<RangeResult, number>()(
      z.object({
        file: z.string(),
        start: offset,
        end: offset,
        rules: z.record(z.string(), z.enum(['error', 'warning', 'info', 'off'])),
        context: z.object({
          variety: z.enum(VARIETIES),
          mustCite: z.readonly(z.array(z.string())),
          nearDuplicate: z.optional(z.number().check(z.gte(0.3), z.lte(1))),
        }),
        maxTokens: z.nullable(z.number()),
      }),
    ),
  },
  events: {},
} as const;

export const poolApi = { methods: {}, events: {} } as const;

/** `workerData`: the strings of the interface's language, which a worker does not share with its parent. */
export interface WorkerData {
  readonly l10n: Readonly<Record<string, string>> | null;
}
