import { t } from '@vscode/l10n';
import { UserError, isCancelled } from '../protocol/errors';

/** `code` of a Node system error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What went wrong with `file` as a UserError: `no-space`, `no-permission`, `read-only`, `file-missing`,
 * `not-a-file`, `write-failed`. Cancellations, UserErrors and what is no system error come back as they are.
 */
export function fileError(error: unknown, file: string): unknown {
  if (error instanceof UserError || isCancelled(error)) return error;
  const details = { place: { file } };
  const cause = { cause: error };
  const code = systemCode(error);
  switch (code) {
    case undefined:
      return error;
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        'no-space',
        t(
          '{0} could not be written: the disk or your quota is full. Free some space and try again; nothing was lost.',
          file,
        ),
        details,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        'no-permission',
        t(
          '{0}: permission denied. Change the permissions of the file and its folder, or choose another place.',
          file,
        ),
        details,
        cause,
      );
    case 'EROFS':
      return new UserError(
        'read-only',
        t('{0} is on a read-only file system. Save it in another place.', file),
        details,
        cause,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(
        'file-missing',
        t('{0} is no longer there, or its folder is not. Save under another name, or put it back.', file),
        details,
        cause,
      );
    case 'EISDIR':
      return new UserError('not-a-file', t('{0} is a folder, not a file.', file), details, cause);
    default:
      return new UserError(
        'write-failed',
        t('{0}: the file system reports {1}.', file, code),
        details,
        cause,
      );
  }
}
