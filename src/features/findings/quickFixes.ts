import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { LineEdit } from '../../checks/applyFix';
import type { Finding } from '../../checks/finding';
import { attempt } from '../../dataset/attempt';
import type { FindingsService } from './findingsService';

/** A quick fix whose change is worked out only when somebody wants it. */
class FixAllAction extends vscode.CodeAction {
  constructor(
    readonly uri: vscode.Uri,
    readonly rule: string,
  ) {
    super(t('Fix all of {0} in this file', rule), vscode.CodeActionKind.QuickFix);
  }
}

/** Lines that are checked at a time, so that the extension host goes on answering. */
const BATCH = 200;

/** Quick fixes in a dataset that is open as text: each one edit of the workspace, so one step of undo. */
export class QuickFixes implements vscode.CodeActionProvider {
  constructor(private readonly findings: FindingsService) {}

  register(): vscode.Disposable {
    return vscode.languages.registerCodeActionsProvider({ scheme: 'file', pattern: '**/*.jsonl' }, this, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    });
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeAction[]> {
    const file = document.uri.fsPath;
    if (!this.findings.knows(file)) return [];
    const { fixLine, ignoreRule } = await import('../../checks/applyFix');
    const number = range.start.line;
    const { text } = document.lineAt(number);
    const state = document.isDirty ? 'typed' : 'saved';
    const found = (await this.findings.checkText(file, number + 1, text, state)).filter(
      ({ start, end }) => new vscode.Range(number, start, number, end).intersection(range) !== undefined,
    );
    if (token.isCancellationRequested) return [];
    const actions: vscode.CodeAction[] = [];
    for (const finding of found) {
      const { edits } = fixLine(text, [finding]);
      if (finding.fix === undefined || edits.length === 0) continue;
      const action = actionOf(finding.fix.title, finding, context);
      action.edit = editOfLine(document.uri, number, edits);
      action.isPreferred = true;
      actions.push(action);
    }
    for (const [rule, finding] of firstOfRules(found)) {
      if (found.some((each) => each.rule === rule && each.fix !== undefined)) {
        const all = new FixAllAction(document.uri, rule);
        all.diagnostics = diagnosticsOf(finding, context);
        actions.push(all);
      }
      const ignored = attempt(() => ignoreRule(text, rule));
      if (ignored !== undefined) {
        const action = actionOf(t('Ignore {0} in this record', rule), finding, context);
        action.edit = editOfLine(document.uri, number, [difference(text, ignored)]);
        actions.push(action);
      }
      actions.push(severityAction(rule, file, diagnosticsOf(finding, context)));
    }
    return actions;
  }

  async resolveCodeAction(
    action: vscode.CodeAction,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeAction> {
    if (!(action instanceof FixAllAction)) return action;
    const { fixLine } = await import('../../checks/applyFix');
    const document = await vscode.workspace.openTextDocument(action.uri);
    const file = document.uri.fsPath;
    const edit = new vscode.WorkspaceEdit();
    const lines: number[] = [];
    for (let at = 0; at < document.lineCount; at++) {
      if (document.isDirty || this.findings.mayHave(file, at + 1, action.rule)) lines.push(at);
    }
    for (let from = 0; from < lines.length; from += BATCH) {
      if (token.isCancellationRequested) return action;
      const rows = lines
        .slice(from, from + BATCH)
        .map((at) => ({ line: at + 1, text: document.lineAt(at).text }));
      const found = await this.findings.checkTexts(
        file,
        rows.filter(({ text }) => text.trim() !== ''),
      );
      for (const { line, text } of rows) {
        const own = found.filter((each) => each.line === line && each.rule === action.rule);
        for (const { start, end, text: put } of fixLine(text, own).edits) {
          edit.replace(action.uri, new vscode.Range(line - 1, start, line - 1, end), put);
        }
      }
    }
    action.edit = edit;
    return action;
  }
}

export function severityAction(
  rule: string,
  file: string,
  diagnostics: vscode.Diagnostic[],
): vscode.CodeAction {
  const title = t('Set the severity of {0} in afina.yaml…', rule);
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: 'afina.setRuleSeverity', title, arguments: [rule, file] };
  action.diagnostics = diagnostics;
  return action;
}

/** One finding of each rule, in order. */
export function firstOfRules(found: readonly Finding[]): ReadonlyMap<string, Finding> {
  const first = new Map<string, Finding>();
  for (const finding of found) if (!first.has(finding.rule)) first.set(finding.rule, finding);
  return first;
}

/** The diagnostics in the context that an action would settle. */
export function diagnosticsOf(
  { rule, message }: Finding,
  { diagnostics }: vscode.CodeActionContext,
): vscode.Diagnostic[] {
  return diagnostics.filter((each) => ruleOf(each) === rule && each.message === message);
}

function ruleOf({ code }: vscode.Diagnostic): unknown {
  return typeof code === 'object' ? code.value : code;
}

export function actionOf(
  title: string,
  finding: Finding,
  context: vscode.CodeActionContext,
): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = diagnosticsOf(finding, context);
  return action;
}

function editOfLine(uri: vscode.Uri, line: number, edits: readonly LineEdit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of edits) {
    edit.replace(uri, new vscode.Range(line, start, line, end), text);
  }
  return edit;
}

/** The one stretch in which two texts differ. */
export function difference(before: string, after: string): LineEdit {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start++;
  let same = 0;
  while (same < least - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  // VS Code does not change half of a character.
  if (/[\uD800-\uDBFF]/.test(before[start - 1] ?? '')) start--;
  if (/[\uDC00-\uDFFF]/.test(before[before.length - same] ?? '')) same--;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}
