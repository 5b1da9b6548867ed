import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ChatOptions } from './chatFeature';
import type { LanguageModels } from './languageModels';

/**
 * Opens VS Code's chat with @afina addressed and the model in use chosen. Without an account VS Code's chat answers
 * nobody as long as no model is chosen, and in its agent mode it offers none that calls no tools.
 */
export async function openChat(models: LanguageModels, { output }: ChatOptions): Promise<void> {
  const all = await vscode.lm.selectChatModels({ vendor: 'afina' });
  const wanted = models.inUse;
  const model = all.find(({ id }) => id === wanted) ?? all[0];
  try {
    await vscode.commands.executeCommand('workbench.action.chat.open', {
      query: '@afina ',
      isPartialQuery: true,
      mode: 'ask',
      ...(model === undefined ? {} : { modelSelector: { vendor: 'afina', id: model.id } }),
    });
  } catch (error) {
    // A VS Code without a chat, or one whose chat is turned off.
    output.warn(String(error));
    const ask = t('Ask Here');
    const picked = await vscode.window.showInformationMessage(
      t('VS Code’s chat is not available here (see the setting chat.disableAIFeatures).'),
      ask,
    );
    if (picked === ask) await vscode.commands.executeCommand('afina.ask');
  }
}
