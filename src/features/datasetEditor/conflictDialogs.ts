import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors';
import type { EditorDocument } from './editorDocument';

/** Times that a save takes over what another program wrote before it gives up: somebody writes all the time. */
const MOST_TRIES = 3;

/**
 * Saves; what another program wrote meanwhile is taken over first. With records that both sides changed it asks.
 * Throws UserError and vscode.CancellationError.
 */
export async function saveMerged(
  document: EditorDocument,
  signal: AbortSignal,
  showConflicts: () => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { conflicts } = document.data;
    if (conflicts.length > 0) {
      if (!(await askToKeepMine(document, conflicts.length, showConflicts)))
        throw new vscode.CancellationError();
      await document.resolve(
        conflicts.map(({ key }) => key),
        'mine',
      );
    }
    try {
      await document.save({ signal });
      return;
    } catch (error) {
      const changed = error instanceof UserError && error.code === 'changed-on-disk';
      if (!changed || attempt === MOST_TRIES) throw error;
      await document.follow(signal);
    }
  }
}

/** Says that records were changed on both sides, and leads to them. */
export async function tellConflicts(file: string, count: number, showConflicts: () => void): Promise<void> {
  const show = t('Show Conflicts');
  const picked = await vscode.window.showWarningMessage(countText(file, count), show);
  if (picked === show) showConflicts();
}

async function askToKeepMine(
  document: EditorDocument,
  count: number,
  showConflicts: () => void,
): Promise<boolean> {
  const save = t('Save with My Versions');
  const show = t('Show Conflicts');
  const picked = await vscode.window.showWarningMessage(
    countText(path.basename(document.uri.path), count),
    {
      modal: true,
      detail: t(
        'Saving now keeps your version of each of them and drops what the other program wrote there.',
      ),
    },
    show,
    save,
  );
  if (picked === show) showConflicts();
  return picked === save;
}

function countText(file: string, count: number): string {
  return count === 1
    ? t('One record of {0} was changed both here and by another program.', file)
    : t('{1} records of {0} were changed both here and by another program.', file, count);
}
