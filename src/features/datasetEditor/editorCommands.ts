import * as vscode from 'vscode';
import { isStatus } from '../../dataset/record';
import { EDITOR_COMMANDS } from '../../protocol/datasetEditor';
import type { EditorPanel } from './editorPanel';
import { pickStatus } from './statusPick';

export interface EditorCommandsOptions {
  readonly active: () => EditorPanel | undefined;
  readonly editorType: string;
  /** The extension's package.json, its texts in VS Code's language. */
  readonly manifest: () => unknown;
}

/** Registered where more than the page of an editor answers to them. */
const ELSEWHERE: ReadonlySet<string> = new Set(['setStatus', 'showPrompt']);

/** Commands of the palette and the keyboard; most are carried out by the page of the editor in front. */
export function registerEditorCommands({
  active,
  editorType,
  manifest,
}: EditorCommandsOptions): vscode.Disposable {
  const register = vscode.commands.registerCommand;
  const inPage = EDITOR_COMMANDS.filter((command) => !ELSEWHERE.has(command)).map((command) =>
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
    register('afina.showKeys', async () => {
      const { showKeys } = await import('./keyHelp');
      await showKeys(manifest());
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
