import { strict as assert } from 'node:assert';
import { ASK_COMMANDS } from '../../../src/protocol/ask';
import { ASK_KEYS } from '../../../webview/ask/keys';
import { isSaid, messagesFor } from '../../../webview/ask/talk';
import type { Answer, Exchange } from '../../../webview/ask/talk';
import { readJson } from '../repository/sources';
import { shownKeys } from './shownKeys';

function answer(text: string, state: Answer['state'] = 'done'): Answer {
  return {
    ...{ by: { model: 'tiny', run: null }, title: '', state, text },
    ...{ fraction: 0, tokens: 0, tokensPerSecond: 0, stop: 'end', problem: '', remedies: [] },
  };
}

describe('the conversation of Ask', () => {
  const before: Exchange[] = [
    { question: 'Um?', answers: [answer('esquerda 1'), answer(' direita 1 ')] },
    { question: 'Dois?', answers: [answer('', 'failed'), answer('direita 2', 'stopped')] },
    { question: 'Três?', answers: [answer('', 'stopped')] },
  ];
  const said = (column: number, system = ''): string[] =>
    messagesFor(column, before, 'Quatro?', system).map(({ content }) => content);

  it('is each column’s own, the other’s where it said nothing, and leaves out what nobody answered', () => {
    assert.deepEqual(said(0), ['Um?', 'esquerda 1', 'Dois?', 'direita 2', 'Quatro?']);
    assert.deepEqual(said(1), ['Um?', 'direita 1', 'Dois?', 'direita 2', 'Quatro?']);
  });

  it('begins with instructions where there are any', () => {
    assert.equal(said(0, ' Sê breve. ')[0], 'Sê breve.');
    assert.equal(said(0, '  ')[0], 'Um?');
  });

  it('can be copied and saved once it says something, also when it was stopped', () => {
    assert.deepEqual(
      [answer('a'), answer('a', 'stopped'), answer(' '), answer('a', 'writing'), answer('a', 'failed')].map(
        isSaid,
      ),
      [true, true, false, false, false],
    );
  });
});

describe('key hints of Ask', () => {
  const { contributes } = readJson('package.json') as {
    readonly contributes: {
      readonly keybindings: readonly { readonly command: string; readonly key: string }[];
    };
  };

  it('say what the manifest binds, and there is one for every command', () => {
    for (const [name, [keys]] of Object.entries(ASK_KEYS)) {
      const binding = contributes.keybindings.find(({ command }) => command === `afina.${name}`);
      assert.equal(keys, shownKeys(binding?.key ?? ''), name);
    }
    const names = ASK_COMMANDS.map((command) => `ask${command.charAt(0).toUpperCase()}${command.slice(1)}`);
    assert.deepEqual(Object.keys(ASK_KEYS).sort(), names.sort());
  });
});
