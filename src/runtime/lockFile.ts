import { open, readFile, stat, unlink } from 'node:fs/promises';

export interface FileLock {
  readonly release: () => Promise<void>;
}

/** Takes a lock that another process on this machine would see; undefined while a living process holds it. */
export async function lockFile(file: string): Promise<FileLock | undefined> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { release: () => unlink(file).catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      // An empty file is one being written this moment, or left by a process that died just then.
      const age = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? 0);
      if (owner === 0 ? age < 10_000 : isAlive(owner)) return undefined;
      await unlink(file).catch(() => undefined);
    }
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
