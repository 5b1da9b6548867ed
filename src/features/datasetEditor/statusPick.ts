import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { STATUSES } from '../../dataset/record';
import type { Status } from '../../dataset/record';
import { statusLabel } from '../statusLabel';

export async function pickStatus(): Promise<Status | undefined> {
  const picked = await vscode.window.showQuickPick(
    STATUSES.map((status) => ({ label: statusLabel(status), status })),
    { placeHolder: t('Status of the record') },
  );
  return picked?.status;
}
