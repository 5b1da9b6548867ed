import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly keybindings: readonly {
      readonly command: string;
      readonly key: string;
      readonly mac: string;
      readonly when?: string;
      readonly args?: unknown;
    }[];
  };
}

/** What only another surface or document has. */
const ELSEWHERE = /afina\.(?:ask|compare)\.|resourceScheme|resourcePath/;

function isHere({ when = '' }: { readonly when?: string }): boolean {
  return when.includes('afina.datasetEditor.') || !ELSEWHERE.test(when);
}

/** All keys that do something in the dataset editor in one list; choosing one does what it does. */
export async function showKeys(manifest: unknown): Promise<void> {
  const { commands, keybindings } = (manifest as Manifest).contributes;
  const titles = new Map(commands.map(({ command, title }) => [command, title]));
  type Item = vscode.QuickPickItem & { readonly command: string; readonly args?: unknown };
  const items = keybindings.filter(isHere).map(({ command, key, mac, args }): Item => {
    const keys = (process.platform === 'darwin' ? mac : key).split('+').map(keyName).join('+');
    const about = typeof args === 'string' ? `: ${statusOf(args)}` : '';
    return { label: `${titles.get(command) ?? command}${about}`, description: keys, command, args };
  });
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: t('Keys of the dataset editor; VS Code’s keyboard settings change them'),
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  await vscode.commands.executeCommand(picked.command, ...(picked.args === undefined ? [] : [picked.args]));
}

function statusOf(status: string): string {
  const words: Readonly<Record<string, string>> = {
    draft: t('Draft'),
    review: t('In review'),
    approved: t('Approved'),
    rejected: t('Rejected'),
  };
  return words[status] ?? status;
}

function keyName(key: string): string {
  const names: Readonly<Record<string, string>> = {
    pageup: 'PageUp',
    pagedown: 'PageDown',
    up: '↑',
    down: '↓',
    escape: 'Esc',
  };
  return names[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
}
