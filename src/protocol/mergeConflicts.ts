import * as z from 'zod/mini';
import { method } from './channel';

const MOST = 100_000;

export interface ConflictFieldShown {
  /** As `messages[1].content`; empty for the whole record. */
  readonly name: string;
  /** Null where a side does not have it. */
  readonly mine: string | null;
  readonly theirs: string | null;
}

export interface ConflictShown {
  readonly id: string;
  readonly line: number;
  readonly kind: 'changed' | 'deletedByOurs' | 'deletedByTheirs';
  readonly fields: readonly ConflictFieldShown[];
}

const side = z.nullable(z.enum(['mine', 'theirs']));
/** For each conflict one choice a field; what was deleted on one side is one field. Null: not decided yet. */
const choices = z.array(z.array(side).check(z.maxLength(MOST))).check(z.maxLength(MOST));
export type ConflictChoices = z.infer<typeof choices>;

export const mergeConflictsHostApi = {
  methods: {
    'conflicts/load': method<{ readonly name: string; readonly conflicts: readonly ConflictShown[] }>()(
      z.object({}),
    ),
    /** Writes what is decided into the dataset; the number of conflicts that are left comes back. */
    'conflicts/apply': method<{ readonly left: number }>()(z.object({ choices })),
  },
  events: {},
} as const;

export const mergeConflictsViewApi = { methods: {}, events: {} } as const;
