import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';

/** Bytes that are read before the index: what fills the first screens. */
export const HEAD_BYTES = 256 * 1024;

/** How far a file that is being opened is known. */
export interface Loading {
  /** From 0 to 1. */
  readonly fraction: number;
  /** It was cancelled or failed: only the first rows are known, and nothing can be edited. */
  readonly stopped: boolean;
  /** Why, unless it was cancelled. */
  readonly problem?: string;
}

export function notLoaded(file: string): UserError {
  return new UserError(
    'not-loaded',
    t('Only the beginning of {0} has been read. Read the rest first.', file),
    { place: { file } },
  );
}

/** The edits of a file that was never read to its end are those that it was opened with. */
export async function copyBackup(backup: string, destination: string): Promise<void> {
  if (path.resolve(backup) === path.resolve(destination)) return;
  await mkdir(path.dirname(destination), { recursive: true });
  await copyFile(backup, destination);
}
