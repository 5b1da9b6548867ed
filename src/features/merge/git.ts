import { execFile, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { t } from '@vscode/l10n';
import { UserError, messageOf } from '../../protocol/errors';

const run = promisify(execFile);

/** What git answers, without the last line's end. Throws UserError `git/failed`. */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('git', [...args], { cwd: folder, maxBuffer: 16_000_000 });
    return stdout.trimEnd();
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw new UserError(
      'git/failed',
      t('git {0} failed: {1}', args[0] ?? '', stderr === '' ? messageOf(error) : stderr),
      {},
      { cause: error },
    );
  }
}

/** Writes a file of a commit to `target`, however large it is; an empty one where the commit does not have it. */
export async function writeFileOf(
  folder: string,
  commit: string,
  name: string,
  target: string,
): Promise<void> {
  const handle = await open(target, 'w');
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn('git', ['show', `${commit}:${name}`], {
        cwd: folder,
        stdio: ['ignore', handle.fd, 'ignore'],
      });
      child.on('error', reject);
      child.on('close', () => resolve());
    });
  } finally {
    await handle.close();
  }
}
