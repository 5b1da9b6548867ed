import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { config } from '@vscode/l10n';

/** The language of a POSIX environment, as `LC_ALL`, `LC_MESSAGES` and `LANG` say; `en` when none does. */
export function environmentLanguage(env: NodeJS.ProcessEnv = process.env): string {
  const value = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((each) => each !== undefined && each !== '');
  // What follows, `.UTF-8` or `@euro`, is no part of a language.
  const name = value?.replace(/[.@].*$/, '');
  return name === undefined || name === 'C' || name === 'POSIX' ? 'en' : name.replace('_', '-').toLowerCase();
}

/**
 * The language of the interface when nobody has chosen one. VS Code has Portuguese as `pt-br` alone, so whoever writes
 * Portuguese runs it in that: Brazil's is meant where the system says so too.
 */
export function automaticLanguage(editor: string, system: readonly string[]): string {
  if (editor.toLowerCase() !== 'pt-br') return editor;
  return system.some((each) => /^pt[-_]br\b/i.test(each)) ? 'pt-BR' : 'pt-PT';
}

/**
 * The file with the strings of `language` (a BCP 47 tag): Brazil's, or Portugal's for every other form of Portuguese.
 * Undefined for all else, which gets the English of the code.
 */
export function languageBundle(folder: string, language: string): string | undefined {
  const [name, region] = language.toLowerCase().split(/[-_.@]/);
  if (name !== 'pt') return undefined;
  const file = path.join(folder, region === 'br' ? 'pt-br.json' : 'pt.json');
  return existsSync(file) ? file : undefined;
}

/** Loads the strings of the interface in `language`; undefined where they are the English of the code. */
export function loadLanguage(folder: string, language: string): Record<string, string> | undefined {
  const file = languageBundle(folder, language);
  if (file === undefined) {
    config({ contents: {} });
    return undefined;
  }
  const contents = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  config({ contents });
  return contents;
}
