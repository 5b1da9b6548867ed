import { strict as assert } from 'node:assert';
import { EDITOR_COMMANDS } from '../../../src/protocol/datasetEditor';
import { KEYS } from '../../../webview/dataset-editor/keys';
import { readJson } from '../repository/sources';
import { shownKeys } from './shownKeys';

interface Binding {
  readonly command: string;
  readonly key: string;
  readonly when?: string;
  readonly args?: string;
}

describe('key hints', () => {
  const { contributes } = readJson('package.json') as {
    readonly contributes: { readonly keybindings: readonly Binding[] };
  };

  it('say what the manifest binds', () => {
    for (const [name, [keys]] of Object.entries(KEYS)) {
      const binding = contributes.keybindings.find(
        ({ command, args }) => command === `afina.${name}` || args === name,
      );
      assert.equal(keys, shownKeys(binding?.key ?? ''), name);
    }
  });

  it('are there for every command of the page, and no two commands share keys', () => {
    const bound = contributes.keybindings.filter(({ when }) => when === 'afina.datasetEditor.focused');
    assert.equal(new Set(bound.map(({ key }) => key)).size, bound.length);
    for (const command of EDITOR_COMMANDS) {
      assert.ok(
        contributes.keybindings.some((each) => each.command === `afina.${command}`),
        command,
      );
    }
  });
});
