import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { STATUSES, isStatus } from '../../dataset/record';
import type { Status } from '../../dataset/record';
import { EDITOR_COMMANDS } from '../../protocol/datasetEditor';
import { statusLabel } from '../statusLabel';
import type { EditorPanel } from './editorPanel';

export interface EditorCommandsOptions {
  readonly active: () => EditorPanel | undefined;
  readonly editorType: string;
}

/** Commands of the palette and the keyboard; most are carried out by the page of the editor in front. */
export function registerEditorCommands({ active, editorType }: EditorCommandsOptions): vscode.Disposable {
  const register = vscode.commands.registerCommand;
  const inPage = EDITOR_COMMANDS.filter((command) => command !== 'setStatus').map((command) =>
    register(`afina.${command}`, () => active()?.run(command, null)),
  );
  const reopen = async (target: vscode.Uri | undefined, editor: string): Promise<void> => {
    if (target !== undefined) await vscode.commands.executeCommand('vscode.openWith', target, editor);
  };
  return vscode.Disposable.from(
    ...inPage,
    register('afina.setStatus', async (wanted?: unknown) => {
      const panel = active();
      const status = isStatus(wanted) ? wanted : await pickStatus();
      if (status !== undefined) panel?.run('setStatus', status);
    }),
    register('afina.chooseModel', () => active()?.chooseModel()),
    register('afina.chooseAdapter', () => active()?.chooseAdapter()),
    register('afina.openAsText', (target?: vscode.Uri) =>
      reopen(target ?? active()?.document.uri, 'default'),
    ),
    register('afina.openInDatasetEditor', (target?: vscode.Uri) =>
      reopen(target ?? vscode.window.activeTextEditor?.document.uri, editorType),
    ),
  );
}

async function pickStatus(): Promise<Status | undefined> {
  const picked = await vscode.window.showQuickPick(
    STATUSES.map((status) => ({ label: statusLabel(status), status })),
    { placeHolder: t('Status of the record') },
  );
  return picked?.status;
}
