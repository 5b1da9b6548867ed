import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { UserError, isCancelled, messageOf } from '../protocol/errors';
import type { Place, Remedy } from '../protocol/errors';

export interface ShowErrorOptions {
  /** Where the whole of a defect's stack goes, and what "Open Log" shows. */
  readonly output: vscode.LogOutputChannel;
  /** Offered when the error says that trying again may help. */
  readonly retry?: () => unknown;
  /** Replaces the output channel behind "Open Log". */
  readonly openLog?: () => unknown;
}

/** Shows an error once, with the buttons that its remedies call for. A cancellation shows nothing. */
export async function showError(error: unknown, options: ShowErrorOptions): Promise<void> {
  if (isCancelled(error)) return;
  const known = error instanceof UserError;
  options.output.error(error instanceof Error && !known ? (error.stack ?? error.message) : messageOf(error));
  if (known && error.details.log !== undefined) options.output.error(error.details.log);
  const buttons = known
    ? remedies(error, options)
    : [{ title: t('Open Log'), act: () => options.output.show() }];
  const message = known ? error.message : t('Something unexpected went wrong: {0}', messageOf(error));
  const picked = await vscode.window.showErrorMessage(message, ...buttons);
  await picked?.act();
}

interface Button extends vscode.MessageItem {
  readonly act: () => unknown;
}

function remedies(error: UserError, options: ShowErrorOptions): Button[] {
  const { place, remedies: wanted = [], log } = error.details;
  const buttons = wanted.flatMap((remedy) => buttonOf(remedy, place, options));
  if (log !== undefined && !wanted.includes('openLog')) buttons.push(...buttonOf('openLog', place, options));
  return buttons;
}

function buttonOf(remedy: Remedy, place: Place | undefined, options: ShowErrorOptions): Button[] {
  switch (remedy) {
    case 'openFile':
      return place === undefined ? [] : [{ title: t('Open File'), act: () => openPlace(place) }];
    case 'openLog':
      return [{ title: t('Open Log'), act: options.openLog ?? (() => options.output.show()) }];
    case 'openSettings':
      return [
        {
          title: t('Open Settings'),
          act: () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:afina.afina'),
        },
      ];
    case 'retry': {
      const { retry } = options;
      return retry === undefined ? [] : [{ title: t('Retry'), act: retry }];
    }
    case 'chooseModel':
      return [{ title: t('Show Models'), act: () => vscode.commands.executeCommand('afina.models.focus') }];
    case 'showRuns':
      return [{ title: t('Show Runs'), act: () => vscode.commands.executeCommand('afina.runs.focus') }];
  }
}

/** Opens a file with the cursor where something is wrong. */
export async function openPlace(place: Place): Promise<void> {
  const line = Math.max(0, (place.line ?? 1) - 1);
  const column = Math.max(0, (place.column ?? 1) - 1);
  await vscode.window.showTextDocument(vscode.Uri.file(place.file), {
    selection: new vscode.Range(line, column, line, column),
  });
}
