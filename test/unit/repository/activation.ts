import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface ActivationLoad {
  /** Text of each file that is loaded with the extension's bundle, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** What these files import that is no file of the bundle. */
  readonly packages: ReadonlySet<string>;
  readonly bytes: number;
}

/** What importing `entry` loads before any of its code runs. */
export async function activationLoad(entry: string): Promise<ActivationLoad> {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const load = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    const text = await readFile(file, 'utf8');
    files.set(file, text);
    // Static imports only: `import(…)` is what is loaded on first use.
    for (const [, name = ''] of text.matchAll(/(?:^|[;}\s])(?:import|export)\b[^;'"()]*?from\s*"([^"]+)"/g)) {
      if (name.startsWith('.')) await load(path.join(path.dirname(file), name));
      else packages.add(name);
    }
  };
  await load(entry);
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { files, packages, bytes };
}
