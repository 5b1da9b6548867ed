import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { PreviewService } from './previewService';

/** Asks which model answers the previews of the project that `file` is in. */
export async function pickModel(preview: PreviewService, file: string): Promise<void> {
  const { models, model } = await preview.choices(file);
  const picked = await vscode.window.showQuickPick(
    models.map(({ key, title, state, problem }) => ({
      label: title,
      description: key === model ? t('chosen') : '',
      detail: state === 'ready' ? '' : state === 'download' ? t('not on this machine yet') : (problem ?? ''),
      key,
    })),
    { placeHolder: t('Which model answers the previews?') },
  );
  if (picked !== undefined) await preview.choose(file, picked.key, null);
}

/** Asks which fetched run's adapter answers beside its base, or the base alone. */
export async function pickAdapter(preview: PreviewService, file: string): Promise<void> {
  const { adapters, adapter, model } = await preview.choices(file);
  const items: (vscode.QuickPickItem & { readonly run: string | null })[] = [
    { label: t('Base only'), description: adapter === null ? t('chosen') : '', run: null },
    ...adapters.map(({ run, title }) => ({
      label: title,
      description: run === adapter ? t('chosen') : '',
      run,
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder:
      adapters.length === 0
        ? t('No adapter of this model has been fetched yet: fetch one in the view Runs.')
        : t('Which adapter answers beside its base?'),
  });
  if (picked !== undefined) await preview.choose(file, model, picked.run);
}
