import path from 'node:path';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';

/** Files of the project's datasets, from its folder, with forward slashes, sorted. */
export async function datasetFiles(project: Project): Promise<string[]> {
  const found = await Promise.all(
    project.config.datasets.map((glob) =>
      vscode.workspace.findFiles(
        new vscode.RelativePattern(project.root, glob),
        '**/{node_modules,.afina,.git}/**',
      ),
    ),
  );
  const files = new Set(
    found.flat().map(({ fsPath }) => path.relative(project.root, fsPath).replaceAll(path.sep, '/')),
  );
  return [...files].sort((a, b) => a.localeCompare(b));
}
