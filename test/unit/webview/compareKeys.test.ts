import { strict as assert } from 'node:assert';
import { COMPARE_COMMANDS } from '../../../src/protocol/compareView';
import { COMPARE_KEYS } from '../../../webview/compare/keys';
import { readJson } from '../repository/sources';

interface Binding {
  readonly command: string;
  readonly key: string;
  readonly mac: string;
  readonly when: string;
}

describe('keys of a blind comparison', () => {
  const { contributes } = readJson('package.json') as {
    readonly contributes: { readonly keybindings: readonly Binding[] };
  };
  const bound = contributes.keybindings.filter(({ when }) => when.includes('afina.compare.'));

  it('are those that the page tells', () => {
    for (const command of COMPARE_COMMANDS) {
      const binding = bound.find((each) => each.command === `afina.${command}`);
      assert.equal(binding?.key.toLowerCase(), COMPARE_KEYS[command][0].toLowerCase(), command);
    }
    assert.equal(new Set(bound.map(({ key }) => key)).size, COMPARE_COMMANDS.length);
  });

  it('are no verdicts where one types', () => {
    for (const { key, when } of bound) {
      if (/^(shift\+)?.$/.test(key)) assert.match(when, /afina\.compare\.judging && !inputFocus/);
    }
  });
});
