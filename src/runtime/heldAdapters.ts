import { copyFile, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Beyond this the base is loaded anew, which frees what is no longer used. An adapter of a 9 B model has 50 to 200 MB. */
const MAX_BYTES = 2e9;

/** A file as it is now. */
export interface FileVersion {
  readonly file: string;
  readonly bytes: number;
  /** Changes when the file's content does, as far as the file system tells. */
  readonly key: string;
}

export async function versionOf(file: string): Promise<FileVersion> {
  try {
    const { ino, mtimeMs, size } = await stat(file);
    return { file, bytes: size, key: `${file}|${String(ino)}:${String(mtimeMs)}:${String(size)}` };
  } catch {
    return { file, bytes: 0, key: `${file}|missing` }; // the header's reader tells why
  }
}

/**
 * The adapters in memory beside one base. llama.cpp knows them by path and frees them only with the base: a file that
 * changed is given to it under a path of its own, so that the base need not be loaded again.
 */
export class HeldAdapters {
  /** Path that llama.cpp knows each version by. */
  private readonly paths = new Map<string, string>();
  private readonly taken = new Set<string>();
  private bytes = 0;

  hasRoomFor({ key, bytes }: FileVersion): boolean {
    return this.paths.has(key) || this.bytes === 0 || this.bytes + bytes <= MAX_BYTES;
  }

  /** `load` with a path under which llama.cpp holds this version, or does not hold any. */
  async use<T>(version: FileVersion, load: (file: string) => Promise<T>): Promise<T> {
    const known = this.paths.get(version.key);
    if (known !== undefined) return load(known);
    if (!this.taken.has(version.file)) return this.hold(version, version.file, load);
    const folder = await mkdtemp(path.join(tmpdir(), 'afina-adapter-'));
    try {
      const alias = path.join(folder, path.basename(version.file));
      // Windows lets only some accounts make links.
      await symlink(version.file, alias).catch(() => copyFile(version.file, alias));
      return await this.hold(version, alias, load);
    } finally {
      // It is read whole when it is loaded.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  private async hold<T>(version: FileVersion, file: string, load: (file: string) => Promise<T>): Promise<T> {
    this.taken.add(file);
    const result = await load(file);
    this.paths.set(version.key, file);
    this.bytes += version.bytes;
    return result;
  }
}
