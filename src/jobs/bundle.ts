import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';

/** `manifest.json`: what a run folder is made of. */
export interface Manifest {
  readonly version: 1;
  readonly run: string;
  readonly job: string;
  readonly createdAt: string;
  /** sha256 of requirements.txt. */
  readonly requirements: string;
  readonly files: readonly ManifestFile[];
}

export interface ManifestFile {
  /** In the run folder, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface PayloadFile extends ManifestFile {
  readonly content: Buffer;
}

const NEEDED = ['job.sh', 'prepare.sh', 'requirements.txt'];
/** Editors' leftovers and Python's caches are no part of the program. */
const PAYLOAD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.(py|sh|txt|jinja|json)$/;

/** What runs on the cluster, from `folder`. Throws UserError `payload/missing`. */
export async function readPayload(folder: string): Promise<PayloadFile[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => PAYLOAD_NAME.test(name)).sort();
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      'payload/missing',
      t(
        'Afina is not installed completely: {0} is missing in {1}. Install it again.',
        missing.join(', '),
        folder,
      ),
    );
  }
  const files: PayloadFile[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    if (!(await stat(file)).isFile()) continue;
    const content = await readFile(file);
    files.push({ path: name, content, sha256: sha256(content), bytes: content.length });
  }
  return files;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Name of the environment's folder: the same requirements and arguments of pip share one. */
export function environmentName(requirements: Uint8Array, pipArgs: readonly string[]): string {
  const hash = createHash('sha256').update(requirements);
  for (const argument of pipArgs) hash.update(`\0${argument}`);
  return hash.digest('hex').slice(0, 16);
}
