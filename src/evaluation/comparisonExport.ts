import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { appendRecords } from '../dataset/appendRecords';
import { encode } from '../dataset/export/encode';
import type { ExportRecord } from '../dataset/export/exportRecord';
import { isObject } from '../dataset/record';
import { UserError } from '../protocol/errors';
import { ANSWERERS, currentVotes, fingerprint, otherThan } from './comparison';
import type { AnswererKey, ComparedRecord, ComparisonSpec, Vote } from './comparison';
import type { Comparison } from './comparisonStore';

/** Pairs of a better and a worse answer (DPO), or answers with a label each (KTO). */
export type ComparisonFormat = 'preference' | 'kto';

export interface ComparisonExport {
  /** Lines of a dataset. */
  readonly lines: readonly string[];
  /** Records whose judges contradict each other. */
  readonly contradictory: number;
  /** Records of which no verdict says what could be learned. */
  readonly undecided: number;
}

/** Two answers to one prompt, and what their judges said of them. */
interface JudgedPair {
  readonly spec: ComparisonSpec;
  readonly record: ComparedRecord;
  readonly votes: readonly Vote[];
  readonly texts: Readonly<Record<AnswererKey, string>>;
  /** Every prompt of the export is a single question: it is written as a text. */
  readonly plain: boolean;
}

/**
 * The votes as records to train on, with where they come from in `meta.comparison`. What judges disagree on is left out.
 * A KTO row whose label is false is `rejected`, so that no job learns it as an answer; all else is `approved`.
 */
export function exportComparison(
  comparison: Comparison,
  votes: readonly Vote[],
  format: ComparisonFormat,
): ComparisonExport {
  const found = pairsOf(comparison, votes).map((pair) => ({
    lines: format === 'kto' ? ktoLines(pair) : preferenceLines(pair),
    contradictory: format === 'kto' ? labelsOf(pair.votes).contradictory : preferredOf(pair.votes) === null,
  }));
  const empty = found.filter(({ lines }) => lines.length === 0);
  const contradictory = empty.filter((each) => each.contradictory).length;
  return {
    lines: found.flatMap(({ lines }) => lines),
    contradictory,
    undecided: empty.length - contradictory,
  };
}

/**
 * Appends to a dataset what it does not have yet, and returns how many records that were. Throws UserError
 * `comparison/nothing-to-export`, and what writing datasets throws.
 */
export async function appendExport(
  file: string,
  { lines }: ComparisonExport,
  signal?: AbortSignal,
): Promise<number> {
  if (lines.length === 0) {
    throw new UserError(
      'comparison/nothing-to-export',
      t(
        'No verdict says which answer is better, so there is nothing to learn from. Judge some records first.',
      ),
    );
  }
  const present = await idsOf(file);
  const fresh = lines.filter((text) => !present.has(idOfLine(text)));
  if (fresh.length > 0) await appendRecords(file, fresh, signal);
  return fresh.length;
}

/** A name for a new dataset. */
export function exportName({ dataset, id }: ComparisonSpec, format: ComparisonFormat): string {
  const name = path.posix.basename(dataset, '.jsonl');
  return `${name}-${format === 'kto' ? 'kto' : 'dpo'}-${id.slice(-6)}.jsonl`;
}

/** In the order of the records. Votes on texts that are not there any more are left out. */
function pairsOf({ spec, records, answers }: Comparison, votes: readonly Vote[]): JudgedPair[] {
  const plain = records.every(({ prompt }) => prompt.length === 1);
  const groups = new Map<string, Vote[]>();
  for (const vote of currentVotes(votes)) {
    const key = pairKey(vote);
    groups.set(key, [...(groups.get(key) ?? []), vote]);
  }
  return records.flatMap((record) =>
    [...groups.values()].flatMap((own): JudgedPair[] => {
      const [first] = own;
      if (first?.record !== record.key) return [];
      const [a, b] = ANSWERERS.map((by) => answers.judged(first, by)?.text);
      if (a === undefined || b === undefined) return [];
      return [{ spec, record, votes: own, texts: { a, b }, plain }];
    }),
  );
}

function pairKey({ record, answers }: Vote): string {
  return fingerprint(JSON.stringify([record, answers.a, answers.b])).slice(0, 10);
}

function preferenceLines(pair: JudgedPair): string[] {
  const chosen = preferredOf(pair.votes);
  if (chosen === undefined || chosen === null) return [];
  const rejected = otherThan(chosen);
  const example = exampleOf(pair, chosen, rejected, '');
  const fields = example && encode('preference', example, { plain: pair.plain, ranking: true });
  return fields === undefined ? [] : [lineOf(fields, metaOf(pair, { chosen, rejected }, 'approved'))];
}

function ktoLines(pair: JudgedPair): string[] {
  return labelsOf(pair.votes).known.flatMap(([by, label]) => {
    const example = exampleOf(pair, by, null, `-${by}`);
    const fields = example && encode('prompt-completion', example, { plain: pair.plain, ranking: false });
    if (fields === undefined) return [];
    const meta = metaOf(pair, { completion: by, other: otherThan(by) }, label ? 'approved' : 'rejected');
    return [lineOf({ ...fields, label }, meta)];
  });
}

/** Who was preferred by everybody who preferred one; null when they differ, undefined when nobody did. */
function preferredOf(votes: readonly Vote[]): AnswererKey | null | undefined {
  const found = new Set(
    votes.flatMap(({ verdict }) => (verdict === 'a' || verdict === 'b' ? [verdict] : [])),
  );
  return found.size > 1 ? null : [...found][0];
}

/** The better one is good and the worse one bad; both bad are two bad ones; a tie says neither. */
function labelsOf(votes: readonly Vote[]): {
  readonly known: readonly (readonly [AnswererKey, boolean])[];
  readonly contradictory: boolean;
} {
  const sides = ANSWERERS.map((by) => ({
    by,
    labels: new Set(
      votes.flatMap(({ verdict }) => (verdict === null || verdict === 'tie' ? [] : [verdict === by])),
    ),
  }));
  return {
    known: sides.flatMap(({ by, labels }) =>
      labels.size === 1 ? [...labels].map((label) => [by, label] as const) : [],
    ),
    contradictory: sides.some(({ labels }) => labels.size > 1),
  };
}

/** Undefined where an answer is empty: no model can learn it. */
function exampleOf(
  { spec, record, votes, texts }: JudgedPair,
  by: AnswererKey,
  worse: AnswererKey | null,
  end: string,
): ExportRecord | undefined {
  if (texts[by].trim() === '' || (worse !== null && texts[worse].trim() === '')) return undefined;
  const [first] = record.prompt;
  const [vote] = votes;
  return {
    id: `cmp-${spec.id.slice(-6)}-${vote === undefined ? record.key : pairKey(vote)}${end}`,
    sources: [],
    system: first?.role === 'system' ? first.content : null,
    question: record.prompt.filter(({ role }) => role !== 'system'),
    answer: [{ role: 'assistant', content: texts[by] }],
    rejected: worse === null ? null : [{ role: 'assistant', content: texts[worse] }],
  };
}

/** `roles`: who is what in the record. */
function metaOf(
  { spec, record, votes }: JudgedPair,
  roles: Readonly<Record<string, AnswererKey>>,
  status: 'approved' | 'rejected',
): object {
  const { topic, sources } = record;
  const roleOf = new Map(Object.entries(roles).map(([role, by]) => [by, role]));
  return {
    ...(topic === '' ? {} : { topic }),
    status,
    ...(sources.length === 0 ? {} : { sources }),
    comparison: {
      id: spec.id,
      record: record.id,
      ...Object.fromEntries(
        Object.entries(roles).map(([role, by]) => {
          const { model, run, scale } = spec.answerers[by];
          return [role, { model, run, ...(scale === undefined ? {} : { scale }) }];
        }),
      ),
      votes: votes.map(({ judge, verdict, reason, at }) => ({
        judge,
        verdict: verdict === 'a' || verdict === 'b' ? roleOf.get(verdict) : verdict,
        ...(reason === '' ? {} : { reason }),
        at,
      })),
    },
  };
}

/** `id` first and `meta` last, as in the other datasets. */
function lineOf(fields: object, meta: object): string {
  const { id, ...others } = fields as { readonly id?: string };
  return JSON.stringify({ id, ...others, meta });
}

function idOfLine(text: string): string {
  const value: unknown = JSON.parse(text);
  return isObject(value) && typeof value.id === 'string' ? value.id : '';
}

async function idsOf(file: string): Promise<Set<string>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return new Set(
    text.split('\n').flatMap((each) => {
      try {
        return [idOfLine(each)];
      } catch {
        return []; // blank, or broken and so none of ours
      }
    }),
  );
}
