import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { CancelledError } from '../protocol/errors';

/** A living owner renews its lock this often, so that one on another machine is believed dead after STALE_MS. */
const RENEW_MS = 5000;
const STALE_MS = 30_000;
const RETRY_MS = 15;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/**
 * Takes a lock that every process sees, or returns undefined while a living one holds it. A dead owner's lock is
 * taken over. The result gives it back.
 */
export async function tryLock(file: string): Promise<(() => Promise<void>) | undefined> {
  await mkdir(path.dirname(file), { recursive: true });
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomBytes(8).toString('hex') };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (await create(file, JSON.stringify(owner))) {
      const timer = setInterval(() => {
        const now = new Date();
        utimes(file, now, now).catch(() => undefined);
      }, RENEW_MS);
      timer.unref();
      return async () => {
        clearInterval(timer);
        if ((await ownerOf(file))?.token === owner.token) await rm(file, { force: true });
      };
    }
    if (!(await breakIfDead(file))) return undefined;
  }
  return undefined;
}

/** Waits for the lock, does the work, gives it back. For short work only. */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    if (signal?.aborted === true) throw new CancelledError();
    const release = await tryLock(file);
    if (release === undefined) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      continue;
    }
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

/** Whether a living process holds the lock. */
export async function isLocked(file: string): Promise<boolean> {
  return !(await isDead(file));
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function ownerOf(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** True as well when there is no lock at all. */
async function isDead(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return true;
  const age = Date.now() - found.mtimeMs;
  const owner = await ownerOf(file);
  // Without an owner it is being written at this moment, or its writer died in that very moment.
  if (owner === undefined) return age > 2000;
  if (owner.host === hostname() && !isAlive(owner.pid)) return true;
  return age > STALE_MS;
}

/** Only one process may remove a dead lock, and it looks again first: else a second one would remove the first one's new lock. */
async function breakIfDead(file: string): Promise<boolean> {
  if (!(await isDead(file))) return false;
  const guard = `${file}.break`;
  if (!(await create(guard, ''))) {
    const found = await stat(guard).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
      await unlink(guard).catch(() => undefined);
    return false;
  }
  try {
    if (await isDead(file)) await rm(file, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
