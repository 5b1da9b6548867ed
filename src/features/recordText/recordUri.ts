import path from 'node:path';
import * as vscode from 'vscode';

export const RECORD_SCHEME = 'afina-record';
export const RECORD_LANGUAGE = 'afina-record';

/** Which record a document is of, as its address says it. */
export interface RecordAddress {
  readonly file: string;
  /** Empty for a record that has none. */
  readonly id: string;
  /** Row in the dataset, from 1, when the id does not tell the record from others. */
  readonly row: number | undefined;
}

const LONGEST_LABEL = 60;

/** The address's last segment is what the tab shows. */
export function recordUri({ file, id, row }: RecordAddress): vscode.Uri {
  const parent = vscode.Uri.file(file);
  const query = new URLSearchParams({
    ...(id === '' ? {} : { id }),
    ...(row === undefined ? {} : { row: String(row) }),
  });
  return parent.with({
    scheme: RECORD_SCHEME,
    path: `${parent.path}/${labelOf(id, row)}`,
    query: query.toString(),
  });
}

/** Undefined for what is no record: the folder that VS Code takes a record's dataset for, say. */
export function recordAddress(uri: vscode.Uri): RecordAddress | undefined {
  const query = new URLSearchParams(uri.query);
  const id = query.get('id') ?? '';
  const number = Number(query.get('row') ?? Number.NaN);
  const row = Number.isSafeInteger(number) && number > 0 ? number : undefined;
  if (id === '' && row === undefined) return undefined;
  if (path.posix.basename(uri.path) !== labelOf(id, row)) return undefined;
  const file = uri.with({ scheme: 'file', path: path.posix.dirname(uri.path), query: '' }).fsPath;
  return { file, id, row };
}

function labelOf(id: string, row: number | undefined): string {
  const name = id
    .replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, LONGEST_LABEL)
    .trim();
  return row === undefined ? name || '_' : `${name}#${row}`;
}
