import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { ROLES } from '../../dataset/record';
import { isCancelled, messageOf } from '../../protocol/errors';
import type { FindingsService } from '../findings/findingsService';
import { SEVERITIES } from '../findings/problems';
import type { RecordSource } from './recordSource';
import { RECORD_SCHEME } from './recordUri';

const TYPING_DELAY_MS = 200;

/** What keeps the text of a record from being one, else what the checks say of it; at its place, while one types. */
export class RecordDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('afina-record');
  private readonly disposables: vscode.Disposable[] = [this.collection];
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly source: RecordSource,
    private readonly findings: FindingsService,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  register(): vscode.Disposable {
    const { workspace } = vscode;
    this.disposables.push(
      workspace.onDidOpenTextDocument((document) => this.later(document)),
      workspace.onDidChangeTextDocument(({ document }) => this.later(document)),
      workspace.onDidCloseTextDocument(({ uri }) => this.collection.delete(uri)),
      this.findings.onDidChange(() => this.all()),
      this.source.onDidChange(() => this.all()),
    );
    this.all();
    return this;
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private all(): void {
    for (const document of vscode.workspace.textDocuments) this.later(document);
  }

  private later(document: vscode.TextDocument): void {
    if (document.uri.scheme !== RECORD_SCHEME) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.check(document);
      }, TYPING_DELAY_MS),
    );
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    try {
      const found = await this.problemsOf(document);
      if (!document.isClosed && document.version === version) this.collection.set(document.uri, found);
    } catch (error) {
      // The record is gone: VS Code says so in the tab, and a save says what can be done.
      if (error instanceof vscode.FileSystemError) this.collection.delete(document.uri);
      else if (!isCancelled(error)) this.output.warn(`${document.uri.toString()}: ${messageOf(error)}`);
    }
  }

  private async problemsOf(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
    const [{ readRecordDocument, applyRecordDocument }, { placeInDocument }] = await Promise.all([
      import('../../dataset/recordDocument'),
      import('../../dataset/recordPlaces'),
    ]);
    const text = document.getText();
    const read = readRecordDocument(text);
    const diagnostic = (
      { start, end }: { readonly start: number; readonly end: number },
      message: string,
      severity: vscode.DiagnosticSeverity,
    ): vscode.Diagnostic => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
      const made = new vscode.Diagnostic(range, message, severity);
      made.source = 'Afina';
      return made;
    };
    const hints = await headingHints(text);
    const shown = hints.map(({ message, ...place }) =>
      diagnostic(place, message, vscode.DiagnosticSeverity.Information),
    );
    const { file, line, lineNumber, state } = await this.source.read(document.uri);
    const result = applyRecordDocument(line, read);
    if (result.problems !== undefined) {
      const errors = result.problems.map((problem) =>
        diagnostic(problem, problem.message, vscode.DiagnosticSeverity.Error),
      );
      return [...errors, ...shown];
    }
    const checked = result.line === line ? state : 'edited';
    for (const finding of await this.findings.checkText(file, lineNumber, result.line, checked)) {
      const place = placeInDocument(finding, result.line, text, read);
      const made = diagnostic(place, finding.message, SEVERITIES[finding.severity]);
      made.code = finding.rule;
      shown.push(made);
    }
    return shown;
  }
}

/** What people write for the roles, in Portuguese or from other tools. */
const OTHER_WORDS: Readonly<Record<string, (typeof ROLES)[number]>> = {
  sistema: 'system',
  utilizador: 'user',
  usuário: 'user',
  pergunta: 'user',
  human: 'user',
  assistente: 'assistant',
  resposta: 'assistant',
  gpt: 'assistant',
};

/** Lines that look like a heading of a turn and are none: they would become part of the turn above them. */
async function headingHints(text: string): Promise<{ message: string; start: number; end: number }[]> {
  const { nearest } = await import('../../project/suggest');
  const hints: { message: string; start: number; end: number }[] = [];
  for (const { index, 0: line, 1: written = '' } of text.matchAll(/^#[ \t]*(\p{L}+)[ \t]*:?[ \t]*$/gmu)) {
    const word = written.toLowerCase();
    const role = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : nearest(word, ROLES);
    if (role === undefined || /^#[ \t]+(?:system|user|assistant)[ \t]*$/.test(line)) continue;
    hints.push({
      message: t('This line is part of the text above. A turn begins with "# {0}".', role),
      start: index,
      end: index + line.trimEnd().length,
    });
  }
  return hints;
}
