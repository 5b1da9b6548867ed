import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { allDatasets } from './chooseDataset';
import type { ImportExportOptions } from './importExport';
import { ImportPanel } from './importPanel';

const open = new Map<string, ImportPanel>();

/** Asks for the file, and opens the panel with its mapping. */
export async function importCommand(
  options: ImportExportOptions,
  target: vscode.Uri | undefined,
): Promise<void> {
  const uri = target ?? (await pickFile());
  if (uri === undefined) return;
  const shown = open.get(uri.fsPath);
  if (shown !== undefined) {
    shown.reveal();
    return;
  }
  const project = options.projects.projectOf(uri.fsPath) ?? options.projects.projects[0];
  const datasets = (await allDatasets(options.projects)).filter(({ file }) => file !== uri.fsPath);
  const panel = new ImportPanel(uri.fsPath, project, datasets, options);
  open.set(uri.fsPath, panel);
  panel.onDidDispose(() => open.delete(uri.fsPath));
}

async function pickFile(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: t('File to import'),
    openLabel: t('Import'),
    filters: {
      [t('Tables and exports')]: ['csv', 'tsv', 'txt', 'parquet', 'json', 'jsonl'],
      [t('All files')]: ['*'],
    },
  });
  return picked?.[0];
}
