import { strict as assert } from 'node:assert';
import { interfaceStrings, readJson } from './sources';

type Strings = Record<string, string>;

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();

/** Words (a regular expression each) that only the other variety writes. */
const varieties = [
  {
    name: 'European Portuguese',
    bundle: 'media/l10n/pt.json',
    manifest: 'package.nls.pt.json',
    foreign: [
      'registros?',
      'registrad[ao]s?',
      'arquivos?',
      'telas?',
      'usuári[ao]s?',
      'salvar',
      'salv[eao]s?',
      'mouse',
      'baixar',
      'caracteres? de controle',
      'excluir',
      'conexão',
      'treinamento',
    ],
  },
  {
    name: 'Brazilian Portuguese',
    bundle: 'media/l10n/pt-br.json',
    // VS Code calls every Portuguese pt-br: its manifest would be the one that people in Portugal see.
    manifest: undefined,
    foreign: [
      'registos?',
      'registad[ao]s?',
      'ficheiros?',
      'ecrãs?',
      'utilizador[ae]?s?',
      'guard(ar|e|ad[ao]s?)',
      'rato',
      'descarreg(ar|ue)',
      'carácter',
      'controlo',
      'eliminar',
      'ligação',
      'treino',
      'afinação',
      'respetiv[ao]s?',
      'partilh(a|ar|am)',
      'est(á|ão|ava|avam) a ser',
      '[«»]',
    ],
  },
] as const;

function wordsOf(foreign: readonly string[], strings: Strings): string[] {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${foreign.join('|')})(?![\\p{L}\\p{N}])`, 'iu');
  return Object.values(strings).filter((text) => pattern.test(text));
}

describe('translations', () => {
  const used = interfaceStrings();

  for (const { name, bundle, manifest, foreign } of varieties) {
    describe(name, () => {
      const strings = readJson(bundle) as Strings;
      const translated = (manifest === undefined ? {} : readJson(manifest)) as Strings;

      it('has every string of the interface', () => {
        assert.deepEqual(
          used.filter(({ text }) => strings[text] === undefined),
          [],
        );
      });

      it('has no string that nothing shows', () => {
        const texts = new Set(used.map(({ text }) => text));
        assert.deepEqual(
          Object.keys(strings).filter((key) => !texts.has(key)),
          [],
        );
      });

      it('keeps the placeholders', () => {
        for (const [english, text] of Object.entries(strings)) {
          assert.deepEqual(placeholders(text), placeholders(english), english);
        }
      });

      it('has the manifest', () => {
        const english = readJson('package.nls.json') as Strings;
        const keys = manifestKeys();
        assert.deepEqual(Object.keys(english).sort(), keys);
        if (manifest !== undefined) assert.deepEqual(Object.keys(translated).sort(), keys);
      });

      it('has no word of the other variety', () => {
        assert.deepEqual(wordsOf(foreign, strings), []);
        assert.deepEqual(wordsOf(foreign, translated), []);
      });
    });
  }
});

function manifestKeys(): string[] {
  const manifest = JSON.stringify(readJson('package.json'));
  return [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? ''))].sort();
}
