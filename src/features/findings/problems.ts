import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Finding, Severity } from '../../checks/finding';
import { makeFormat } from '../../protocol/format';
import { interfaceLanguage } from '../l10n';

export const SEVERITIES: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};
/** Problems of one file that VS Code's list takes without becoming slow; the editor and the CLI know all. */
const MOST_PROBLEMS = 1000;
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** The findings of a file for VS Code's Problems: the gravest first to stay, and how many more there are. */
export function problemsOf(file: string, findings: readonly Finding[]): vscode.Diagnostic[] {
  if (findings.length <= MOST_PROBLEMS) return findings.map((finding) => problemOf(file, finding));
  const chosen = ORDER.flatMap((severity) => findings.filter((each) => each.severity === severity));
  const shown = chosen.slice(0, MOST_PROBLEMS - 1).sort((a, b) => a.line - b.line || a.start - b.start);
  const more = findings.length - shown.length;
  const last = Math.max(...shown.map(({ line }) => line));
  const note = new vscode.Diagnostic(
    new vscode.Range(last - 1, 0, last - 1, 0),
    t(
      '{0} more findings are not listed here. The filter of the dataset editor and “afina check” know all of them.',
      makeFormat(interfaceLanguage()).integer(more),
    ),
    vscode.DiagnosticSeverity.Information,
  );
  note.source = 'Afina';
  return [...shown.map((finding) => problemOf(file, finding)), note];
}

function problemOf(file: string, finding: Finding): vscode.Diagnostic {
  const { line, start, end, message, severity, rule } = finding;
  const range = new vscode.Range(line - 1, start, line - 1, end);
  const problem = new vscode.Diagnostic(range, message, SEVERITIES[severity]);
  problem.source = 'Afina';
  // VS Code opens the file of a problem in the dataset editor, but cannot tell it the place: the link does.
  problem.code = { value: rule, target: showFinding(file, finding) };
  return problem;
}

/** Command link that shows a finding in the dataset editor. */
function showFinding(file: string, { rule, line, id, field, textRange }: Finding): vscode.Uri {
  const place = { file, line, id: id ?? '', rule, field, range: textRange ?? null };
  return vscode.Uri.parse(`command:afina.showFinding?${encodeURIComponent(JSON.stringify([place]))}`);
}
