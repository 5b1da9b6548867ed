import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { config } from '@vscode/l10n';

/** The language of a POSIX environment, as `LC_ALL`, `LC_MESSAGES` and `LANG` say; `en` when none does. */
export function environmentLanguage(env: NodeJS.ProcessEnv = process.env): string {
  const value = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((each) => each !== undefined && each !== '');
  return value === undefined || value === 'C' || value === 'POSIX'
    ? 'en'
    : value.replace('_', '-').toLowerCase();
}

/**
 * The strings of the interface in `language` (a BCP 47 tag): every form of Portuguese gets the one translation
 * there is, all else the English of the code, for which the result is undefined.
 */
export function loadLanguage(folder: string, language: string): Record<string, string> | undefined {
  const file = path.join(folder, 'pt.json');
  if (!language.toLowerCase().startsWith('pt') || !existsSync(file)) {
    config({ contents: {} });
    return undefined;
  }
  const contents = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  config({ contents });
  return contents;
}
