import { strict as assert } from 'node:assert';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { writeFetchedRun } from '../fixtures/fetchedRun';
import { cleanUp, until } from './support';

const LAB = path.join(process.env.AFINA_ROOT ?? process.cwd(), '.lab', 'fixtures');
const QUESTION = 'O que é o contrato de transporte de mercadorias por mar?';

interface TurnAnswer {
  readonly by: string;
  readonly text: string;
}

describe('answers in the text of a record', function () {
  this.timeout(180_000);
  let root: string;
  let file: string;

  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('afina.preview');
  const open = async (id: string): Promise<vscode.TextEditor> => {
    const uri = vscode.Uri.file(`${file}/${id}`).with({ scheme: 'afina-record', query: `id=${id}` });
    return vscode.window.showTextDocument(uri, { preview: false });
  };
  const preview = async (turn: number, uri: vscode.Uri): Promise<readonly TurnAnswer[] | undefined> =>
    vscode.commands.executeCommand('afina.previewTurn', uri, turn);
  const textOf = (id: string): Promise<string> =>
    readFile(file, 'utf8').then((text) => text.split('\n').find((line) => line.includes(`"${id}"`)) ?? '');

  before(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder !== undefined);
    root = path.join(folder.uri.fsPath, 'respostas');
    file = path.join(root, 'datasets', 'respostas.jsonl');
    const base = path.join(LAB, 'tiny-llama', 'base.gguf');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFetchedRun({
      ...{ project: root, id: 'ensaio', job: 'ensaio', model: 'tiny', base },
      adapter: path.join(LAB, 'adapters', 'plain'),
    });
    await settings().update('maxTokens', 16, vscode.ConfigurationTarget.Global);
    await writeFile(
      path.join(root, 'afina.yaml'),
      `version: 1\nmodels:\n  tiny:\n    title: Tiny Llama\n    gguf: ${JSON.stringify(base)}\n`,
    );
  });

  beforeEach(async () => {
    const user = { role: 'user', content: QUESTION };
    const lines = [
      { id: 'um', messages: [user, { role: 'assistant', content: 'Sim.' }], meta: { status: 'draft' } },
      {
        id: 'dois',
        messages: [
          user,
          { role: 'assistant', content: 'Sim.' },
          { role: 'user', content: 'E quem responde pelas avarias da carga?' },
          { role: 'assistant', content: '' },
        ],
      },
      { id: 'par', prompt: QUESTION, chosen: 'Sim.', rejected: '', meta: {} },
    ];
    await writeFile(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });

  afterEach(cleanUp);

  after(async () => {
    for (const name of ['maxTokens', 'ghostText', 'temperature'])
      await settings().update(name, undefined, vscode.ConfigurationTarget.Global);
    await rm(root, { recursive: true, force: true });
  });

  it('are offered above each turn of the assistant’s', async () => {
    const { document } = await open('dois');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    const ours = lenses.filter(({ command }) => command?.command === 'afina.previewTurn');
    assert.deepEqual(
      ours.map(({ range, command }) => [
        document.lineAt(range.start.line).text,
        (command?.arguments as unknown[])[1],
      ]),
      [
        ['# assistant', 1],
        ['# assistant', 3],
      ],
    );
  });

  it('come from the model, and become the turn’s text in one step of undo', async () => {
    const { document } = await open('um');
    const before = document.getText();
    const answers = await until('the project is known and answers', () => preview(1, document.uri));
    const [answer] = answers;
    assert.equal(answer?.by, 'Base · Tiny Llama');
    assert.ok(answer.text.trim() !== '');
    await vscode.commands.executeCommand('afina.useTurnAnswer');
    await until('used', () => document.getText().includes(`# assistant\n\n${answer.text.trim()}`));
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), before);
    await vscode.commands.executeCommand('afina.dismissTurnAnswer');
    assert.equal(await vscode.commands.executeCommand('afina.useTurnAnswer'), undefined);
    assert.equal(document.getText(), before, 'nothing is left that could be used');
  });

  it('answer each turn with the conversation before it', async () => {
    await settings().update('temperature', 1, vscode.ConfigurationTarget.Global);
    const { document } = await open('dois');
    const first = await until('answered', () => preview(1, document.uri));
    const second = await preview(3, document.uri);
    assert.notEqual(second?.[0]?.text, first[0]?.text);
    const again = await preview(1, document.uri);
    assert.deepEqual(again, first, 'the same question and seed have the same answer');
    await settings().update('temperature', undefined, vscode.ConfigurationTarget.Global);
  });

  it('fill the rejected answer of a preference record, and make one of another', async () => {
    const pair = await open('par');
    const [answer] = await until('answered', () => preview(2, pair.document.uri));
    await vscode.commands.executeCommand('afina.rejectTurnAnswer');
    const record = JSON.parse(await textOf('par')) as {
      rejected: string;
      chosen: string;
      meta: { rejectedBy: { model: string; run: string | null } };
    };
    assert.deepEqual([record.chosen, record.rejected], ['Sim.', answer?.text.trim()]);
    assert.deepEqual([record.meta.rejectedBy.model, record.meta.rejectedBy.run], ['tiny', null]);
    await until('the text follows', () => pair.document.getText().includes(answer?.text.trim() ?? '-'));

    const other = await open('um');
    await preview(1, other.document.uri);
    const done = vscode.commands.executeCommand('afina.rejectTurnAnswer');
    const made = path.join(path.dirname(file), 'respostas-preferences.jsonl');
    await until('the first place offered is taken', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return readFile(made, 'utf8').catch(() => undefined);
    });
    await done;
    const [line = ''] = (await readFile(made, 'utf8')).split('\n');
    const { chosen, meta } = JSON.parse(line) as { chosen: unknown; meta: { madeFrom: string } };
    assert.deepEqual(chosen, [{ role: 'assistant', content: 'Sim.' }]);
    assert.equal(meta.madeFrom, 'um');
  });

  it('suggest how to go on while one writes, when that is wanted, and Tab takes it over', async () => {
    const editor = await open('dois');
    const { document } = editor;
    await preview(1, document.uri);
    await vscode.commands.executeCommand('afina.dismissTurnAnswer');
    const write = async (text: string): Promise<void> => {
      const end = document.lineAt(document.lineCount - 1).range.end;
      await editor.edit((edit) => edit.insert(end, text));
      const at = document.lineAt(document.lineCount - 1).range.end;
      editor.selection = new vscode.Selection(at, at);
    };
    const suggest = (): Thenable<unknown> =>
      vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    const taken = async (): Promise<string> => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      return document.getText();
    };
    await write('\nO artigo');
    const off = document.getText();
    await suggest();
    assert.equal(await taken(), off, 'off, nothing is suggested');
    await vscode.commands.executeCommand('afina.toggleGhostText');
    // VS Code does not ask again for what it has asked before; asked for again, an answer would begin anew.
    await write(' 6');
    const before = document.getText();
    await suggest();
    const after = await until(
      'a suggestion is taken over',
      async () => ((await taken()) === before ? undefined : document.getText()),
      90_000,
    );
    assert.ok(after.startsWith(before) && after.length > before.length);
    // In a question nothing is.
    const question = document.positionAt(document.getText().indexOf(QUESTION) + 5);
    editor.selection = new vscode.Selection(question, question);
    await suggest();
    assert.equal(await taken(), after);
    await vscode.commands.executeCommand('afina.toggleGhostText');
    assert.equal(settings().get('ghostText'), false);
  });
});
