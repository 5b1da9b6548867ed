import { t } from '@vscode/l10n';
import { isObject } from '../dataset/record';
import type { Status } from '../dataset/record';
import { readLines } from '../dataset/lineReader';
import type { YamlProblem } from '../project/yamlFile';

/** An error that the checks found in a record of the dataset. */
export interface RecordError {
  /** From 1. */
  readonly line: number;
  readonly id: string | null;
  readonly rule: string;
  readonly message: string;
}

/** Errors that are told one by one; of more, their number. */
const MOST_TOLD = 10;

/** What keeps a job from being submitted: errors in records that would train. `at` tells of the whole dataset. */
export async function recordProblems(
  dataset: string,
  errors: readonly RecordError[],
  statuses: readonly Status[],
  at: (message: string) => YamlProblem,
  signal?: AbortSignal,
): Promise<YamlProblem[]> {
  const trained = await linesThatTrain(dataset, new Set(errors.map(({ line }) => line)), statuses, signal);
  const wrong = errors.filter(({ line }) => trained.has(line));
  if (wrong.length === 0) return [];
  const records = new Set(wrong.map(({ line }) => line)).size;
  const problems = [
    at(
      records === 1
        ? t('The checks find errors in 1 record that would train. Correct it, or take its approval back.')
        : t(
            'The checks find errors in {0} records that would train. Correct them, or take their approval back.',
            records,
          ),
    ),
    ...wrong.slice(0, MOST_TOLD).map(({ line, id, rule, message }) => ({
      message: t('{0}: {1} [{2}]', id ?? t('line {0}', line), message, rule),
      severity: 'error' as const,
      path: [],
      place: { file: dataset, line, column: 1 },
      endLine: line,
      endColumn: 1,
    })),
  ];
  if (wrong.length > MOST_TOLD) {
    problems.push(
      at(t('{0} more errors are not listed. “afina check” lists all of them.', wrong.length - MOST_TOLD)),
    );
  }
  return problems;
}

/** Those of `lines` whose record has a status that trains. A line that cannot be read does not train. */
async function linesThatTrain(
  dataset: string,
  lines: ReadonlySet<number>,
  statuses: readonly Status[],
  signal: AbortSignal | undefined,
): Promise<Set<number>> {
  const found = new Set<number>();
  if (lines.size === 0) return found;
  const last = Math.max(...lines);
  for await (const batch of readLines(dataset, { signal })) {
    for (const { number, bytes } of batch) {
      if (!lines.has(number)) continue;
      const status = statusOf(bytes.toString('utf8'));
      if (statuses.some((each) => each === status)) found.add(number);
    }
    if ((batch.at(-1)?.number ?? 0) >= last) break;
  }
  return found;
}

/** As the export reads it: a record without a status has none that trains. */
function statusOf(text: string): unknown {
  try {
    const raw: unknown = JSON.parse(text);
    const meta = isObject(raw) && isObject(raw.meta) ? raw.meta : {};
    return meta.status;
  } catch {
    return undefined;
  }
}
