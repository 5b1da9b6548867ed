import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError } from '../protocol/errors';
import { systemCode } from './fileErrors';

const BUFFER = 1024 * 1024;

export interface ReplaceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when the new content is on the disk under its temporary name, right before it takes its place. */
  readonly beforeRename?: ((temporary: string) => Promise<void>) | undefined;
}

/** Writes to the temporary file in large pieces, however small the pieces given. */
export class ByteSink {
  private readonly buffer = Buffer.allocUnsafe(BUFFER);
  private used = 0;
  private written = 0;
  private last = -1;

  constructor(
    private readonly handle: FileHandle,
    private readonly signal?: AbortSignal,
  ) {}

  /** Bytes given so far. */
  get length(): number {
    return this.written + this.used;
  }

  /** The last byte given, or -1. */
  get lastByte(): number {
    return this.last;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.last = bytes[bytes.length - 1] ?? -1;
    if (this.used + bytes.length > BUFFER) await this.flush();
    if (bytes.length >= BUFFER) {
      await this.writeAll(bytes);
      return;
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  async flush(): Promise<void> {
    const used = this.used;
    this.used = 0;
    if (used > 0) await this.writeAll(this.buffer.subarray(0, used));
  }

  private async writeAll(bytes: Uint8Array): Promise<void> {
    if (this.signal?.aborted === true) throw new CancelledError();
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done);
      done += bytesWritten;
      this.written += bytesWritten;
    }
  }
}

/**
 * Gives `file` the content that `fill` writes, wholly or not at all: temporary file beside it, fsync, rename.
 * A link stays a link (its target is replaced), mode bits and, where allowed, the owner are kept. Whatever
 * fails, the temporary file is removed and `file` is as it was. Throws system errors as Node gives them.
 */
export async function replaceFile(
  file: string,
  fill: (sink: ByteSink) => Promise<void>,
  options: ReplaceOptions = {},
): Promise<void> {
  const target = await linkTarget(file);
  const old = await stat(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  // A rename needs no permission on the file itself: without this a read-only file would be replaced.
  if (old !== undefined) await access(target, constants.W_OK);
  if (old?.isDirectory() === true) {
    throw Object.assign(new Error(`EISDIR: ${target}`), { code: 'EISDIR' });
  }
  const suffix = `${process.pid.toString(36)}${randomBytes(6).toString('hex')}`;
  const temporary = path.join(path.dirname(target), `.${path.basename(target).slice(0, 180)}.${suffix}.tmp`);
  const handle = await open(temporary, 'wx', old === undefined ? 0o666 : old.mode & 0o777);
  try {
    try {
      if (old !== undefined) {
        await handle.chown(old.uid, old.gid).catch(() => undefined);
        await handle.chmod(old.mode & 0o7777);
      }
      const sink = new ByteSink(handle, options.signal);
      await fill(sink);
      await sink.flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
    await options.beforeRename?.(temporary);
    if (options.signal?.aborted === true) throw new CancelledError();
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(path.dirname(target));
}

/** `replaceFile` for content that is at hand. `makeFolder` creates the folders above the file. */
export async function writeFileAtomic(
  file: string,
  data: string | Uint8Array,
  options: { readonly makeFolder?: boolean } = {},
): Promise<void> {
  if (options.makeFolder === true) await mkdir(path.dirname(file), { recursive: true });
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  await replaceFile(file, (sink) => sink.write(bytes));
}

async function linkTarget(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path.resolve(file);
    throw error;
  }
}

/** Makes the rename itself durable, where the system lets a folder be opened at all. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows cannot open folders, some network file systems cannot sync them: the content is safe already.
  }
}
