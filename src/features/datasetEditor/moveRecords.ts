import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { appendRecords } from '../../dataset/appendRecords';
import { rowsOf } from '../../dataset/bulk';
import type { RowKey } from '../../dataset/document';
import type { BulkResult } from '../../protocol/bulk';
import { UserError } from '../../protocol/errors';
import { refuseUnsaved } from '../unsaved';
import type { EditorDocument } from './editorDocument';

export interface MoveOptions {
  readonly document: EditorDocument;
  readonly keys: readonly RowKey[];
  readonly confirm: (question: string, yes: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * Moves records to the end of another dataset. They are written there before they are deleted here, and the deletion
 * is saved when the user saves: whatever happens between, no record is lost.
 */
export async function moveRecords({ document, keys, confirm, signal }: MoveOptions): Promise<BulkResult> {
  const target = await pickDataset(document.uri.fsPath);
  if (target === undefined) return { changed: null, skipped: 0 };
  refuseUnsaved(
    target,
    (unsaved) =>
      new UserError(
        'move/unsaved-target',
        t('{0} has unsaved changes. Save it, then move the records.', unsaved),
      ),
  );
  const name = vscode.workspace.asRelativePath(target);
  const question =
    keys.length === 1 ? t('Move 1 record to {0}?', name) : t('Move {0} records to {1}?', keys.length, name);
  if (!(await confirm(question, t('Move')))) return { changed: null, skipped: 0 };
  const result = await document.exclusive(async (apply) => {
    const moved: RowKey[] = [];
    const texts: string[] = [];
    for await (const rows of rowsOf(document.data, keys, { signal })) {
      for (const { key, text } of rows) {
        if (text === null) continue;
        moved.push(key);
        texts.push(text);
      }
    }
    if (moved.length > 0) {
      await appendRecords(target, texts, signal);
      apply({ label: t('Move records'), changes: [{ kind: 'delete', keys: moved }] });
    }
    return { changed: moved.length, skipped: keys.length - moved.length };
  });
  void vscode.window.showInformationMessage(
    t('{0} records were added to {1}. Undo brings them back here; there they stay.', result.changed, name),
  );
  return result;
}

async function pickDataset(source: string): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles('**/*.jsonl', '**/{node_modules,.afina}/**', 200);
  type Item = vscode.QuickPickItem & { readonly file: string | null };
  const items: Item[] = found
    .map(({ fsPath }) => fsPath)
    .filter((file) => path.resolve(file) !== path.resolve(source))
    .sort()
    .map((file) => ({ label: vscode.workspace.asRelativePath(file), file }));
  items.push({ label: t('Another file…'), file: null });
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: t('Dataset that the records are moved to'),
  });
  if (picked?.file !== null) return picked?.file ?? undefined;
  const uri = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(path.dirname(source), 'dataset.jsonl')),
    filters: { JSONL: ['jsonl'] },
    saveLabel: t('Move'),
    title: t('Dataset that the records are moved to'),
  });
  if (uri !== undefined && path.resolve(uri.fsPath) === path.resolve(source)) {
    throw new UserError('move/same-file', t('The records are in this dataset already. Choose another one.'));
  }
  return uri?.fsPath;
}
