import * as vscode from 'vscode';

/** A command's argument as a URI: one that came with the command that activated us is only its parts. */
export function asUri(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return value;
  if (typeof value !== 'object' || value === null || !('scheme' in value) || !('path' in value))
    return undefined;
  const { scheme, path } = value;
  if (typeof scheme !== 'string' || typeof path !== 'string') return undefined;
  return vscode.Uri.from({ scheme, path });
}
