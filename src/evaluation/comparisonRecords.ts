import { createHash } from 'node:crypto';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { heldOutLines } from '../dataset/exportTraining';
import type { ExportOptions } from '../dataset/exportTraining';
import { isBlankLine, readLines } from '../dataset/lineReader';
import { promptOf } from '../dataset/prompt';
import { parseRecordText } from '../dataset/recordText';
import type { Turn } from '../dataset/record';
import { UserError } from '../protocol/errors';
import type { ComparedRecord } from './comparison';

export interface RecordChoice {
  /** Absolute. */
  readonly dataset: string;
  /** Only what a job with these settings holds out. */
  readonly heldOut?: Omit<ExportOptions, 'file' | 'outDir' | 'signal'> | undefined;
  readonly count: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records to be answered, chosen by the seed: the same ones for the same dataset. Rejected records are left out, and of
 * those that ask the same all but the first. Throws UserError `comparison/no-records`, and what reading files throws.
 */
export async function chooseRecords(choice: RecordChoice): Promise<ComparedRecord[]> {
  const { dataset, heldOut, count, seed, signal } = choice;
  const held =
    heldOut === undefined ? undefined : new Set(await heldOutLines({ ...heldOut, file: dataset, signal }));
  const found = new Map<string, ComparedRecord & { readonly order: string }>();
  for await (const lines of readLines(dataset, { signal })) {
    for (const { bytes, number } of lines) {
      if (isBlankLine(bytes)) continue;
      const record = recordOf(bytes.toString('utf8'), number);
      if (record === undefined || found.has(record.key)) continue;
      if (held !== undefined && !held.has(number)) continue;
      found.set(record.key, { ...record, order: hash(JSON.stringify([seed, record.key])) });
    }
  }
  if (found.size === 0) {
    throw new UserError(
      'comparison/no-records',
      held === undefined
        ? t('{0} has no record that could be answered. Choose another dataset.', path.basename(dataset))
        : t(
            'The job holds no record of {0} out. Give it a larger “evaluation”, or compare records of the whole dataset.',
            path.basename(dataset),
          ),
      { place: { file: dataset } },
    );
  }
  return [...found.values()]
    .sort((x, y) => (x.order < y.order ? -1 : 1))
    .slice(0, count)
    .map(({ order: _, ...record }) => record);
}

function recordOf(text: string, line: number): ComparedRecord | undefined {
  const { record } = parseRecordText(text);
  if (record === undefined || record.meta.status === 'rejected') return undefined;
  const prompt = promptOf(record);
  if (prompt === undefined || prompt.messages.some(({ content }) => content.trim() === '')) return undefined;
  const messages = prompt.messages.map(({ role, content }) => ({ role, content }));
  return {
    key: keyOf(messages),
    id: record.id === '' ? t('line {0}', line) : record.id,
    topic: record.meta.topic ?? '',
    sources: [...(record.meta.sources ?? [])],
    prompt: messages,
    reference: prompt.reference,
  };
}

function keyOf(prompt: readonly Turn[]): string {
  return hash(JSON.stringify(prompt.map(({ role, content }) => [role, content]))).slice(0, 12);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
