import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

/** The topic that many records are to have, empty for none; undefined when the question was dismissed. */
export async function askForTopic(
  topics: readonly { readonly id: string; readonly title: string }[],
): Promise<string | undefined> {
  type Item = vscode.QuickPickItem & { readonly topic: string | null };
  const items: Item[] = [
    ...topics.map(({ id, title }) => ({
      label: title,
      ...(title === id ? {} : { description: id }),
      topic: id,
    })),
    { label: t('Another topic…'), topic: null },
    { label: t('No topic'), topic: '' },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: t('Topic of the records'),
    matchOnDescription: true,
  });
  if (picked?.topic !== null) return picked?.topic ?? undefined;
  const typed = await vscode.window.showInputBox({ prompt: t('Topic of the records') });
  return typed === undefined || typed.trim() === '' ? undefined : typed.trim();
}

/** The sources that many records are to have; undefined when the question was dismissed. */
export async function askForSources(count: number): Promise<string[] | undefined> {
  const typed = await vscode.window.showInputBox({
    title: t('Sources of {0} records', count),
    prompt: t(
      'They take the place of the present sources. Separate several with “;”; leave it empty for none.',
    ),
    placeHolder: t('Decree-Law no. 202/98, article 4'),
  });
  return typed
    ?.split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
