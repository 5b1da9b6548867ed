import type { RecordStatus, TurnRole } from '../../src/protocol/datasetEditor';
import { t } from '../shared/l10n';

export const STATUSES: readonly RecordStatus[] = ['draft', 'review', 'approved', 'rejected'];

export function roleLabel(role: TurnRole): string {
  switch (role) {
    case 'system':
      return t('System');
    case 'user':
      return t('User');
    case 'assistant':
      return t('Assistant');
  }
}
