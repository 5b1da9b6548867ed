import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { controlPath } from './controlPath';
import { isWhole, sha256File } from './files';
import { FRAME_COMMAND, FramedOutput } from './framedOutput';
import { ProcessError, startProcess } from './processes';
import { quoteAll, scriptInput } from './quote';
import { C_LOCALE, SHA256 } from './shellParts';
import { lastLine, lostConnection, noSsh, remoteFailure, sshError } from './sshErrors';
import type {
  CommandOptions,
  CommandResult,
  DownloadFile,
  TransferOptions,
  Transport,
  UploadFile,
} from './transport';

export interface SshOptions {
  readonly host: string;
  readonly sshConfig?: string | undefined;
  /** Default: `ssh` on the PATH. */
  readonly program?: string | undefined;
  /** SSH_ASKPASS and what that program needs; without it ssh asks nothing. */
  readonly askpass?: Readonly<Record<string, string>> | undefined;
}

const CONNECT_TIMEOUT_S = 20;
const PERSIST_S = 300;
const DEFAULT_TIMEOUT_MS = 180_000;
/** Files up to this size travel together: a round trip costs more than they do. */
const PACK_BYTES = 4 << 20;
const MAX_STDOUT = 64 << 20;

/** Whole or not at all: a cut connection ends `cat` early, and the size and the hash tell. $1 file, $2 sha256, $3 bytes. */
const RECEIVE_ONE = [
  C_LOCALE,
  SHA256,
  'mkdir -p "${1%/*}" || exit 20',
  't=$1.tmp.$$',
  'trap "rm -f \\"\\$t\\"" EXIT',
  'cat >"$t" || exit 21',
  '[ "$(($(wc -c <"$t")))" = "$3" ] || exit 22',
  '[ "$(sha "$t")" = "$2" ] || exit 23',
  'mv -f "$t" "$1" || exit 20',
].join('; ');

/** Several files one after the other. Arguments: for each file its path, sha256 and size. */
const RECEIVE_PACK = [
  C_LOCALE,
  SHA256,
  'mkdir -p "${1%/*}" || exit 20',
  't=$1.pack.tmp.$$',
  'trap "rm -f \\"\\$t\\" \\"\\$t.1\\"" EXIT',
  'cat >"$t" || exit 21',
  'o=1',
  'while [ $# -gt 0 ]; do mkdir -p "${1%/*}" || exit 20',
  'tail -c +"$o" "$t" | head -c "$3" >"$t.1" || exit 21',
  '[ "$(($(wc -c <"$t.1")))" = "$3" ] || exit 22',
  '[ "$(sha "$t.1")" = "$2" ] || exit 23',
  'mv -f "$t.1" "$1" || exit 20',
  'o=$((o + $3))',
  'shift 3',
  'done',
].join('; ');

/** Commands and files over the OpenSSH program: its configuration, agent, jump hosts and known hosts all hold. */
export class SshTransport implements Transport {
  readonly kind = 'ssh';
  private readonly program: string;
  private readonly socket: string | undefined;

  constructor(private readonly options: SshOptions) {
    this.program = options.program ?? 'ssh';
    this.socket = controlPath(options.host, options.sshConfig);
  }

  get title(): string {
    return this.options.host;
  }

  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const pieces: Buffer[] = [];
    let size = 0;
    const { code, stderr } = await this.execute(argv, options, (chunk) => {
      size += chunk.length;
      if (size > MAX_STDOUT) throw new ProcessError('overflow', argv, null, null, '');
      pieces.push(chunk);
    });
    return { code, stdout: Buffer.concat(pieces), stderr };
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
    const sent = (bytes: number, name: string): void => {
      done += bytes;
      options.onProgress?.(done, total, name);
    };
    for (const pack of packed(files)) {
      const [first] = pack;
      if (first === undefined) continue;
      if (pack.length === 1) {
        const stdin = counted(first.local, (bytes) => {
          sent(bytes, path.basename(first.local));
        });
        await this.receive(
          RECEIVE_ONE,
          [first.remote, first.sha256, String(first.bytes)],
          stdin,
          pack,
          options.signal,
        );
        continue;
      }
      const stdin = Buffer.concat(await Promise.all(pack.map(({ local }) => readFile(local))));
      const args = pack.flatMap(({ remote, sha256, bytes }) => [remote, sha256, String(bytes)]);
      await this.receive(RECEIVE_PACK, args, stdin, pack, options.signal);
      sent(stdin.length, path.basename(pack.at(-1)?.local ?? ''));
    }
  }

  async download(files: readonly DownloadFile[], options: TransferOptions = {}): Promise<void> {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const file of files) {
      const name = path.basename(file.local);
      if (await isWhole(file.local, file.sha256, file.bytes, options.signal)) {
        done += file.bytes;
      } else {
        const before = done;
        await this.fetchOne(file, options.signal, (bytes) => {
          done = before + Math.min(bytes, file.bytes);
          options.onProgress?.(done, total, name);
        });
      }
      options.onProgress?.(done, total, name);
    }
  }

  /**
   * The shared connection is left to other windows (its user may have typed a one-time code for it): it ends by
   * itself, PERSIST_S after the last command.
   */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the shared connection now, for every window. */
  async disconnect(): Promise<void> {
    if (this.socket === undefined) return;
    await startProcess([this.program, ...this.sshArguments(), '-O', 'exit', '--', this.options.host], {
      env: this.environment(),
      timeoutMs: 5000,
    }).stopped.catch(() => undefined);
  }

  private async receive(
    text: string,
    args: readonly string[],
    stdin: Buffer | AsyncIterable<Uint8Array>,
    files: readonly UploadFile[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { code, stderr } = await this.execute(
      ['sh', '-c', text, 'afina', ...args],
      // A large file takes the time it takes; a dead connection is noticed by ssh's own keep-alive messages.
      { stdin, timeoutMs: undefined, ...(signal === undefined ? {} : { signal }) },
      () => undefined,
    );
    if (code === 0) return;
    const folder = path.posix.dirname(files[0]?.remote ?? '/');
    const known = remoteFailure(stderr, folder, this.title);
    if (known !== undefined) throw known;
    if (code === 22) throw lostConnection(this.title);
    if (code === 23) {
      for (const { local, sha256, bytes } of files) {
        if (!(await isWhole(local, sha256, bytes))) {
          throw new UserError(
            'cluster/changed',
            t('The file {0} changed while it was being copied. Try again.', local),
            {
              remedies: ['retry'],
            },
          );
        }
      }
    }
    throw new UserError(
      'cluster/upload',
      t(
        '{0} could not store what was sent to {1}: {2}',
        this.title,
        folder,
        lastLine(stderr) || String(code),
      ),
      { remedies: ['retry'], log: stderr },
    );
  }

  private async fetchOne(
    file: DownloadFile,
    signal: AbortSignal | undefined,
    progress: (bytes: number) => void,
  ): Promise<void> {
    const temporary = `${file.local}.${randomBytes(4).toString('hex')}.tmp`;
    await mkdir(path.dirname(file.local), { recursive: true });
    try {
      const handle = await open(temporary, 'wx', 0o600);
      let bytes = 0;
      let result: { code: number; stderr: string };
      try {
        result = await this.execute(
          ['cat', '--', file.remote],
          { timeoutMs: undefined, ...(signal === undefined ? {} : { signal }) },
          async (chunk) => {
            await handle.write(chunk);
            bytes += chunk.length;
            progress(bytes);
          },
        );
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (result.code !== 0) {
        throw new UserError(
          'cluster/download',
          t('{0} could not read {1}: {2}', this.title, file.remote, lastLine(result.stderr)),
          { remedies: ['retry'], log: result.stderr },
        );
      }
      if (bytes !== file.bytes || (await sha256File(temporary, signal)) !== file.sha256) {
        throw new UserError(
          'cluster/corrupt',
          t(
            'What came from {0} is not what the run wrote: {1} has another checksum. Try again; if it stays so, the file on the cluster is damaged.',
            this.title,
            file.remote,
          ),
          { remedies: ['retry'] },
        );
      }
      await rename(temporary, file.local);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Runs a command there between two marks; every ending but the end mark is an error that says what to do. */
  private async execute(
    argv: readonly string[],
    options: Omit<CommandOptions, 'timeoutMs'> & { readonly timeoutMs?: number | undefined },
    sink: (chunk: Buffer) => void | Promise<void>,
  ): Promise<{ code: number; stderr: string }> {
    const nonce = randomBytes(8).toString('hex');
    const begin = `afina-begin-${nonce}`;
    const end = `afina-end-${nonce}`;
    const variables = Object.entries(options.env ?? {}).map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`not the name of a variable: ${name}`);
      return `${name}=${value}`;
    });
    const wrapped = variables.length === 0 ? argv : ['env', ...variables, ...argv];
    const remote = quoteAll(['sh', '-c', FRAME_COMMAND, 'afina', begin, end, ...wrapped]);
    const frame = new FramedOutput(begin, end, sink);
    const timeoutMs = 'timeoutMs' in options ? options.timeoutMs : DEFAULT_TIMEOUT_MS;
    const running = startProcess([this.program, ...this.sshArguments(), '--', this.options.host, remote], {
      env: this.environment(),
      onStdout: (chunk) => frame.push(chunk),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    options.onStarted?.();
    let result: Awaited<typeof running.stopped>;
    try {
      result = await running.stopped;
    } catch (error) {
      throw this.failure(error);
    }
    const code = await frame.finish();
    if (code !== undefined) return { code, stderr: result.stderr };
    if (frame.hasStarted) throw lostConnection(this.title, new Error(result.stderr));
    if (result.code === 255 || result.code === null) throw sshError(result.stderr, this.options);
    throw new UserError(
      'ssh/no-shell',
      t(
        '{0} let us in but runs no commands: {1}',
        this.title,
        lastLine(`${frame.preamble}\n${result.stderr}`),
      ),
      { log: `${frame.preamble}\n${result.stderr}` },
    );
  }

  private failure(error: unknown): unknown {
    if (!(error instanceof ProcessError)) return error;
    if (error.failure === 'spawn' && error.errno === 'ENOENT') return noSsh(this.program, error);
    if (error.failure === 'timeout') {
      return new UserError(
        'cluster/timeout',
        t('{0} did not answer in time. Check the network and whether a VPN is needed.', this.title),
        { remedies: ['retry'], log: error.stderr },
        { cause: error },
      );
    }
    return error;
  }

  private sshArguments(): string[] {
    const { sshConfig, askpass } = this.options;
    const set: Record<string, string> = {
      BatchMode: askpass === undefined ? 'yes' : 'no',
      ConnectTimeout: String(CONNECT_TIMEOUT_S),
      ServerAliveInterval: '15',
      ServerAliveCountMax: '3',
      // Forwardings of an interactive configuration would fail on the second connection, and serve nothing here.
      ClearAllForwardings: 'yes',
      ForwardX11: 'no',
      RemoteCommand: 'none',
      LogLevel: 'ERROR',
      ...(this.socket === undefined
        ? {}
        : { ControlMaster: 'auto', ControlPath: this.socket, ControlPersist: String(PERSIST_S) }),
    };
    return [
      '-T',
      ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
      ...Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ];
  }

  private environment(): NodeJS.ProcessEnv {
    const { askpass } = this.options;
    if (askpass === undefined) return process.env;
    // OpenSSH before 8.4 asks through SSH_ASKPASS only where it believes there is a display.
    return { DISPLAY: ':0', ...process.env, SSH_ASKPASS_REQUIRE: 'force', ...askpass };
  }
}

/** Groups small neighbours; a large file is alone. */
function packed(files: readonly UploadFile[]): UploadFile[][] {
  const packs: UploadFile[][] = [];
  let size = Infinity;
  for (const file of files) {
    if (size + file.bytes > PACK_BYTES) {
      packs.push([]);
      size = 0;
    }
    packs.at(-1)?.push(file);
    size += file.bytes;
  }
  return packs;
}

async function* counted(file: string, progress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    yield chunk;
    progress(chunk.length);
  }
}
