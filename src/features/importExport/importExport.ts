import * as vscode from 'vscode';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';

export interface ImportExportOptions {
  readonly extensionUri: vscode.Uri;
  readonly projects: ProjectService;
  readonly output: vscode.LogOutputChannel;
}

/** *Afina: Import…* and *Afina: Export…*: both are loaded when they are used first. */
export class ImportExport {
  constructor(private readonly options: ImportExportOptions) {}

  register(): vscode.Disposable {
    const { output } = this.options;
    const guarded =
      (act: (target: unknown) => Promise<void>) =>
      async (target?: unknown): Promise<void> => {
        try {
          await act(target);
        } catch (error) {
          await showError(error, { output });
        }
      };
    return vscode.Disposable.from(
      vscode.commands.registerCommand(
        'afina.exportDataset',
        guarded(async (target) => {
          const { exportCommand } = await import('./exportCommand');
          await exportCommand(this.options, uriOf(target));
        }),
      ),
      vscode.commands.registerCommand(
        'afina.importDataset',
        guarded(async (target) => {
          const { importCommand } = await import('./importCommand');
          await importCommand(this.options, uriOf(target));
        }),
      ),
    );
  }
}

/** Menus give a file; views give what they show of it. */
function uriOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target !== 'object' || target === null || !('uri' in target)) return undefined;
  return target.uri instanceof vscode.Uri ? target.uri : undefined;
}
