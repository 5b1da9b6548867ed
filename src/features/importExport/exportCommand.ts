import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { configFor, isThere } from '../../dataset/export/configs';
import { exportDataset } from '../../dataset/export/exportDataset';
import type { ExportDatasetResult } from '../../dataset/export/exportDataset';
import {
  EXPORT_FORMATS,
  EXPORT_TITLES,
  exportLosses,
  leftOut,
  surveyExport,
} from '../../dataset/export/survey';
import type { ExportFormat, ExportSelection, ExportStatus } from '../../dataset/export/survey';
import { STATUSES } from '../../dataset/record';
import { UserError } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { statusLabel } from '../jobs/submissionSummary';
import { interfaceLanguage } from '../l10n';
import { activeDataset, pickDataset, saveFirst } from './chooseDataset';
import type { ImportExportOptions } from './importExport';

/** Work up to here needs no notification of its own. */
const QUICK_MS = 600;

type Progress = (done: number, total: number) => void;

/** Asks for dataset, format, statuses and file, says what the format cannot carry, and writes. */
export async function exportCommand(
  { projects }: ImportExportOptions,
  target: vscode.Uri | undefined,
): Promise<void> {
  const dataset = target ?? activeDataset() ?? (await pickDataset(projects));
  if (dataset === undefined || !(await saveFirst(dataset))) return;
  const format = await pickFormat();
  if (format === undefined) return;
  const statuses = await pickStatuses();
  if (statuses === undefined) return;
  const selection: ExportSelection = { file: dataset.fsPath, statuses };
  const survey = await withProgress(t('Reading {0}', path.basename(dataset.fsPath)), (signal, progress) =>
    surveyExport({ ...selection, signal, progress }),
  );
  const records = survey.selected - leftOut(format, survey);
  if (records <= 0) {
    throw new UserError(
      'export/empty',
      t(
        'No record of {0} can be written in this format and with these statuses. Choose others.',
        path.basename(dataset.fsPath),
      ),
    );
  }
  const integer = makeFormat(interfaceLanguage()).integer(records);
  const go = t('Choose file…');
  const answer = await vscode.window.showInformationMessage(
    records === 1
      ? t('Export 1 record as {0}?', EXPORT_TITLES[format])
      : t('Export {0} records as {1}?', integer, EXPORT_TITLES[format]),
    { modal: true, detail: exportLosses(format, survey).join('\n') },
    go,
  );
  if (answer !== go) return;
  const out = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(defaultOut(dataset.fsPath, format)),
    filters: { JSONL: ['jsonl'] },
    title: t('Export'),
  });
  if (out === undefined) return;
  // The dialog has asked about the file itself; the other tool's list is asked about here.
  const config = await configFor(format, out.fsPath, survey);
  if (config?.replaces === true && !(await mayReplace(config.path))) return;
  const result = await withProgress(t('Exporting {0}', path.basename(dataset.fsPath)), (signal, progress) =>
    exportDataset({ ...selection, format, out: out.fsPath, overwrite: true, signal, progress }),
  );
  await tell(result);
}

async function pickFormat(): Promise<ExportFormat | undefined> {
  const picked = await vscode.window.showQuickPick(
    EXPORT_FORMATS.map((format) => ({ label: EXPORT_TITLES[format], detail: describe(format), format })),
    { placeHolder: t('In which format?'), matchOnDetail: true, ignoreFocusOut: true },
  );
  return picked?.format;
}

function describe(format: ExportFormat): string {
  switch (format) {
    case 'messages':
      return t('Turns with role and content; holds every conversation');
    case 'alpaca':
      return t('One question and one answer a record: instruction, input, output');
    case 'sharegpt':
      return t('Turns with from and value; holds every conversation');
    case 'prompt-completion':
      return t('The question and the answer apart');
    case 'preference':
      return t('Prompt, preferred and rejected answer');
    case 'axolotl':
      return t('Conversations, and the datasets: part of the configuration');
    case 'llama-factory':
      return t('Alpaca with history, and the entry in dataset_info.json');
  }
}

async function pickStatuses(): Promise<readonly ExportStatus[] | undefined> {
  const none = { label: t('without status'), status: 'none' as const };
  const picked = await vscode.window.showQuickPick(
    [...STATUSES.map((status) => ({ label: statusLabel(status), status })), none].map((item) => ({
      ...item,
      picked: item.status === 'approved',
    })),
    { placeHolder: t('Records of which statuses?'), canPickMany: true, ignoreFocusOut: true },
  );
  return picked === undefined || picked.length === 0 ? undefined : picked.map(({ status }) => status);
}

function defaultOut(dataset: string, format: ExportFormat): string {
  return path.join(
    path.dirname(path.dirname(dataset)),
    `${path.basename(dataset, '.jsonl')}-${format}.jsonl`,
  );
}

async function mayReplace(file: string): Promise<boolean> {
  if (!(await isThere(file))) return true;
  const replace = t('Replace');
  const answer = await vscode.window.showWarningMessage(
    t('{0} has another entry for this file already.', path.basename(file)),
    { modal: true },
    replace,
  );
  return answer === replace;
}

async function tell({ records, files }: ExportDatasetResult): Promise<void> {
  const format = makeFormat(interfaceLanguage());
  const open = t('Open');
  const answer = await vscode.window.showInformationMessage(
    t(
      'Records exported: {0}. Files: {1}',
      format.integer(records),
      files.map((file) => path.basename(file)).join(', '),
    ),
    open,
  );
  if (answer !== open) return;
  for (const file of files.slice(-1)) await vscode.window.showTextDocument(vscode.Uri.file(file));
}

/** A notification for work that takes long enough to be waited for; it can be stopped there. */
async function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, progress: Progress) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let fraction = 0;
  let report: () => void = () => undefined;
  const result = work(controller.signal, (done, total) => {
    fraction = total === 0 ? 1 : done / total;
    report();
  });
  const quick = await Promise.race([
    result.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), QUICK_MS)),
  ]);
  if (quick) return result;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (reporter, token) => {
    token.onCancellationRequested(() => controller.abort());
    let shown = 0;
    report = () => {
      const percent = fraction * 100;
      if (percent - shown < 1) return;
      reporter.report({ increment: percent - shown });
      shown = percent;
    };
    report();
    return result;
  });
}
