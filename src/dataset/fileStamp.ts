import type { BigIntStats } from 'node:fs';

/** What tells whether a file is still the one that was read. */
export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with what fraction the file system keeps. */
  readonly mtimeMs: number;
  /** Inode number as text: it may not fit a double. */
  readonly inode: string;
}

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    size: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs) / 1e6,
    inode: `${stats.dev.toString()}:${stats.ino.toString()}`,
  };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}
