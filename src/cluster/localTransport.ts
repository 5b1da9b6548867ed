import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { isWhole, sha256File } from './files';
import { ProcessError, startProcess } from './processes';
import { scriptInput } from './quote';
import { remoteFailure } from './sshErrors';
import type { CommandOptions, CommandResult, TransferOptions, Transport, UploadFile } from './transport';

/** Commands and files on this very machine. */
export class LocalTransport implements Transport {
  readonly kind = 'local';

  get title(): string {
    return t('this machine');
  }

  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const running = startProcess(argv, {
      env: { ...process.env, ...options.env },
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    options.onStarted?.();
    try {
      const { code, signal, stdout, stderr } = await running.stopped;
      // A killed shell is not a success: 128 + 15, as shells themselves say it.
      return { code: code ?? (signal === null ? 1 : 143), stdout, stderr };
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      if (error.failure === 'timeout') {
        throw new UserError(
          'cluster/timeout',
          t('A command on {0} took too long.', this.title),
          { remedies: ['retry'] },
          { cause: error },
        );
      }
      if (error.failure === 'spawn' && error.errno === 'ENOENT' && argv[0] === 'sh') {
        throw new UserError(
          'cluster/no-shell',
          t('Training on this machine needs a POSIX shell (sh). On Windows, open the project in WSL.'),
          {},
          { cause: error },
        );
      }
      throw error;
    }
  }

  script(
    text: string,
    args: readonly string[],
    options: Omit<CommandOptions, 'stdin'> = {},
  ): Promise<CommandResult> {
    return this.run(['sh', '-s'], { ...options, stdin: scriptInput(text, args) });
  }

  async upload(files: readonly UploadFile[], options: TransferOptions = {}): Promise<void> {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const file of files) {
      options.onProgress?.(done, total, path.basename(file.local));
      await this.copy(file.local, file.remote, file, options.signal);
      done += file.bytes;
      options.onProgress?.(done, total, path.basename(file.local));
    }
  }

  async download(files: readonly UploadFile[], options: TransferOptions = {}): Promise<void> {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const file of files) {
      if (!(await isWhole(file.local, file.sha256, file.bytes, options.signal))) {
        await this.copy(file.remote, file.local, file, options.signal);
      }
      done += file.bytes;
      options.onProgress?.(done, total, path.basename(file.local));
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A clone where the file system can share blocks: never a link, for what is copied may be written to later. */
  private async copy(
    from: string,
    to: string,
    file: UploadFile,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const temporary = `${to}.tmp.${randomBytes(4).toString('hex')}`;
    try {
      await mkdir(path.dirname(to), { recursive: true });
      await copyFile(from, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(temporary, 0o600);
      if ((await sha256File(temporary, signal)) !== file.sha256) {
        throw new UserError(
          'cluster/changed',
          t('The file {0} changed while it was being copied. Try again.', from),
          { remedies: ['retry'] },
        );
      }
      await rename(temporary, to);
    } catch (error) {
      await rm(temporary, { force: true });
      const code = (error as NodeJS.ErrnoException).code;
      const words = {
        ENOSPC: 'No space left on device',
        EDQUOT: 'Disk quota exceeded',
        EACCES: 'Permission denied',
        EROFS: 'Read-only file system',
      };
      const known =
        code === undefined || !(code in words)
          ? undefined
          : remoteFailure(words[code as keyof typeof words], path.dirname(to), this.title);
      throw known ?? error;
    }
  }
}
