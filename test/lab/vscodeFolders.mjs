// What a VS Code of the lab finds on its disk: settings, extensions, a language pack.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const THEMES = /** @type {const} */ ({
  light: { id: 'Light Modern', label: 'Light Modern' },
  dark: { id: 'Dark Modern', label: 'Dark Modern' },
  highContrast: { id: 'Default High Contrast', label: 'Dark High Contrast' },
  highContrastLight: { id: 'Default High Contrast Light', label: 'Light High Contrast' },
});

/** @typedef {keyof typeof THEMES} Theme */

const QUIET_SETTINGS = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/**
 * Writes the settings of a new user-data folder; settings that are there already stay.
 * @param {string} userDataDir
 * @param {{theme?: Theme, settings?: Record<string, unknown>}} [options]
 */
export function writeUserSettings(userDataDir, options = {}) {
  const folder = join(userDataDir, 'User');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'settings.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const theme = options.theme === undefined ? {} : { 'workbench.colorTheme': THEMES[options.theme].id };
  const settings = {
    ...QUIET_SETTINGS,
    'workbench.colorTheme': THEMES.dark.id,
    ...kept,
    ...theme,
    ...options.settings,
  };
  writeFileSync(file, `${JSON.stringify(settings, undefined, 2)}\n`);
}

/**
 * Makes an unpacked extension an installed one, by a link and an entry in VS Code's own list.
 * @param {string} extensionsDir
 * @param {string} extensionDir
 */
export function linkExtension(extensionsDir, extensionDir) {
  const folder = resolve(extensionDir);
  const { publisher, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const relativeLocation = `${publisher}.${name}-${version}`;
  const location = join(resolve(extensionsDir), relativeLocation);
  mkdirSync(extensionsDir, { recursive: true });
  if (!existsSync(location)) symlinkSync(folder, location, 'dir');
  const list = join(extensionsDir, 'extensions.json');
  /** @type {{identifier: {id: string}}[]} */
  const entries = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  const id = `${publisher}.${name}`;
  const others = entries.filter((entry) => entry.identifier.id.toLowerCase() !== id.toLowerCase());
  const entry = {
    identifier: { id },
    version,
    location: { $mid: 1, path: location, scheme: 'file' },
    relativeLocation,
    metadata: { installedTimestamp: Date.now(), pinned: true, source: 'vsix' },
  };
  writeFileSync(list, JSON.stringify([...others, entry]));
}

/**
 * Installs a language pack without a single translation. VS Code takes a display language only from a language pack
 * and itself stays English with this one, but extensions see the language (`vscode.env.language`, `package.nls.*.json`,
 * `l10n` bundles). The marketplace has Portuguese as `pt-br` alone, so that is what people of every Portuguese run.
 * @param {string} userDataDir
 * @param {string} extensionsDir
 * @param {string} locale
 */
export function installLanguagePack(userDataDir, extensionsDir, locale) {
  const folder = join(userDataDir, `language-pack-${locale}`);
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: `afina-lab-language-${locale}`,
    publisher: 'afina-lab',
    version: '1.0.0',
    engines: { vscode: '*' },
    categories: ['Language Packs'],
    contributes: {
      localizations: [
        {
          languageId: locale,
          languageName: locale,
          localizedLanguageName: locale,
          translations: [{ id: 'vscode', path: './main.i18n.json' }],
        },
      ],
    },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'main.i18n.json'), JSON.stringify({ version: '1.0.0', contents: {} }));
  linkExtension(extensionsDir, folder);
  // VS Code writes this cache itself, but only once it has listed its extensions: too late for the first start.
  const cache = {
    [locale]: {
      hash: createHash('md5').update(locale).digest('hex'),
      label: locale,
      extensions: [
        { extensionIdentifier: { id: `${manifest.publisher}.${manifest.name}` }, version: manifest.version },
      ],
      translations: { vscode: join(folder, 'main.i18n.json') },
    },
  };
  writeFileSync(join(userDataDir, 'languagepacks.json'), JSON.stringify(cache));
}
