import { t } from './l10n';

export function statusLabel(status: string): string {
  switch (status) {
    case 'draft':
      return t('Draft');
    case 'review':
      return t('In review');
    case 'approved':
      return t('Approved');
    case 'rejected':
      return t('Rejected');
    default:
      return status;
  }
}
