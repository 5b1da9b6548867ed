import * as z from 'zod/mini';
import { method } from '../protocol/channel';
import type { PackedIndex } from './lineIndex';

const offset = z.number().check(z.nonnegative());

/** What the worker that indexes files answers. Progress: bytes read so far, and of how many. */
export const indexWorkerApi = {
  methods: {
    'index/stretch': method<PackedIndex, { readonly bytes: number; readonly total: number }>()(
      z.object({ file: z.string(), from: offset, to: offset }),
    ),
  },
  events: {},
} as const;

export const indexerApi = { methods: {}, events: {} } as const;
