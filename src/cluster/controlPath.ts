import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** sun_path of the strictest system (macOS: 104), less what ssh appends while it makes the socket (17). */
const LONGEST = 104 - 17 - 1;
const NAME_LENGTH = 16;

/**
 * Path of the socket over which every window shares one connection to a host; undefined where ssh cannot share
 * (Windows). The configuration file is part of the name: another one may trust other keys.
 */
export function controlPath(host: string, sshConfig: string | undefined): string | undefined {
  if (process.platform === 'win32') return undefined;
  const name = createHash('sha256')
    .update(`${host}\0${sshConfig ?? ''}`)
    .digest('hex')
    .slice(0, NAME_LENGTH);
  return path.join(controlFolder(), name);
}

let folder: string | undefined;

function controlFolder(): string {
  folder ??= findFolder();
  return folder;
}

function findFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const candidates = [process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].flatMap((base) =>
    base === undefined || base === '' ? [] : [path.join(base, `afina-ssh-${uid}`)],
  );
  for (const candidate of candidates) {
    if (candidate.length + 1 + NAME_LENGTH > LONGEST) continue;
    try {
      mkdirSync(candidate, { mode: 0o700 });
    } catch {
      // It is there already, or cannot be made: the next lines tell.
    }
    try {
      const found = lstatSync(candidate);
      // /tmp belongs to everybody: a folder of another user's making would hand them the connection.
      if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return candidate;
    } catch {
      // Not there: try the next.
    }
  }
  return mkdtempSync('/tmp/afina-ssh-');
}
