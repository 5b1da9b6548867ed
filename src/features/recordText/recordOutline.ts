import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RecordDocument } from '../../dataset/recordDocument';

const LONGEST_NAME = 60;

/** Outline, breadcrumbs and "go to symbol": the entries, then the turns with their first words. */
export class RecordOutline implements vscode.DocumentSymbolProvider, vscode.FoldingRangeProvider {
  async provideDocumentSymbols(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]> {
    const { frame, front, turns } = await read(document);
    const range = (from: number, to: number): vscode.Range =>
      new vscode.Range(document.positionAt(from), document.positionAt(to));
    const symbols = turns.map(({ role, content, heading, lines }) => {
      const words = firstWords(content);
      return new vscode.DocumentSymbol(
        words === '' ? role : `${role}: ${words}`,
        '',
        {
          system: vscode.SymbolKind.Namespace,
          user: vscode.SymbolKind.Event,
          assistant: vscode.SymbolKind.String,
        }[role],
        range(heading.start, lines.at(-1)?.end ?? heading.end),
        range(heading.start, heading.end),
      );
    });
    if (frame === undefined) return symbols;
    const { id, status } = front;
    const facts = [id?.wanted, status?.wanted].filter((each) => typeof each === 'string').join(' · ');
    const whole = range(frame.start, frame.end);
    const start = document.lineAt(whole.start.line).range;
    return [
      new vscode.DocumentSymbol(facts || t('Entries'), '', vscode.SymbolKind.Property, whole, start),
      ...symbols,
    ];
  }

  async provideFoldingRanges(document: vscode.TextDocument): Promise<vscode.FoldingRange[]> {
    const { frame, turns } = await read(document);
    const lineAt = (offset: number): number => document.positionAt(offset).line;
    const folds = turns.map(
      ({ heading, lines }) =>
        new vscode.FoldingRange(lineAt(heading.start), lineAt(lines.at(-1)?.end ?? heading.end)),
    );
    if (frame !== undefined) folds.unshift(new vscode.FoldingRange(lineAt(frame.start), lineAt(frame.end)));
    return folds.filter(({ start, end }) => end > start);
  }
}

async function read(document: vscode.TextDocument): Promise<RecordDocument> {
  const { readRecordDocument } = await import('../../dataset/recordDocument');
  return readRecordDocument(document.getText());
}

function firstWords(content: string): string {
  const words = content
    .slice(0, LONGEST_NAME * 4)
    .replace(/\s+/g, ' ')
    .trim();
  if (words.length <= LONGEST_NAME) return words;
  return `${words
    .slice(0, LONGEST_NAME)
    .replace(/\s\S*$/, '')
    .replace(/[\uD800-\uDBFF]$/, '')}…`;
}
