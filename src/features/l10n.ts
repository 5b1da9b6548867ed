import path from 'node:path';
import * as vscode from 'vscode';
import { automaticLanguage, environmentLanguage, languageBundle, loadLanguage } from '../project/language';

let current: {
  readonly language: string;
  readonly strings: Record<string, string>;
  readonly bundle: string | undefined;
} = {
  language: 'en',
  strings: {},
  bundle: undefined,
};

const TAGS: Readonly<Record<string, string>> = { pt: 'pt-PT', 'pt-br': 'pt-BR' };

/** Loads the interface's language: VS Code's own, unless `afina.language` says otherwise. Once, at activation. */
export function applyLanguage(extensionPath: string): void {
  const chosen = vscode.workspace.getConfiguration('afina').get<string>('language', 'auto');
  const system = [environmentLanguage(), Intl.DateTimeFormat().resolvedOptions().locale];
  const language =
    chosen === 'auto' ? automaticLanguage(vscode.env.language, system) : (TAGS[chosen] ?? 'en');
  const folder = path.join(extensionPath, 'media', 'l10n');
  const strings = loadLanguage(folder, language);
  current = {
    language,
    strings: strings ?? {},
    bundle: languageBundle(folder, language),
  };
}

/** BCP 47 tag of the interface. */
export function interfaceLanguage(): string {
  return current.language;
}

/** The interface's strings, for pages and workers, which have none of their own. */
export function interfaceStrings(): Record<string, string> {
  return current.strings;
}

/** Path of the strings' file, for child processes. */
export function interfaceBundle(): string | undefined {
  return current.bundle;
}
