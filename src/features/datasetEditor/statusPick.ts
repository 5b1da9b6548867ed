import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { STATUSES } from '../../dataset/record';
import type { Status } from '../../dataset/record';

/** The words for the states are the page's, too. */
function statusLabel(status: Status): string {
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

export async function pickStatus(): Promise<Status | undefined> {
  const picked = await vscode.window.showQuickPick(
    STATUSES.map((status) => ({ label: statusLabel(status), status })),
    { placeHolder: t('Status of the record') },
  );
  return picked?.status;
}
