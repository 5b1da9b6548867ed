import type { RecordView } from '../../src/protocol/datasetEditor';

/** The record's own answer to its last question: what the model's are compared with. Empty when it has none. */
export function referenceOf(record: NonNullable<RecordView['record']>): string {
  const talk = record.turns.filter((_, at) => record.shape?.turns[at]?.part !== 'rejected');
  const last = talk.findLastIndex(({ role }) => role === 'user');
  const answer = talk[last + 1];
  return last >= 0 && answer?.role === 'assistant' ? answer.content.trim() : '';
}

/** Whether the record has a place for an answer that is not to be given. */
export function hasRejected(record: NonNullable<RecordView['record']>): boolean {
  return record.shape?.name === 'preference';
}
