import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { parse } from 'yaml';
import { rawGguf, smallModel, stringKey } from '../unit/runtime/ggufBytes';
import { DATASET_EDITOR, cleanUp, until } from './support';

interface Models {
  readonly models: Readonly<Record<string, { readonly title?: string; readonly gguf?: string }>>;
}

describe('models', () => {
  let root: string;
  let outside: string;
  const read = async (name: string): Promise<string> => readFile(path.join(root, name), 'utf8');
  const add = (file: string): Thenable<unknown> =>
    vscode.commands.executeCommand('afina.addModel', vscode.Uri.file(file));

  before(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder, 'the suite runs in a folder');
    root = path.join(folder.uri.fsPath, 'modelos');
    outside = await mkdtemp(path.join(tmpdir(), 'afina-models-'));
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    await writeFile(path.join(root, 'pequeno.gguf'), smallModel());
    const named = [stringKey('general.architecture', 'llama'), stringKey('general.name', 'Língua: nossa')];
    const tensor = { name: 'token_embd.weight', dims: [4, 2], data: Buffer.alloc(32) };
    await writeFile(path.join(outside, 'fora.gguf'), rawGguf(named, [tensor]));
    await writeFile(path.join(outside, 'partido.gguf'), 'GGUF');
  });
  afterEach(cleanUp);
  after(() => rm(outside, { recursive: true, force: true }));

  it('are added from a file of the project to afina.yaml, whose comments stay', async () => {
    const before = await read('afina.yaml');
    // The project may not be known yet: the command then says so and writes nothing.
    await until('the model is in afina.yaml', async () => {
      await add(path.join(root, 'pequeno.gguf'));
      return (await read('afina.yaml')) !== before;
    });
    const after = await read('afina.yaml');
    assert.deepEqual((parse(after) as Models).models.small, { title: 'Small', gguf: 'pequeno.gguf' });
    assert.equal(after.replace('  small:\n    title: Small\n    gguf: pequeno.gguf\n', ''), before);
  });

  it('are added from a file elsewhere to the file of this machine', async () => {
    const before = await read('afina.yaml');
    await until('the model is in afina.local.yaml', async () => {
      // A file outside of every project goes to the only one that is open, or to the one that is asked for.
      await vscode.window.showTextDocument(vscode.Uri.file(path.join(root, 'afina.yaml')));
      void add(path.join(outside, 'fora.gguf'));
      await new Promise((next) => setTimeout(next, 500));
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return (await read('afina.local.yaml').catch(() => '')) !== '';
    });
    const local = parse(await read('afina.local.yaml')) as Models;
    assert.deepEqual(local.models['lingua-nossa'], {
      title: 'Língua: nossa',
      gguf: path.join(outside, 'fora.gguf'),
    });
    assert.equal(await read('afina.yaml'), before);
  });

  it('are not added from a file that is none', async () => {
    await writeFile(path.join(root, 'partido.gguf'), 'GGUF');
    const before = await read('afina.yaml');
    void add(path.join(root, 'partido.gguf'));
    await new Promise((next) => setTimeout(next, 1000));
    assert.equal(await read('afina.yaml'), before);
  });

  it('receive a prompt that is shown of a record in the dataset editor and of one as text', async () => {
    const tab = (): vscode.Tab | undefined =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(
          ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('afina.prompt'),
        );
    const dataset = vscode.Uri.file(path.join(root, 'datasets', 'direito-maritimo.jsonl'));
    await vscode.commands.executeCommand('vscode.openWith', dataset, DATASET_EDITOR);
    await vscode.window.tabGroups.close(
      await until('the prompt of the form is shown', async () => {
        await vscode.commands.executeCommand('afina.showPrompt');
        return tab();
      }),
    );
    await until('the record is open as text', async () => {
      await vscode.commands.executeCommand('afina.openRecordText');
      return vscode.window.activeTextEditor?.document.uri.scheme === 'afina-record';
    });
    await vscode.commands.executeCommand('afina.showPrompt');
    await until('the prompt of the text is shown', tab);
  });
});
