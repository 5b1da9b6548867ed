import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { recordAddress } from './recordUri';

/** «Preview» over each turn of the assistant's that answers something. */
export class TurnLens implements vscode.CodeLensProvider {
  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (recordAddress(document.uri) === undefined) return [];
    const [{ readRecordDocument }, { promptBefore }] = await Promise.all([
      import('../../dataset/recordDocument'),
      import('../../dataset/turnPrompt'),
    ]);
    const { turns } = readRecordDocument(document.getText());
    return turns.flatMap(({ role, heading }, index) => {
      if (role !== 'assistant' || promptBefore(turns, index) === undefined) return [];
      const range = new vscode.Range(document.positionAt(heading.start), document.positionAt(heading.end));
      return [
        new vscode.CodeLens(range, {
          title: `$(play) ${t('Preview Answer')}`,
          tooltip: t('What the models would answer here, below the turn'),
          command: 'afina.previewTurn',
          arguments: [document.uri, index],
        }),
      ];
    });
  }
}
