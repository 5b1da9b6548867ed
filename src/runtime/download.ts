import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { t } from '@vscode/l10n';
import { CancelledError, UserError, messageOf } from '../protocol/errors';
import { lockFile } from './lockFile';

export interface DownloadProgress {
  readonly phase: 'downloading' | 'verifying';
  readonly bytes: number;
  /** Bytes of the whole file, or null when the server does not tell. */
  readonly total: number | null;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((value: DownloadProgress) => void) | undefined;
  readonly token?: string | undefined;
  /** Expected sha256; without it the hub's own is taken, where it gives one. */
  readonly sha256?: string | undefined;
  /** Seconds without a byte after which the connection counts as lost. Default 60. */
  readonly idleSeconds?: number;
  /** Connections lost in a row, without a byte won, before it gives up. Default 5. */
  readonly retries?: number;
  /** Looks at the whole file before it takes its name. */
  readonly verify?: (file: string) => Promise<void>;
}

const MAX_REDIRECTS = 5;
const SHA256 = /^[0-9a-f]{64}$/;

/** A connection that may be tried again: lost, silent, or refused for the moment. */
class Lost extends Error {}

interface Opened {
  readonly response: Response;
  /** The hub's sha256 of a large file. */
  readonly linkedSha256: string | undefined;
  readonly linkedSize: number | undefined;
}

/** Follows redirects by hand: the hub tells size and hash in the first answer, and the token is for its origin alone. */
async function openUrl(
  url: string,
  init: { readonly method: 'GET' | 'HEAD'; readonly from: number; readonly token: string | undefined },
  signal: AbortSignal,
): Promise<Opened> {
  const origin = new URL(url).origin;
  let current = new URL(url);
  let linkedSha256: string | undefined;
  let linkedSize: number | undefined;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'afina' };
    if (init.from > 0) headers.range = `bytes=${String(init.from)}-`;
    if (init.token !== undefined && init.token !== '' && current.origin === origin) {
      headers.authorization = `Bearer ${init.token}`;
    }
    let response: Response;
    try {
      response = await fetch(current, { method: init.method, headers, redirect: 'manual', signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new Lost(messageOf(cause));
    }
    const etag = response.headers.get('x-linked-etag')?.replace(/^W\/|"/g, '');
    if (etag !== undefined && SHA256.test(etag)) linkedSha256 ??= etag;
    const size = Number(response.headers.get('x-linked-size') ?? Number.NaN);
    if (Number.isSafeInteger(size)) linkedSize ??= size;
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { response, linkedSha256, linkedSize };
    }
    await response.body?.cancel();
    const next = new URL(location, current);
    if (current.protocol === 'https:' && next.protocol !== 'https:') {
      throw new UserError('download/insecure', t('{0} leads to an unencrypted address: refused.', url));
    }
    current = next;
  }
  throw new UserError('download/redirects', t('{0} leads from one address to the next without end.', url));
}

function statusError(status: number, url: string): Error {
  if (status === 401 || status === 403) {
    return new UserError(
      'download/denied',
      t(
        'The hub refuses {0} ({1}). Accept the model’s licence on its page, set the environment variable HF_TOKEN to your access token, and try again.',
        url,
        status,
      ),
    );
  }
  if (status === 404) {
    return new UserError(
      'download/notFound',
      t('The hub has no file {0}. Check owner, repository and file name in afina.yaml.', url),
      { remedies: ['openFile'] },
    );
  }
  if (status === 429 || status >= 500) return new Lost(`HTTP ${String(status)}`);
  return new UserError('download/status', t('The hub answers {0} to {1}.', status, url));
}

/** Bytes of the file behind `url`, or undefined when the server does not tell. */
export async function remoteSize(
  url: string,
  options: { readonly token?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<number | undefined> {
  const timeout = AbortSignal.timeout(30_000);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    const { response, linkedSize } = await openUrl(
      url,
      { method: 'HEAD', from: 0, token: options.token },
      signal,
    );
    await response.body?.cancel();
    if (!response.ok && response.status !== 405) throw statusError(response.status, url);
    const length = response.headers.get('content-length');
    return linkedSize ?? (response.ok && length !== null ? Number(length) : undefined);
  } catch (error) {
    if (options.signal?.aborted === true) throw new CancelledError();
    if (error instanceof Lost || timeout.aborted) throw unreachable(url, error);
    throw error;
  }
}

function unreachable(url: string, error: unknown): UserError {
  return new UserError(
    'download/connection',
    t(
      'The connection to {0} was lost ({1}). Try again: the download goes on where it stopped.',
      new URL(url).host,
      messageOf(error),
    ),
    { remedies: ['retry'] },
  );
}

interface State {
  readonly url: string;
  readonly part: string;
  readonly target: string;
  hash: Hash;
  bytes: number;
  total: number | null;
  sha256: string | undefined;
}

/**
 * Downloads `url` into `target`: through `target.part`, resumed when it is there, checked by size and sha256,
 * then renamed. Cancelling keeps the part. Throws UserError `download/…`, CancelledError.
 */
export async function download(url: string, target: string, options: DownloadOptions = {}): Promise<void> {
  await guardDisk(target, null, () => mkdir(path.dirname(target), { recursive: true }));
  const lock = await lockFile(`${target}.lock`);
  if (lock === undefined) {
    throw new UserError(
      'download/busy',
      t('{0} is being downloaded by another window.', path.basename(target)),
    );
  }
  try {
    await run(url, target, options);
  } catch (error) {
    throw options.signal?.aborted === true ? new CancelledError() : error;
  } finally {
    await lock.release();
  }
}

async function run(url: string, target: string, options: DownloadOptions): Promise<void> {
  const part = `${target}.part`;
  const state: State = {
    url,
    part,
    target,
    hash: createHash('sha256'),
    bytes: 0,
    total: null,
    sha256: options.sha256,
  };
  await takeUp(state, options);
  const retries = options.retries ?? 5;
  for (let lost = 0; ;) {
    const before = state.bytes;
    try {
      await transfer(state, options);
      break;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      lost = state.bytes > before ? 1 : lost + 1;
      if (lost > retries) throw unreachable(url, error);
      await delay(
        Math.min(8000, 250 * 2 ** lost),
        undefined,
        options.signal ? { signal: options.signal } : {},
      );
    }
  }
  await finish(state, options);
}

/** Goes on with what an earlier download of the same file left. */
async function takeUp(state: State, options: DownloadOptions): Promise<void> {
  const origin = await readFile(`${state.part}.url`, 'utf8').catch(() => undefined);
  const found = await stat(state.part).catch(() => undefined);
  if (found === undefined) return;
  if (origin !== state.url) {
    await unlink(state.part);
    return;
  }
  for await (const chunk of createReadStream(state.part, { highWaterMark: 1 << 20 })) {
    options.signal?.throwIfAborted();
    state.hash.update(chunk as Buffer);
    state.bytes += (chunk as Buffer).length;
  }
}

async function startOver(state: State): Promise<void> {
  await unlink(state.part).catch(() => undefined);
  state.hash = createHash('sha256');
  state.bytes = 0;
}

async function transfer(state: State, options: DownloadOptions): Promise<void> {
  const idle = new AbortController();
  const signal = options.signal === undefined ? idle.signal : AbortSignal.any([options.signal, idle.signal]);
  let timer: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(new Lost('timeout')), (options.idleSeconds ?? 60) * 1000);
  };
  alive();
  let file: FileHandle | undefined;
  try {
    const { response, linkedSha256, linkedSize } = await openUrl(
      state.url,
      { method: 'GET', from: state.bytes, token: options.token },
      signal,
    );
    state.sha256 ??= linkedSha256;
    if (response.status === 416) {
      await response.body?.cancel();
      // Either it is complete, or the file on the hub has become another one.
      const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
      if (total === state.bytes) {
        state.total = total;
        return;
      }
      await startOver(state);
      throw new Lost('range');
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw statusError(response.status, state.url);
    }
    if (state.bytes > 0 && !continues(response, state.bytes)) await startOver(state);
    state.total = linkedSize ?? totalOf(response, state.bytes);
    await guardSpace(state);
    await writeFile(`${state.part}.url`, state.url);
    file = await open(state.part, state.bytes > 0 ? 'r+' : 'w');
    for await (const chunk of body(response, signal)) {
      alive();
      const handle = file;
      await guardDisk(state.target, state.total, () => writeAll(handle, chunk, state.bytes));
      state.hash.update(chunk);
      state.bytes += chunk.length;
      options.progress?.({ phase: 'downloading', bytes: state.bytes, total: state.total });
    }
    if (state.total !== null && state.bytes < state.total) throw new Lost('incomplete');
  } catch (error) {
    if (idle.signal.aborted && options.signal?.aborted !== true) throw new Lost('timeout');
    throw error;
  } finally {
    clearTimeout(timer);
    await file?.close();
  }
}

async function* body(response: Response, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    if (signal.aborted || error instanceof UserError) throw error;
    throw new Lost(messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error));
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, at: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
  }
}

/** Whether a 206 goes on exactly where the part ends; some servers ignore Range and send all. */
function continues(response: Response, from: number): boolean {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return response.status === 206 && Number(range?.[1]) === from;
}

function totalOf(response: Response, from: number): number | null {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  if (response.status === 206) return range === null ? null : Number(range[1]);
  const length = response.headers.get('content-length');
  return length === null ? null : from + Number(length);
}

async function guardSpace(state: State): Promise<void> {
  if (state.total === null) return;
  const disk = await statfs(path.dirname(state.part)).catch(() => undefined);
  if (disk === undefined || state.total - state.bytes <= disk.bavail * disk.bsize) return;
  throw diskFull(state.target, state.total);
}

function diskFull(target: string, total: number | null): UserError {
  return new UserError(
    'download/diskFull',
    t(
      'There is no room for the model in {0} (it needs {1} GB). Free some, or set AFINA_HOME to a folder on another disk.',
      path.dirname(target),
      total === null ? '?' : (total / 1e9).toFixed(1),
    ),
    { remedies: ['retry'] },
  );
}

async function guardDisk<T>(target: string, total: number | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw diskFull(target, total);
    if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code ?? '')) {
      throw new UserError(
        'download/notWritable',
        t('{0} cannot be written. Set AFINA_HOME to a folder of your own.', path.dirname(target)),
      );
    }
    throw error;
  }
}

async function finish(state: State, options: DownloadOptions): Promise<void> {
  options.progress?.({ phase: 'verifying', bytes: state.bytes, total: state.total });
  const drop = async (): Promise<void> => {
    await unlink(state.part).catch(() => undefined);
    await unlink(`${state.part}.url`).catch(() => undefined);
  };
  const sha256 = state.hash.digest('hex');
  if (
    (state.total !== null && state.bytes !== state.total) ||
    (state.sha256 !== undefined && sha256 !== state.sha256)
  ) {
    await drop();
    throw new UserError(
      'download/corrupt',
      state.sha256 === undefined || sha256 === state.sha256
        ? t('{0} arrived with the wrong size and was discarded. Try again.', path.basename(state.target))
        : t(
            '{0} has the sha256 {1} instead of {2} and was discarded. Try again, or correct “sha256” in afina.yaml.',
            path.basename(state.target),
            sha256,
            state.sha256,
          ),
      { remedies: ['retry', 'openFile'] },
    );
  }
  try {
    await options.verify?.(state.part);
  } catch (error) {
    await drop();
    throw error;
  }
  const file = await open(state.part, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await writeFile(`${state.target}.json`, JSON.stringify({ sha256, size: state.bytes, url: state.url }));
  await rename(state.part, state.target);
  await unlink(`${state.part}.url`).catch(() => undefined);
}
