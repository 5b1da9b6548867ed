import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Finding } from '../../checks/finding';
import type { FindingsService } from '../findings/findingsService';
import { actionOf, diagnosticsOf, difference, firstOfRules, severityAction } from '../findings/quickFixes';
import type { RecordSource } from './recordSource';

/** Quick fixes in the text of a record: each one edit of its document, so one step of undo. */
export class RecordQuickFixes implements vscode.CodeActionProvider {
  constructor(
    private readonly source: RecordSource,
    private readonly findings: FindingsService,
  ) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const [{ readRecordDocument, applyRecordDocument }, { placeInDocument }] = await Promise.all([
      import('../../dataset/recordDocument'),
      import('../../dataset/recordPlaces'),
    ]);
    const text = document.getText();
    const read = readRecordDocument(text);
    const { file, line, lineNumber, state } = await this.source.read(document.uri);
    const result = applyRecordDocument(line, read);
    if (result.problems !== undefined) return [];
    const checked = result.line === line ? state : 'typed';
    const all = await this.findings.checkText(file, lineNumber, result.line, checked);
    const found = all.filter((finding) => {
      const { start, end } = placeInDocument(finding, result.line, text, read);
      const place = new vscode.Range(document.positionAt(start), document.positionAt(end));
      return place.intersection(range) !== undefined;
    });
    const actions: vscode.CodeAction[] = [];
    for (const finding of found) {
      const edit = await this.editOf(document, result.line, [finding]);
      if (edit === undefined) continue;
      const action = actionOf(finding.fix?.title ?? finding.rule, finding, context);
      action.edit = edit;
      action.isPreferred = true;
      actions.push(action);
    }
    for (const [rule, finding] of firstOfRules(found)) {
      const same = all.filter((each) => each.rule === rule && each.fix !== undefined);
      const edit = same.length > 1 ? await this.editOf(document, result.line, same) : undefined;
      if (edit !== undefined) {
        const action = actionOf(t('Fix all of {0} in this record', rule), finding, context);
        action.edit = edit;
        actions.push(action);
      }
      const title = t('Ignore {0} in this record', rule);
      const ignore = actionOf(title, finding, context);
      // The text does not show what the record ignores: that is written into the record itself.
      ignore.command = { command: 'afina.ignoreRuleInRecord', title, arguments: [document.uri, rule] };
      actions.push(ignore, severityAction(rule, file, diagnosticsOf(finding, context)));
    }
    return actions;
  }

  /** The fixes as one edit of the document, the first where two overlap; undefined where they have no place in it. */
  private async editOf(
    document: vscode.TextDocument,
    line: string,
    findings: readonly Finding[],
  ): Promise<vscode.WorkspaceEdit | undefined> {
    const [{ fixLine }, { readRecordDocument }, { editInDocument }, { parseRecordText }] = await Promise.all([
      import('../../checks/applyFix'),
      import('../../dataset/recordDocument'),
      import('../../dataset/turnEdits'),
      import('../../dataset/recordText'),
    ]);
    const { settled } = fixLine(line, findings);
    const shaped = parseRecordText(line).record?.shaped;
    const pathsOf = (index: number): string =>
      JSON.stringify(shaped?.turns[index]?.contentPath ?? ['messages', index, 'content']);
    const before = document.getText();
    let text = before;
    const edits = settled.flatMap(({ fix }) => fix?.edits ?? []).sort((a, b) => b.start - a.start);
    const made = new Set<string>();
    for (const edit of edits) {
      const read = readRecordDocument(text);
      const turn = read.turns.findIndex((_, index) => pathsOf(index) === JSON.stringify(edit.path));
      const name = JSON.stringify([turn, edit.start, edit.end, edit.text]);
      if (made.has(name)) continue;
      made.add(name);
      const placed = editInDocument(text, read, { ...edit, turn });
      if (placed === undefined) return undefined;
      text = text.slice(0, placed.start) + placed.text + text.slice(placed.end);
    }
    if (text === before) return undefined;
    const { start, end, text: put } = difference(before, text);
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, range, put);
    return edit;
  }
}
