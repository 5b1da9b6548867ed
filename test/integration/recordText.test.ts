import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { DATASET_EDITOR as EDITOR, cleanUp, linesOf, makeDataset, until } from './support';

const ROOT = process.env.AFINA_ROOT ?? process.cwd();

function line(id: string, question: string): string {
  return `{ "n":1.0, "id":"${id}", "messages":[{"role":"user","w":2e0,"content":"${question}"},{"role":"assistant","content":"Sim."}], "meta":{"status":"draft","note":7, "sources":["Lei n.º 34/2006","Fonte: ${id}"]} }`;
}

const LINES = [
  line('a-1', 'Primeira?'),
  line('a-2', 'Segunda?\\r\\nE mais.'),
  line('a-3', 'Ter\\u00e7eira?'),
];

describe('a record as text in VS Code', () => {
  let file: string;

  const recordUri = (id: string): vscode.Uri =>
    vscode.Uri.file(`${file}/${id}`).with({ scheme: 'afina-record', query: `id=${id}` });
  const open = async (id: string): Promise<vscode.TextDocument> => {
    const document = await vscode.workspace.openTextDocument(recordUri(id));
    await vscode.window.showTextDocument(document, { preview: false });
    return document;
  };
  const replace = async (document: vscode.TextDocument, from: string, to: string): Promise<void> => {
    const at = document.getText().indexOf(from);
    assert.ok(at >= 0, `${from} is in the text`);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      document.uri,
      new vscode.Range(document.positionAt(at), document.positionAt(at + from.length)),
      to,
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
  };
  const lines = (): Promise<string[]> => linesOf(file);
  const saved = (document: vscode.TextDocument): Promise<boolean> =>
    Promise.resolve(document.save()).catch(() => false);
  const datasetTab = (): vscode.Tab | undefined =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputCustom && input.uri.fsPath === file);
  const openDataset = async (): Promise<void> => {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), EDITOR);
    await until('the dataset is in front', () => datasetTab()?.isActive === true);
  };
  const problems = (uri: vscode.Uri): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Afina');

  beforeEach(async () => {
    file = await makeDataset(LINES);
  });

  afterEach(cleanUp);

  it('opens, edits and saves one line of the file and no other byte', async () => {
    const document = await open('a-2');
    assert.equal(document.languageId, 'afina-record');
    assert.equal(
      document.getText(),
      '---\nid: a-2\ntopic:\nstatus: draft\nsources:\n  - Lei n.º 34/2006\n  - "Fonte: a-2"\n---\n\n# user\n\nSegunda?\\u{d}\nE mais.\n\n# assistant\n\nSim.\n',
    );
    assert.equal(await saved(document), true);
    assert.deepEqual(await lines(), [...LINES, ''], 'nothing changed, nothing is written');
    await replace(document, 'Sim.', 'Sim, «nos termos» do artigo 2.º\n\n---\n\\# user');
    assert.equal(await saved(document), true);
    assert.equal(document.isDirty, false);
    assert.deepEqual(await lines(), [
      LINES[0],
      LINES[1]!.replace('"Sim."', '"Sim, «nos termos» do artigo 2.º\\n\\n---\\n# user"'),
      LINES[2],
      '',
    ]);
    // The next save starts from there.
    await replace(document, 'topic:', 'topic: fretamento');
    assert.equal(await saved(document), true);
    assert.ok((await lines())[1]?.includes('"topic":"fretamento"') === true);
  });

  it('takes an approved record whose content changed back to review', async () => {
    await writeFile(file, `${LINES[0]!.replace('"draft"', '"approved"')}\n`);
    const document = await open('a-1');
    await replace(document, 'Sim.', 'Não.');
    assert.equal(await saved(document), true);
    const [first = ''] = await lines();
    const { meta } = JSON.parse(first) as { meta: { status: string; reviews: { event: string }[] } };
    assert.equal(meta.status, 'review');
    assert.deepEqual(
      meta.reviews.map(({ event }) => event),
      ['edited'],
    );
    await until('the text says so too', () => document.getText().includes('status: review'));
    assert.equal(document.isDirty, false);
  });

  it('makes a step of the open dataset, which its undo takes back', async () => {
    await openDataset();
    let document: vscode.TextDocument | undefined;
    await until('the chosen record is open as text', async () => {
      if (datasetTab()?.isActive === true) await vscode.commands.executeCommand('afina.openRecordText');
      await delay(300);
      document = vscode.window.activeTextEditor?.document;
      return document?.uri.scheme === 'afina-record';
    });
    const record = document!;
    assert.equal(record.uri.toString(), recordUri('a-1').toString());
    await replace(record, 'Primeira?', 'Qual?');
    assert.equal(await saved(record), true);
    assert.deepEqual(await lines(), [...LINES, ''], 'the dataset is not saved yet');
    await until('the dataset has an edit', () => datasetTab()?.isDirty === true);
    await vscode.commands.executeCommand('afina.openRecordInDataset');
    await until('the dataset is in front again', () => datasetTab()?.isActive === true);
    await vscode.commands.executeCommand('workbench.action.files.save');
    assert.deepEqual(await lines(), [LINES[0]!.replace('Primeira?', 'Qual?'), LINES[1], LINES[2], '']);
    await until('undone in the text, too', async () => {
      if (record.getText().includes('Qual?')) await vscode.commands.executeCommand('undo');
      await delay(300);
      return record.getText().includes('Primeira?');
    });
    assert.equal(record.isDirty, false);
    await vscode.commands.executeCommand('workbench.action.files.save');
    assert.deepEqual(await lines(), [...LINES, '']);
  });

  it('follows the record that is edited elsewhere, and asks before it overwrites', async () => {
    const document = await open('a-1');
    const other = [LINES[0]!.replace('Primeira?', 'Outra?'), ...LINES.slice(1)];
    await writeFile(file, `${line('a-0', 'Nova?')}\n${other.join('\n')}\n`);
    await until('the text is the new one', () => document.getText().includes('Outra?'));
    assert.equal(document.isDirty, false);
    await replace(document, 'Outra?', 'Minha?');
    await writeFile(file, `${LINES.join('\n')}\n`);
    await delay(1000);
    assert.ok(document.getText().includes('Minha?'), 'what was typed stays');
    assert.equal(await saved(document), false, 'a newer record is not overwritten unasked');
    assert.deepEqual(await lines(), [...LINES, '']);
    // An edit of another record is none of this one.
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('reverted', () => document.getText().includes('Primeira?'));
    await replace(document, 'Primeira?', 'Minha?');
    await writeFile(file, `${line('a-0', 'Nova?')}\n${LINES.join('\n')}\n`);
    await delay(1000);
    assert.equal(await saved(document), true);
    assert.deepEqual((await lines()).slice(0, 3), [
      line('a-0', 'Nova?'),
      LINES[0]!.replace('Primeira?', 'Minha?'),
      LINES[1],
    ]);
  });

  it('refuses a text that is no record: it stays, and nothing is written', async () => {
    const document = await open('a-1');
    await replace(document, 'status: draft', 'status: pronto');
    await until('the problem is shown', () => problems(document.uri).length === 1);
    const [problem] = problems(document.uri);
    assert.equal(document.getText(problem!.range), 'pronto');
    assert.equal(problem!.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(await saved(document), false);
    assert.equal(document.isDirty, true);
    assert.ok(document.getText().includes('pronto'));
    assert.deepEqual(await lines(), [...LINES, '']);
    await replace(document, 'status: pronto', 'status: review');
    assert.equal(await saved(document), true);
    assert.equal((await lines())[0], LINES[0]!.replace('draft', 'review'));
  });

  it('keeps the text of a record that disappeared', async () => {
    const document = await open('a-2');
    await replace(document, 'Segunda?', 'Minha?');
    await writeFile(file, `${LINES[0]}\n${LINES[2]}\n`);
    await delay(1000);
    assert.equal(await saved(document), false);
    assert.ok(document.isDirty && document.getText().includes('Minha?'));
    assert.deepEqual(await lines(), [LINES[0], LINES[2], '']);
    await assert.rejects(
      Promise.resolve(vscode.workspace.fs.readFile(recordUri('a-9'))),
      /no record with the id a-9/,
    );
  });

  it('shows what the checks find at its place', async () => {
    const document = await open('a-3');
    await replace(document, '\n# assistant\n\nSim.\n', '');
    await until('the finding is there', () =>
      problems(document.uri).some(({ code }) => code === 'schema/role-order'),
    );
    const found = problems(document.uri).find(({ code }) => code === 'schema/role-order');
    assert.equal(document.getText(found!.range), '# user');
  });

  it('has an outline, folds and completes', async () => {
    const document = await open('a-1');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['a-1 · draft', 'user: Primeira?', 'assistant: Sim.'],
    );
    const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
      'vscode.executeFoldingRangeProvider',
      document.uri,
    );
    const lineOf = (text: string): number => document.positionAt(document.getText().indexOf(text)).line;
    assert.deepEqual(
      folds.map(({ start, end }) => [start, end]),
      [
        [0, lineOf('\n# user') - 1],
        [lineOf('# user'), lineOf('Primeira?')],
        [lineOf('# assistant'), lineOf('Sim.')],
      ],
    );
    const offered = async (place: string): Promise<string[]> => {
      const position = document.positionAt(document.getText().indexOf(place) + place.length);
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        position,
      );
      return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    assert.deepEqual(await offered('status: '), ['draft', 'review', 'approved', 'rejected']);
    assert.deepEqual(await offered('  - '), ['Lei n.º 34/2006', 'Fonte: a-1', 'Fonte: a-2', 'Fonte: a-3']);
    await replace(document, 'Sim.\n', 'Sim.\n\n#');
    assert.deepEqual(await offered('Sim.\n\n#'), ['# system', '# user', '# assistant']);
  });

  it('completes topics and terms of the project’s domain', async () => {
    const root = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'textos');
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    file = path.join(root, 'datasets', 'direito-maritimo.jsonl');
    const document = await open('dm-0001');
    const offered = async (place: string): Promise<vscode.CompletionItem[]> => {
      const position = document.positionAt(document.getText().indexOf(place) + place.length);
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        position,
      );
      return list.items;
    };
    const labels = (items: readonly vscode.CompletionItem[]): string[] =>
      items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    await until('the project is read', async () => labels(await offered('topic: ')).includes('reboque'));
    await replace(document, '# assistant\n\n', '# assistant\n\nAvaria gr ');
    const [term, ...more] = await offered('Avaria gr');
    assert.equal(term?.label, 'avaria grossa');
    assert.equal(term.insertText, 'Avaria grossa');
    assert.deepEqual(more, []);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('compares two records as texts, and saves what is edited in the comparison', async () => {
    await vscode.commands.executeCommand('vscode.diff', recordUri('a-1'), recordUri('a-3'), 'a-1 ↔ a-3');
    await until(
      'the comparison is open',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff,
    );
    const right = await vscode.workspace.openTextDocument(recordUri('a-3'));
    await replace(right, 'Terçeira?', 'Terceira?');
    assert.equal(await saved(right), true);
    assert.deepEqual(await lines(), [
      LINES[0],
      LINES[1],
      LINES[2]!.replace('Ter\\u00e7eira?', 'Terceira?'),
      '',
    ]);
  });

  it('keeps to a record whose id is edited', async () => {
    const document = await open('a-1');
    await replace(document, 'id: a-1', 'id: b-1');
    assert.equal(await saved(document), true);
    await replace(document, 'Primeira?', 'Ainda esta?');
    assert.equal(await saved(document), true);
    assert.equal((await lines())[0], line('b-1', 'Ainda esta?').replace('Fonte: b-1', 'Fonte: a-1'));
  });

  it('opens a record without an id by its row, and writes no other into its place', async () => {
    const bare = '{"messages":[{"role":"user","content":"Sem id?"}]}';
    await writeFile(file, `${LINES[0]}\n${bare}\n${LINES[2]}\n`);
    const uri = vscode.Uri.file(`${file}/#2`).with({ scheme: 'afina-record', query: 'row=2' });
    const document = await vscode.workspace.openTextDocument(uri);
    await replace(document, 'Sem id?', 'Ainda sem?');
    assert.equal(await saved(document), true);
    assert.deepEqual(await lines(), [LINES[0], bare.replace('Sem id?', 'Ainda sem?'), LINES[2], '']);
    await replace(document, 'Ainda sem?', 'Outra?');
    await writeFile(file, `${LINES.join('\n')}\n`);
    await delay(1000);
    assert.equal(await saved(document), false);
    assert.deepEqual(await lines(), [...LINES, '']);
  });

  it('is no place to delete or rename records', async () => {
    const { fs } = vscode.workspace;
    await assert.rejects(Promise.resolve(fs.delete(recordUri('a-1'))), /dataset editor/);
    await assert.rejects(Promise.resolve(fs.rename(recordUri('a-1'), recordUri('a-9'))), /dataset editor/);
    assert.deepEqual(await lines(), [...LINES, '']);
  });

  it('colours the citations of the domain pack', async () => {
    interface Tokenizer {
      tokenizeLine(
        text: string,
        state: unknown,
      ): {
        readonly ruleStack: unknown;
        readonly tokens: readonly {
          readonly startIndex: number;
          readonly endIndex: number;
          readonly scopes: readonly string[];
        }[];
      };
    }
    const modules = ['node_modules', 'node_modules.asar']
      .map((name) => path.join(vscode.env.appRoot, name))
      .find((each) => existsSync(path.join(each, 'vscode-textmate')));
    assert.ok(modules !== undefined, 'VS Code has its tokenizer');
    const load = createRequire(path.join(modules, 'index.js'));
    const onig = load('vscode-oniguruma') as {
      loadWASM(wasm: ArrayBuffer): Promise<void>;
      OnigScanner: new (patterns: string[]) => unknown;
      OnigString: new (text: string) => unknown;
    };
    const textmate = load('vscode-textmate') as {
      INITIAL: unknown;
      parseRawGrammar(text: string, name: string): unknown;
      Registry: new (options: object) => { loadGrammar(scope: string): Promise<Tokenizer> };
    };
    const wasm = await readFile(path.join(modules, 'vscode-oniguruma', 'release', 'onig.wasm'));
    await onig.loadWASM(new Uint8Array(wasm).buffer);
    const grammarFile = path.join(ROOT, 'syntaxes', 'afina-record.tmLanguage.json');
    const source = await readFile(grammarFile, 'utf8');
    const registry = new textmate.Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns: string[]) => new onig.OnigScanner(patterns),
        createOnigString: (text: string) => new onig.OnigString(text),
      }),
      loadGrammar: () => Promise.resolve(textmate.parseRawGrammar(source, grammarFile)),
    });
    const grammar = await registry.loadGrammar('text.afina-record');
    const pack = await readFile(path.join(ROOT, 'media', 'domains', 'direito-maritimo.yaml'), 'utf8');
    const examples = [...pack.matchAll(/^ +example: (.+)$/gm)].map(([, example = '']) => example);
    assert.ok(examples.length > 15);
    const cited = (text: string): string[] =>
      grammar
        .tokenizeLine(text, textmate.INITIAL)
        .tokens.filter(({ scopes }) => scopes.some((scope) => scope.includes('.citation.')))
        .map(({ startIndex, endIndex }) => text.slice(startIndex, endIndex));
    for (const example of examples) {
      assert.ok(example.startsWith(cited(`Segundo ${example}`)[0] ?? 'nothing'), example);
    }
    assert.deepEqual(
      cited('O artigo 10.º, n.º 2, alínea a), da Lei n.º 34/2006, de 28 de julho, e o art. 5.º'),
      ['artigo 10.º, n.º 2, alínea a)', 'Lei n.º 34/2006, de 28 de julho', 'art. 5.º'],
    );
    assert.deepEqual(
      cited(
        'Regulamento (UE) n.º 1177/2010, Diretiva 2009/20/CE e acórdão do STJ, proc. n.º 12/05.6TBLSB.S1.',
      ),
      [
        'Regulamento (UE) n.º 1177/2010',
        'Diretiva 2009/20/CE',
        'acórdão do STJ',
        'proc. n.º 12/05.6TBLSB.S1',
      ],
    );
    assert.deepEqual(
      cited('De acordo com a lei, a convenção e o decreto não se aplicam aos artigos de bordo.'),
      [],
    );
  });
});
