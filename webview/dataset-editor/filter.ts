import { recordQuery } from '../../src/protocol/bulk';
import type { RecordQuery } from '../../src/protocol/bulk';
import { t } from '../shared/l10n';

export const NO_FILTER: RecordQuery = {
  text: '',
  regex: false,
  matchCase: false,
  matchAccents: false,
  status: null,
  topic: null,
  author: '',
  reviewer: '',
  finding: null,
  length: null,
};

/** A part of the filter that is set, as the chip under the search says it; `off` takes it out. */
export interface Chip {
  readonly text: string;
  readonly off: Partial<RecordQuery>;
}

/** What the page remembered, if that is a filter. */
export function filterOf(value: unknown): RecordQuery {
  const parsed = recordQuery.safeParse(value);
  return parsed.success ? parsed.data : NO_FILTER;
}

export function isFilter(filter: RecordQuery): boolean {
  return filter.text.trim() !== '' || filter.status !== null || chipsOf(filter, (id) => id).length > 0;
}

/** The parts of the filter that neither the search field nor the status shows. */
export function chipsOf(filter: RecordQuery, titleOf: (topic: string) => string): Chip[] {
  const { topic, author, reviewer, finding, length } = filter;
  const chips: Chip[] = [];
  if (topic !== null) {
    const text = topic === '' ? t('No topic') : t('Topic: {0}', titleOf(topic));
    chips.push({ text, off: { topic: null } });
  }
  if (author.trim() !== '') chips.push({ text: t('Author: {0}', author.trim()), off: { author: '' } });
  if (reviewer.trim() !== '') {
    chips.push({ text: t('Reviewer: {0}', reviewer.trim()), off: { reviewer: '' } });
  }
  if (finding !== null) chips.push({ text: findingLabel(finding), off: { finding: null } });
  if (length !== null && (length.min !== null || length.max !== null)) {
    chips.push({ text: lengthLabel(length), off: { length: null } });
  }
  return chips;
}

export function findingLabel(finding: string): string {
  switch (finding) {
    case 'any':
      return t('With findings');
    case 'error':
      return t('With errors');
    case 'warning':
      return t('With warnings');
    case 'none':
      return t('Without findings');
    default:
      return finding;
  }
}

function lengthLabel({ of, unit, min, max }: NonNullable<RecordQuery['length']>): string {
  const from = min ?? 0;
  const words = unit === 'words';
  const answer = of === 'answer';
  if (max === null) {
    if (answer)
      return words ? t('Answer of {0} words or more', from) : t('Answer of {0} characters or more', from);
    return words ? t('Record of {0} words or more', from) : t('Record of {0} characters or more', from);
  }
  if (answer)
    return words
      ? t('Answer of {0} to {1} words', from, max)
      : t('Answer of {0} to {1} characters', from, max);
  return words ? t('Record of {0} to {1} words', from, max) : t('Record of {0} to {1} characters', from, max);
}
