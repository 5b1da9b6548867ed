import * as z from 'zod/mini';
import { method } from '../protocol/channel';
import type { PackedIndex } from './lineIndex';

/** What the worker that indexes files answers. Progress: bytes read so far, and of how many. */
export const indexWorkerApi = {
  methods: {
    'index/file': method<PackedIndex, { readonly bytes: number; readonly total: number }>()(
      z.object({ file: z.string() }),
    ),
  },
  events: {},
} as const;

export const indexerApi = { methods: {}, events: {} } as const;
