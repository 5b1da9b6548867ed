import { strict as assert } from 'node:assert';
import { interfaceStrings, readJson } from './sources';

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();

describe('translations', () => {
  const portuguese = readJson('media/l10n/pt.json') as Record<string, string>;
  const used = interfaceStrings();

  it('has every string of the interface in Portuguese', () => {
    const missing = used.filter(({ text }) => portuguese[text] === undefined);
    assert.deepEqual(missing, []);
  });

  it('has no string that nothing shows', () => {
    const texts = new Set(used.map(({ text }) => text));
    assert.deepEqual(
      Object.keys(portuguese).filter((key) => !texts.has(key)),
      [],
    );
  });

  it('keeps the placeholders', () => {
    for (const [english, translated] of Object.entries(portuguese)) {
      assert.deepEqual(placeholders(translated), placeholders(english), english);
    }
  });

  it('has the manifest in both languages', () => {
    const english = readJson('package.nls.json') as Record<string, string>;
    const translated = readJson('package.nls.pt.json') as Record<string, string>;
    const manifest = JSON.stringify(readJson('package.json'));
    const keys = [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? ''))].sort();
    assert.deepEqual(Object.keys(english).sort(), keys);
    assert.deepEqual(Object.keys(translated).sort(), keys);
  });
});
