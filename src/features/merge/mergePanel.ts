import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { decideConflicts, readConflicts } from '../../dataset/mergeDecisions';
import type { RecordConflict } from '../../dataset/mergeFiles';
import { Channel } from '../../protocol/channel';
import { mergeConflictsHostApi, mergeConflictsViewApi } from '../../protocol/mergeConflicts';
import type { ConflictShown } from '../../protocol/mergeConflicts';
import { openWebview } from '../webviewPanel';

/** Conflicts of a merge, record by record, both sides beside each other. */
export function openConflicts(uri: vscode.Uri, extensionUri: vscode.Uri): void {
  const name = path.basename(uri.fsPath);
  const { panel, transport } = openWebview({
    viewType: 'afina.mergeConflicts',
    title: t('Conflicts: {0}', name),
    entry: 'merge-conflicts',
    extensionUri,
  });
  const channel = new Channel(
    mergeConflictsHostApi,
    mergeConflictsViewApi,
    {
      'conflicts/load': async () => ({ name, conflicts: (await readConflicts(uri.fsPath)).map(shown) }),
      'conflicts/apply': async ({ choices }) => {
        const left = await decideConflicts(uri.fsPath, choices);
        if (left.length === 0) {
          void vscode.window.showInformationMessage(t('All conflicts of {0} are decided.', name));
          panel.dispose();
        }
        return { left: left.length };
      },
    },
    transport,
  );
  panel.onDidDispose(() => channel.dispose());
}

function shown({ id, line, kind, fields, ours, theirs }: RecordConflict): ConflictShown {
  if (kind !== 'changed') return { id, line, kind, fields: [{ name: '', mine: ours, theirs }] };
  return {
    id,
    line,
    kind,
    fields: fields.map((field) => ({
      name: nameOf(field.path),
      mine: textOf(field.ours),
      theirs: textOf(field.theirs),
    })),
  };
}

function nameOf(parts: readonly (string | number)[]): string {
  return parts
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('');
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
