import { strict as assert } from 'node:assert';
import ts from 'typescript';
import { COMPARE_COMMANDS } from '../../../src/protocol/compareView';
import { EDITOR_COMMANDS } from '../../../src/protocol/datasetEditor';
import { readJson, sourceFiles, walk } from './sources';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly keybindings: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly customEditors: readonly { readonly viewType: string }[];
  };
}

/** Literal first arguments of calls such as `registerCommand('…')` in src/features. */
function literalsOf(...methods: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const file of sourceFiles('src/features')) {
    walk(file, (node) => {
      if (!ts.isCallExpression(node)) return;
      const name = ts.isPropertyAccessExpression(node.expression)
        ? node.expression.name.text
        : node.expression.getText();
      const [first] = node.arguments;
      if (methods.includes(name) && first !== undefined && ts.isStringLiteralLike(first))
        found.add(first.text);
    });
  }
  return found;
}

describe('manifest', () => {
  const { contributes } = readJson('package.json') as Manifest;
  const declared = new Set(contributes.commands.map(({ command }) => command));

  it('declares every command that the code registers, and the code registers every declared one', () => {
    const registered = literalsOf('registerCommand', 'act', 'register');
    for (const command of EDITOR_COMMANDS) registered.add(`afina.${command}`);
    for (const command of COMPARE_COMMANDS) registered.add(`afina.${command}`);
    const ours = [...registered].filter((id) => id.startsWith('afina.'));
    assert.deepEqual(ours.sort(), [...declared].sort());
  });

  it('names only declared commands in menus and keybindings, all of them in one category', () => {
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
    for (const { command } of used) assert.ok(declared.has(command), command);
    for (const { category } of contributes.commands) assert.equal(category, 'Afina');
  });

  it('declares every view and setting that the code uses', () => {
    const views = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    assert.deepEqual([...literalsOf('createTreeView', 'registerTreeDataProvider')].sort(), [...views].sort());
    const settings = Object.keys(contributes.configuration.properties);
    const read = [...literalsOf('get')].filter((name) => settings.some((key) => key.endsWith(`.${name}`)));
    for (const key of settings) {
      if (key === 'afina.ssh.path') continue; // read at activation, outside features
      assert.ok(
        read.some((name) => key.endsWith(`.${name}`)),
        `nothing reads ${key}`,
      );
    }
  });
});
