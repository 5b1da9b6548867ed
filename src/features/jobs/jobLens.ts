import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { isJobFile } from '../project/jobFiles';
import type { ProjectService } from '../project/projectService';

/** "Submit" above the first line of every job file. */
export class JobLens implements vscode.CodeLensProvider {
  private readonly changed = new vscode.EventEmitter<void>();

  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly projects: ProjectService) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.changed,
      this.projects.onDidChange(() => this.changed.fire()),
      vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/jobs/*.{yaml,yml}' }, this),
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const project = this.projects.projectOf(document.uri.fsPath);
    if (project === undefined || !isJobFile(project, document.uri.fsPath)) return [];
    const line = firstLine(document);
    return [
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
        command: 'afina.submitJob',
        title: `$(rocket) ${t('Submit fine-tune')}`,
        tooltip: t('Shows what goes where before anything is sent'),
        arguments: [document.uri],
      }),
    ];
  }
}

/** The first line that says something: a file may begin with comments. */
function firstLine(document: vscode.TextDocument): number {
  for (let line = 0; line < document.lineCount; line++) {
    if (/^\s*[^#\s]/.test(document.lineAt(line).text)) return line;
  }
  return 0;
}
