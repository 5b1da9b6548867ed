import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { promptOf } from './prompt';
import type { Prompt } from './prompt';
import type { RecordMeta } from './record';
import { newId, parseRecordText, setMeta } from './recordText';
import { setTurnContent } from './shapes/edit';

/** Where a rejected answer comes from, as `meta` keeps it. */
export type Provenance = Readonly<Record<string, unknown>>;

const ORIGIN = 'rejectedBy';

/** Whether the record has a place for a rejected answer. */
export function isPreference(text: string): boolean {
  return parseRecordText(text).record?.shaped?.layout.shape === 'preference';
}

/** The preference record with another rejected answer, and who gave it. */
export function fillRejected(text: string, answer: string, by: Provenance): string {
  const turns = parseRecordText(text).record?.shaped?.turns ?? [];
  const at = turns.findLastIndex(({ part, role }) => part === 'rejected' && role === 'assistant');
  if (at < 0) {
    throw new UserError(
      'preference/no-place',
      t('The record has no rejected answer that could be replaced. Add a turn to it first.'),
    );
  }
  const preferred = turns.findLast(({ part, role }) => part === 'chosen' && role === 'assistant');
  if (preferred !== undefined) mustDiffer(preferred.content, answer);
  return setMeta(setTurnContent(text, at, answer), ORIGIN, by);
}

/** A line with a new preference record: the record's own answer is preferred, `rejected` is not. */
export function preferenceLine(record: PreferenceSource, rejected: string, by: Provenance): string {
  const { prompt, meta, id } = record;
  const preferred = prompt.reference ?? '';
  if (preferred.trim() === '') {
    throw new UserError(
      'preference/no-answer',
      t('The record has no answer that could be the preferred one. Write it, then reject the model’s.'),
    );
  }
  mustDiffer(preferred, rejected);
  return JSON.stringify({
    id: newId(id),
    prompt: prompt.messages,
    chosen: [{ role: 'assistant', content: preferred }],
    rejected: [{ role: 'assistant', content: rejected }],
    meta: {
      ...(meta.topic === undefined ? {} : { topic: meta.topic }),
      status: 'draft',
      ...(meta.sources === undefined ? {} : { sources: meta.sources }),
      ...(id === '' ? {} : { madeFrom: id }),
      [ORIGIN]: by,
    },
  });
}

export interface PreferenceSource {
  readonly id: string;
  readonly prompt: Prompt;
  readonly meta: RecordMeta;
}

/** What a record has for a preference record. Throws UserError where nothing is asked in it. */
export function preferenceSource(text: string): PreferenceSource {
  const { record } = parseRecordText(text);
  const prompt = record === undefined ? undefined : promptOf(record);
  if (record === undefined || prompt === undefined) throw noQuestion();
  return { id: record.id, prompt, meta: record.meta };
}

export function noQuestion(): UserError {
  return new UserError('record/no-question', t('The record has no turn of the user that could be answered.'));
}

/** Nothing can be learned from two answers that are the same. */
function mustDiffer(preferred: string, rejected: string): void {
  if (preferred.trim() !== rejected.trim()) return;
  throw new UserError(
    'preference/same',
    t('This answer is the record’s own word for word: it cannot be preferred and rejected at once.'),
  );
}
