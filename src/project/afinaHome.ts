import { homedir } from 'node:os';
import path from 'node:path';

/** Folder of models, environments and local runs: AFINA_HOME, else ~/.afina. Absolute. */
export function afinaHome(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env.AFINA_HOME;
  return configured !== undefined && configured !== ''
    ? path.resolve(configured)
    : path.join(homedir(), '.afina');
}
