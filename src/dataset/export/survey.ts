import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { fileError } from '../fileErrors';
import { isBlankLine, readLines } from '../lineReader';
import { isObject } from '../record';
import type { Status } from '../record';
import { exportRecordOf } from './exportRecord';
import type { ExportRecord } from './exportRecord';

export const EXPORT_FORMATS = [
  'messages',
  'alpaca',
  'sharegpt',
  'prompt-completion',
  'preference',
  'axolotl',
  'llama-factory',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** `none`: records without a state that is known. */
export type ExportStatus = Status | 'none';

export interface ExportSelection {
  readonly file: string;
  readonly statuses: readonly ExportStatus[];
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far, of all. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** What is in the chosen records that a format may have no place for. */
export interface ExportSurvey {
  /** Records of the chosen states. */
  readonly selected: number;
  /** Of these, records that nobody could train on: broken, without an answer. */
  readonly unusable: number;
  readonly withSystem: number;
  readonly severalTurns: number;
  readonly preferences: number;
  /** Preference records with an answer of several turns. */
  readonly longAnswers: number;
  /** Records with either: more than Alpaca has a place for. */
  readonly beyondAlpaca: number;
  readonly withSources: number;
  /** Every record is one question and one answer: text alone says it all. */
  readonly plain: boolean;
  /** Every record has a preferred and a rejected answer. */
  readonly ranking: boolean;
}

/** How people know them; names are not translated. */
export const EXPORT_TITLES: Readonly<Record<ExportFormat, string>> = {
  messages: 'messages (TRL, OpenAI)',
  alpaca: 'Alpaca',
  sharegpt: 'ShareGPT',
  'prompt-completion': 'prompt/completion (TRL)',
  preference: 'DPO (TRL)',
  axolotl: 'Axolotl',
  'llama-factory': 'LLaMA-Factory',
};

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The chosen records of a dataset in their order; null for one that nobody could train on. */
export async function* selectedRecords(selection: ExportSelection): AsyncGenerator<ExportRecord | null> {
  const { file, statuses, signal, progress } = selection;
  try {
    const { size } = await stat(file);
    for await (const lines of readLines(file, { signal })) {
      for (const { bytes, length } of lines) {
        if (length > 0 && length === bytes.length && isBlankLine(bytes)) continue;
        const value = parse(bytes);
        const status = isObject(value) && isObject(value.meta) ? value.meta.status : undefined;
        const wanted =
          statuses.some((each) => each === status) || (!known(status) && statuses.includes('none'));
        if (wanted) yield exportRecordOf(value) ?? null;
      }
      const last = lines.at(-1);
      if (last !== undefined) progress?.(Math.min(size, last.offset + last.length), size);
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

function known(status: unknown): boolean {
  return status === 'draft' || status === 'review' || status === 'approved' || status === 'rejected';
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}

export async function surveyExport(selection: ExportSelection): Promise<ExportSurvey> {
  let selected = 0;
  let unusable = 0;
  let withSystem = 0;
  let severalTurns = 0;
  let preferences = 0;
  let longAnswers = 0;
  let beyondAlpaca = 0;
  let withSources = 0;
  for await (const record of selectedRecords(selection)) {
    selected++;
    if (record === null) {
      unusable++;
      continue;
    }
    if (record.system !== null) withSystem++;
    if (record.rejected !== null) preferences++;
    const long = record.answer.length > 1 || (record.rejected?.length ?? 1) > 1;
    if (record.question.length > 1) severalTurns++;
    if (long) longAnswers++;
    if (record.question.length > 1 || record.answer.length > 1) beyondAlpaca++;
    if (record.sources.length > 0) withSources++;
  }
  return {
    selected,
    unusable,
    withSystem,
    severalTurns,
    preferences,
    longAnswers,
    beyondAlpaca,
    withSources,
    plain: withSystem + severalTurns + longAnswers === 0,
    ranking: preferences > 0 && preferences === selected - unusable,
  };
}

/** Records of the survey that will not be in the file. */
export function leftOut(format: ExportFormat, survey: ExportSurvey): number {
  const { selected, unusable, preferences, longAnswers, beyondAlpaca } = survey;
  if (format === 'alpaca') return unusable + beyondAlpaca;
  if (format === 'preference') return selected - preferences;
  return unusable + (carriesOneAnswer(format, survey) ? longAnswers : 0);
}

function carriesOneAnswer(format: ExportFormat, { ranking }: ExportSurvey): boolean {
  return format === 'alpaca' || format === 'llama-factory' || (format === 'axolotl' && ranking);
}

/** What the format cannot carry of the chosen records, in words; the first things are the worst. */
export function exportLosses(format: ExportFormat, survey: ExportSurvey): string[] {
  const { unusable, severalTurns, withSystem, preferences, selected, longAnswers } = survey;
  const losses: string[] = [];
  const say = (count: number, message: string): void => {
    if (count > 0) losses.push(message);
  };
  const ranks =
    format === 'preference' || (survey.ranking && (format === 'axolotl' || format === 'llama-factory'));
  say(unusable, t('Left out: {0} that are unreadable or have no answer.', unusable));
  if (format === 'alpaca')
    say(
      severalTurns,
      t('Left out: {0} with more than one question; Alpaca has a place for one.', severalTurns),
    );
  if (format === 'preference') {
    const others = selected - unusable - preferences;
    say(others, t('Left out: {0} without a rejected answer.', others));
  }
  if (carriesOneAnswer(format, survey))
    say(longAnswers, t('Left out: {0} whose answer has several turns.', longAnswers));
  if (!ranks) say(preferences, t('Rejected answers: those of {0} records are not written.', preferences));
  if (format === 'alpaca')
    say(
      withSystem,
      t(
        'System text: that of {0} records is kept under "system", which not every reader of Alpaca knows.',
        withSystem,
      ),
    );
  losses.push(
    survey.withSources > 0
      ? t('Kept: the conversation, the id and the sources. Topic, status and reviews stay in the dataset.')
      : t('Kept: the conversation and the id. Topic, status and reviews stay in the dataset.'),
  );
  return losses;
}
