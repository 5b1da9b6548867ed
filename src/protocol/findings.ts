import * as z from 'zod/mini';
import { method } from './channel';

const key = z.int();
const name = z.string().check(z.maxLength(1000));
const offset = z.int().check(z.gte(0), z.lte(100_000_000));

const textRange = z.object({ start: offset, end: offset });
/** In UTF-16 units, end exclusive. */
export type TextRange = z.infer<typeof textRange>;

/** What a check has to say of a record, as the page shows it. */
export interface RecordFinding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** Path such as `messages[1].content`, or null for the whole record. */
  readonly field: string | null;
  /** Part of the field's text, where the finding is of a part. */
  readonly range: TextRange | null;
  /** What its fix does, for a button; null where somebody has to think. */
  readonly fix: string | null;
}

/** Which variety a record is written in: `score` from -1, surely pt-BR, to 1, surely pt-PT. */
export interface RecordVariety {
  readonly label: 'pt-PT' | 'pt-BR' | 'undecided';
  readonly score: number;
  /** It is the variety that the project writes, or nothing speaks against that. */
  readonly fits: boolean;
}

/** What the checks have to say of a record as it is being typed. */
export interface RecordCheck {
  readonly findings: readonly RecordFinding[];
  readonly variety: RecordVariety | null;
}

/** A finding as the page names it; the extension host looks for it in the record as it stands then. */
export const findingName = z.object({ rule: name, field: z.nullable(name), range: z.nullable(textRange) });
export type FindingName = z.infer<typeof findingName>;

/** One finding; all of its rule in its record; in all records that the list shows; in the whole dataset. */
const fixScope = z.enum(['finding', 'record', 'shown', 'dataset']);
export type FixScope = z.infer<typeof fixScope>;

export interface FixResult {
  /** Null when whoever was asked said no. */
  readonly records: number | null;
  readonly fixed: number;
}

interface Done {
  readonly done: number;
  readonly total: number;
}

/** What the dataset editor's page asks about findings. */
export const findingMethods = {
  /** Makes the fix of a finding, or all of its rule's; one step of undo. */
  'findings/fix': method<FixResult, Done>()(z.object({ key, finding: findingName, scope: fixScope })),
  /** Adds the rule to what the record ignores, or all records that the list shows. */
  'findings/ignore': method<FixResult, Done>()(
    z.object({ key, rule: name, scope: z.enum(['record', 'shown']) }),
  ),
  /** Key of the next record of the list that has findings, going round; null when no other has. */
  'findings/next': method<number | null>()(z.object({ key: z.nullable(key), back: z.boolean() })),
  /** Asks how severe a rule is in this project and writes that into afina.yaml. */
  'findings/severity': method<null>()(z.object({ rule: name })),
} as const;

/** Commands that the page carries out, each as `afina.<name>`. */
export const FINDING_COMMANDS = [
  'nextFinding',
  'previousFinding',
  'fixFinding',
  'fixAllInRecord',
  'fixAllInDataset',
  'ignoreFinding',
] as const;
export type FindingCommand = (typeof FINDING_COMMANDS)[number];
