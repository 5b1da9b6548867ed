import { strict as assert } from 'node:assert';
import path from 'node:path';
import { automaticLanguage, environmentLanguage, languageBundle } from '../../../src/project/language';

const folder = path.resolve('media', 'l10n');

function bundleOf(language: string): string | undefined {
  const file = languageBundle(folder, language);
  return file === undefined ? undefined : path.basename(file);
}

describe('interface language', () => {
  it('takes the Brazilian strings for Brazil, and the European ones for every other Portuguese', () => {
    for (const language of ['pt-br', 'pt-BR', 'pt_BR'])
      assert.equal(bundleOf(language), 'pt-br.json', language);
    for (const language of ['pt', 'pt-PT', 'pt-pt', 'PT-ao', 'pt-mz'])
      assert.equal(bundleOf(language), 'pt.json', language);
    for (const language of ['en', 'es', 'ptx', '']) assert.equal(bundleOf(language), undefined, language);
  });

  it('takes Brazil’s for an editor in Brazilian Portuguese only where the system is Brazilian too', () => {
    assert.equal(automaticLanguage('pt-br', ['pt-br', 'pt-PT']), 'pt-BR');
    assert.equal(automaticLanguage('pt-br', ['en', 'pt_BR']), 'pt-BR');
    assert.equal(automaticLanguage('pt-br', ['pt-pt', 'pt-PT']), 'pt-PT');
    assert.equal(automaticLanguage('pt-br', ['en', 'en-US']), 'pt-PT');
    assert.equal(automaticLanguage('en', ['pt-BR']), 'en');
  });

  it('takes them by the environment of a shell', () => {
    const by = (env: NodeJS.ProcessEnv): string | undefined => bundleOf(environmentLanguage(env));
    assert.equal(by({ LANG: 'pt_BR.UTF-8' }), 'pt-br.json');
    assert.equal(by({ LANG: 'pt_PT.UTF-8@euro' }), 'pt.json');
    assert.equal(by({ LANG: 'pt.UTF-8' }), 'pt.json');
    assert.equal(by({ LC_ALL: 'C', LANG: 'pt_BR.UTF-8' }), undefined);
    assert.equal(by({ LC_MESSAGES: 'pt_BR', LANG: 'en_US.UTF-8' }), 'pt-br.json');
  });

  it('is named without the encoding that a POSIX environment adds', () => {
    const named = (value: string): string => environmentLanguage({ LANG: value });
    assert.deepEqual(['pt_PT.UTF-8', 'pt_BR', 'en_GB.UTF-8', 'de_DE@euro', 'C.UTF-8', 'POSIX'].map(named), [
      'pt-pt',
      'pt-br',
      'en-gb',
      'de-de',
      'en',
      'en',
    ]);
  });
});
