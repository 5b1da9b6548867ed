import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Vote } from '../../evaluation/comparison';
import { appendExport, exportComparison, exportName } from '../../evaluation/comparisonExport';
import type { ComparisonFormat } from '../../evaluation/comparisonExport';
import type { Comparison } from '../../evaluation/comparisonStore';
import type { Project } from '../../project/project';
import { makeFormat } from '../../protocol/format';
import { datasetFiles } from '../datasets/datasetFiles';
import { interfaceLanguage } from '../l10n';

/** Asks for format and dataset, and adds the votes to it as records to train on. */
export async function exportVotes(
  project: Project,
  comparison: Comparison,
  votes: readonly Vote[],
): Promise<void> {
  const format = await pickFormat();
  if (format === undefined) return;
  const file = await pickTarget(project, exportName(comparison.spec, format));
  if (file === undefined) return;
  const exported = exportComparison(comparison, votes, format);
  const added = await appendExport(file, exported);
  await tell(file, added, exported, format);
}

async function pickFormat(): Promise<ComparisonFormat | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: t('Preferences (DPO)'),
        detail: t('Prompt, better and worse answer; a job with method: dpo trains on them'),
        format: 'preference' as const,
      },
      {
        label: t('Labelled answers (KTO)'),
        detail: t('Prompt, answer and whether it is good; both bad gives two bad ones'),
        format: 'kto' as const,
      },
    ],
    { placeHolder: t('Export the verdicts as what?'), ignoreFocusOut: true },
  );
  return picked?.format;
}

async function pickTarget(project: Project, name: string): Promise<string | undefined> {
  const fresh = `datasets/${name}`;
  const others = (await datasetFiles(project)).filter((file) => file !== fresh);
  const items: (vscode.QuickPickItem & { readonly file?: string | null })[] = [
    { label: fresh, description: t('dataset of this comparison'), file: fresh },
    { label: t('Another file…'), file: null },
    ...(others.length === 0
      ? []
      : [{ label: t('Add to a dataset'), kind: vscode.QuickPickItemKind.Separator }]),
    ...others.map((file) => ({ label: file, file })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: t('Into which dataset?'),
    ignoreFocusOut: true,
  });
  if (picked?.file === undefined) return undefined;
  if (picked.file !== null) return path.join(project.root, picked.file);
  const chosen = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(project.root, fresh)),
    filters: { JSONL: ['jsonl'] },
  });
  return chosen?.fsPath;
}

async function tell(
  file: string,
  added: number,
  { contradictory, undecided }: ReturnType<typeof exportComparison>,
  format: ComparisonFormat,
): Promise<void> {
  const numbers = makeFormat(interfaceLanguage());
  const parts = [t('Records added to {0}: {1}.', path.basename(file), numbers.integer(added))];
  if (contradictory > 0) {
    parts.push(t('Left out, since judges contradict each other: {0}.', numbers.integer(contradictory)));
  }
  if (undecided > 0) parts.push(t('Left out, since no verdict decides: {0}.', numbers.integer(undecided)));
  const open = t('Open');
  const job = t('Create Job…');
  const answer = await vscode.window.showInformationMessage(
    parts.join(' '),
    open,
    ...(format === 'preference' ? [job] : []),
  );
  if (answer === open) {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'afina.datasetEditor');
  } else if (answer === job) await vscode.commands.executeCommand('afina.createJob', file);
}
