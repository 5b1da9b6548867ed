import { t } from '@vscode/l10n';
import { parseRecordText, setId, setMeta } from '../../dataset/recordText';
import {
  insertPair,
  insertTurn,
  moveTurn,
  removeWithPartner,
  setTurnContent,
  setTurnRole,
} from '../../dataset/shapes/edit';
import type { RecordChange } from '../../protocol/datasetEditor';

/** The line after `change`, everything else in it as it was; and what the step is called in the Edit menu. */
export function changeRecord(text: string, change: RecordChange): { text: string; label: string } {
  switch (change.kind) {
    case 'content':
      return { text: setTurnContent(text, change.turn, change.text), label: t('Edit text') };
    case 'role':
      return { text: setTurnRole(text, change.turn, change.role), label: t('Change role') };
    case 'insertTurn':
      return { text: insertTurn(text, change.at, { role: change.role, content: '' }), label: t('Add turn') };
    case 'insertPair':
      return { text: insertPair(text), label: t('Add earlier question') };
    case 'removeTurn':
      return { text: removeWithPartner(text, change.turn), label: t('Delete turn') };
    case 'moveTurn':
      return { text: moveTurn(text, change.from, change.to), label: t('Move turn') };
    case 'id':
      return { text: setId(text, change.id), label: t('Edit id') };
    case 'topic':
      return {
        text: setMeta(text, 'topic', change.topic === '' ? undefined : change.topic),
        label: t('Edit topic'),
      };
    case 'status':
      return { text: setMeta(text, 'status', change.status), label: t('Set status') };
    case 'sources':
      return {
        text: setMeta(text, 'sources', change.sources.length === 0 ? undefined : change.sources),
        label: t('Edit sources'),
      };
    case 'answer':
      return { text: useAnswer(text, change.text), label: t('Use as answer') };
    case 'raw':
      // A line break would make two records of one.
      return { text: change.text.replace(/[\r\n]+/g, ' '), label: t('Edit text') };
  }
}

/** The answer to the last turn of the user's: replaced when there is one, added when not. */
function useAnswer(text: string, answer: string): string {
  const { record } = parseRecordText(text);
  // Of a preference record it is the preferred answer; the rejected one stands behind it.
  const turns = (record?.messages ?? []).filter((_, at) => record?.shaped?.turns[at]?.part !== 'rejected');
  const last = turns.findLastIndex((turn) => turn.role === 'user');
  if (turns[last + 1]?.role === 'assistant') return setTurnContent(text, last + 1, answer);
  return insertTurn(text, last + 1, { role: 'assistant', content: answer });
}
