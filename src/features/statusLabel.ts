import { t } from '@vscode/l10n';
import type { Status } from '../dataset/record';

/** The words for the states are the page's, too. */
export function statusLabel(status: Status): string {
  switch (status) {
    case 'draft':
      return t('Draft');
    case 'review':
      return t('In review');
    case 'approved':
      return t('Approved');
    case 'rejected':
      return t('Rejected');
  }
}
