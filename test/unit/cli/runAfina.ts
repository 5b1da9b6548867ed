import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../lab/paths.mjs';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in `cwd`, as a terminal of that language would. */
export function runAfina(cwd: string, args: readonly string[], language = 'en_GB.UTF-8'): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), ...args], {
    cwd,
    env: { ...process.env, LC_ALL: language, LANG: language, LANGUAGE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
