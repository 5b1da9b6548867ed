import { spawn } from 'node:child_process';
import { CancelledError } from '../protocol/errors';

export interface ProcessResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Empty when `onStdout` took it. */
  readonly stdout: Buffer;
  /** The last `maxStderr` bytes. */
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Nothing by default: the program then reads the end of its input at once. */
  readonly stdin?: Buffer | string | AsyncIterable<Uint8Array>;
  /** Takes stdout piece by piece; the program waits while it is busy. */
  readonly onStdout?: (chunk: Buffer) => void | Promise<void>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Bytes of stdout held in memory. Default 64 MiB; more ends the program with an error. */
  readonly maxStdout?: number;
  /** Bytes of stderr kept. Default 64 KiB. */
  readonly maxStderr?: number;
  /** A process group of its own, which stop() ends as a whole. Default true; false lets it ask on the terminal. */
  readonly group?: boolean;
}

export type ProcessFailure = 'spawn' | 'timeout' | 'overflow' | 'exit';

/** A program that could not be started, or did not end as it should. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';

  constructor(
    readonly failure: ProcessFailure,
    readonly command: readonly string[],
    readonly code: number | null,
    readonly signal: NodeJS.Signals | null,
    readonly stderr: string,
    options?: ErrorOptions & { readonly errno?: string },
  ) {
    const how =
      failure === 'spawn'
        ? `could not be started (${options?.errno ?? 'unknown'})`
        : failure === 'exit'
          ? signal === null
            ? `ended with code ${code ?? 'unknown'}`
            : `was ended by ${signal}`
          : failure === 'timeout'
            ? 'took too long'
            : 'printed too much';
    super(`${command[0] ?? ''} ${how}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`, options);
    this.errno = options?.errno;
  }

  /** ENOENT, EACCES … when it could not be started. */
  readonly errno: string | undefined;
}

export interface RunningProcess {
  readonly pid: number | undefined;
  /**
   * Resolves when the program has ended, however it did. Rejects with ProcessError when it could not be started, took
   * too long or printed too much, and with CancelledError after an abort.
   */
  readonly stopped: Promise<ProcessResult>;
  /** Ends it (SIGTERM, then SIGKILL) and waits; never rejects. */
  stop(): Promise<void>;
}

const KILL_AFTER_MS = 2000;
/** A program's child may keep its stderr open (ssh's shared connection, before OpenSSH 8.5): not waited for. */
const STDERR_GRACE_MS = 300;

export function startProcess(command: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const [file = '', ...args] = command;
  const group = (options.group ?? true) && process.platform !== 'win32';
  const maxStdout = options.maxStdout ?? 64 * 1024 * 1024;
  const maxStderr = options.maxStderr ?? 64 * 1024;
  let child: ReturnType<typeof spawn>;
  try {
    if (options.signal?.aborted === true) throw new CancelledError();
    child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: group,
      windowsHide: true,
    });
  } catch (error) {
    // An argument that no program can take, or an argument list that is too long, is thrown, not reported.
    const failure =
      error instanceof CancelledError
        ? error
        : new ProcessError('spawn', command, null, null, '', { cause: error, errno: errnoOf(error) });
    const stopped = Promise.reject(failure);
    stopped.catch(() => undefined);
    return { pid: undefined, stopped, stop: () => Promise.resolve() };
  }

  let failure: Error | undefined;
  let ended = false;
  let killer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      if (group) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It ended in between.
    }
  };
  const end = (reason?: Error): void => {
    if (ended || killer !== undefined) return;
    failure ??= reason;
    send('SIGTERM');
    killer = setTimeout(() => {
      send('SIGKILL');
    }, KILL_AFTER_MS);
  };

  const pieces: Buffer[] = [];
  let size = 0;
  let stderr = Buffer.alloc(0);
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-maxStderr);
  });
  const read = (async (): Promise<void> => {
    if (child.stdout === null) return;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (options.onStdout !== undefined) {
        if (failure === undefined) await options.onStdout(chunk);
        continue;
      }
      size += chunk.length;
      if (size > maxStdout) end(new ProcessError('overflow', command, null, null, ''));
      else pieces.push(chunk);
    }
  })().catch((error: unknown) => {
    end(error instanceof Error ? error : new Error(String(error)));
    child.stdout?.destroy();
  });
  void feed(child.stdin, options.stdin, () => ended).catch((error: unknown) => {
    end(error instanceof Error ? error : new Error(String(error)));
  });

  const onAbort = (): void => {
    end(new CancelledError());
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          end(new ProcessError('timeout', command, null, null, stderr.toString('utf8')));
        }, options.timeoutMs);

  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ProcessError('spawn', command, null, null, '', { cause: error, errno: errnoOf(error) }));
    });
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const stopped = (async (): Promise<ProcessResult> => {
    try {
      const { code, signal } = await exit;
      ended = true;
      clearTimeout(timer);
      child.stdin?.destroy();
      // What is left in the pipe still counts; but a grandchild that holds it open after a kill does not.
      await (failure === undefined ? read : Promise.race([read, delay(STDERR_GRACE_MS)]));
      if (child.stderr?.readableEnded === false) {
        await Promise.race([
          new Promise((resolve) => child.stderr?.once('close', resolve)),
          delay(STDERR_GRACE_MS),
        ]);
      }
      // The reader may have failed while it was waited for.
      const reason = failure;
      if (reason !== undefined) throw reason;
      return { code, signal, stdout: Buffer.concat(pieces), stderr: stderr.toString('utf8') };
    } finally {
      ended = true;
      clearTimeout(timer);
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', onAbort);
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  })();
  stopped.catch(() => undefined);
  return {
    pid: child.pid,
    stopped,
    async stop() {
      end(new CancelledError());
      await stopped.catch(() => undefined);
    },
  };
}

/** Runs a program to its end; throws ProcessError (`exit`) unless it ended with code 0. */
export async function runProcess(
  command: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const result = await startProcess(command, options).stopped;
  if (result.code !== 0) throw new ProcessError('exit', command, result.code, result.signal, result.stderr);
  return result;
}

async function feed(
  stdin: NodeJS.WritableStream | null,
  data: ProcessOptions['stdin'],
  ended: () => boolean,
): Promise<void> {
  if (stdin === null || data === undefined) return;
  let broken = false;
  // A program need not read its whole input (EPIPE): its exit code says what became of it.
  stdin.on('error', () => (broken = true));
  if (typeof data === 'string' || Buffer.isBuffer(data)) {
    stdin.end(data);
    return;
  }
  for await (const chunk of data) {
    // Set by the listener above, which the compiler does not see.
    if ((broken as boolean) || ended()) break;
    if (!stdin.write(chunk)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          stdin.off('drain', go);
          stdin.off('close', go);
          stdin.off('error', go);
          resolve();
        };
        stdin.on('drain', go);
        stdin.on('close', go);
        stdin.on('error', go);
      });
    }
  }
  stdin.end();
}

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
