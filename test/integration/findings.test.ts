import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

const EDITOR = 'afina.datasetEditor';
const RULE = 'variety/lexical';

function line(id: string, question: string, answer: string): string {
  return `{ "n":1.0, "id":"${id}", "messages":[{"role":"user","w":2e0,"content":"${question}"},{"role":"assistant","content":"${answer}"}], "meta":{"topic":"reboque","status":"draft","sources":["C\\u00f3digo Comercial, artigo 1.\\u00ba"]} }`;
}

const LINES = [
  line(
    'v-1',
    'Quem chefia a equipe de bordo?',
    'O comandante chefia a \\u0065quipe de bordo e responde pela equipe.',
  ),
  line(
    'v-2',
    'O que é a arribada?',
    'É a entrada do navio num porto que não era o do seu destino, nos termos do Decreto-lei 352/86, de 21 de outubro.',
  ),
  line('v-3', 'Quem paga à equipe de estiva?', 'O operador portuário paga à equipe de estiva.'),
];
const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
const fixed = (each: string): string =>
  each.replaceAll('\\u0065quipe', 'equipa').replaceAll('equipe', 'equipa');

async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await probe())) {
    if (Date.now() > end) assert.fail(`${what}: not within ${timeoutMs / 1000} s`);
    await delay(50);
  }
}

describe('findings and their fixes in VS Code', () => {
  let root: string;
  let file: string;
  let uri: vscode.Uri;

  const problems = (of: vscode.Uri): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(of).filter(({ code }) => ruleOf(code) === RULE);
  const ruleOf = (code: vscode.Diagnostic['code']): unknown => (typeof code === 'object' ? code.value : code);
  const actionsAt = (of: vscode.Uri, range: vscode.Range): Thenable<vscode.CodeAction[]> =>
    vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      of,
      range,
      vscode.CodeActionKind.QuickFix.value,
      50,
    );
  const oneFix = (actions: readonly vscode.CodeAction[]): vscode.CodeAction | undefined =>
    actions.find(({ title, edit }) => edit !== undefined && !/^(Fix all|Ignore) /.test(title));
  const tab = (): vscode.Tab | undefined =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputCustom && input.uri.fsPath === file);
  const openText = async (): Promise<vscode.TextDocument> => {
    await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
    await until('the problems are there', () => problems(uri).length === 5);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.fsPath, file);
    return document;
  };

  beforeEach(async () => {
    await vscode.workspace
      .getConfiguration('files')
      .update('autoSave', 'off', vscode.ConfigurationTarget.Global);
    root = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, `achados-${Date.now()}`);
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    file = path.join(root, 'datasets', 'direito-maritimo.jsonl');
    uri = vscode.Uri.file(file);
    await writeFile(file, text(LINES));
  });

  afterEach(async () => {
    for (const each of vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
      if (!each.isDirty) continue;
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await vscode.window.tabGroups.close(each, true).then(undefined, () => undefined);
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(root, { recursive: true, force: true });
  });

  it('a quick fix in the text of a dataset changes its word and no other byte', async () => {
    const document = await openText();
    const place = problems(uri).find(({ range }) => document.getText(range) === '\\u0065quipe');
    assert.ok(place !== undefined, 'the escape is marked, and nothing around it');
    const fix = oneFix(await actionsAt(uri, place.range));
    assert.ok(fix !== undefined);
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    const expected = text([LINES[0]!.replace('\\u0065quipe', 'equipa'), LINES[1]!, LINES[2]!]);
    assert.equal(document.getText(), expected);
    assert.ok(await document.save());
    assert.equal(await readFile(file, 'utf8'), expected);
  });

  it('all of a rule in a file are fixed in one step, and taken back in one', async () => {
    const document = await openText();
    const all = (await actionsAt(uri, problems(uri)[0]!.range)).find(({ title }) =>
      title.startsWith(`Fix all of ${RULE}`),
    );
    assert.ok(all?.edit !== undefined);
    assert.ok(await vscode.workspace.applyEdit(all.edit));
    assert.equal(document.getText(), text(LINES.map(fixed)));
    await vscode.commands.executeCommand('undo');
    await until('one undo takes all of it back', () => document.getText() === text(LINES));
  });

  it('a record is told to ignore a rule, and then has no finding of it', async () => {
    const document = await openText();
    const ignore = (await actionsAt(uri, problems(uri)[0]!.range)).find(({ title }) =>
      title.startsWith('Ignore '),
    );
    assert.ok(await vscode.workspace.applyEdit(ignore!.edit!));
    const ignored = LINES[0]!.replace(/\] \}(?= \})|\]\} \}$/, (end) =>
      end.replace(']', `],"ignore":["${RULE}"]`),
    );
    assert.equal(document.lineAt(0).text, ignored);
    assert.ok(await document.save());
    await until('only the other record has findings', () => problems(uri).length === 2);
  });

  it('in the dataset editor all of a rule in a record are one step of undo', async () => {
    await vscode.commands.executeCommand('vscode.openWith', uri, EDITOR);
    await until('the dataset is in front', () => tab()?.isActive === true);
    const expected = text([fixed(LINES[0]!), LINES[1]!, LINES[2]!]);
    await until('the fixes are made', async () => {
      await vscode.commands.executeCommand('afina.fixAllInRecord');
      await delay(500);
      return tab()?.isDirty === true;
    });
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until('saved', async () => (await readFile(file, 'utf8')) === expected);
    await vscode.commands.executeCommand('undo');
    await until('one undo takes all of it back', () => tab()?.isDirty === true);
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until('as before', async () => (await readFile(file, 'utf8')) === text(LINES));
  });

  it('a problem leads to its record in the dataset editor', async () => {
    await openText();
    const [first] = problems(uri);
    assert.ok(typeof first?.code === 'object');
    const { target } = first.code as { readonly target: vscode.Uri };
    assert.equal(target.scheme, 'command');
    assert.equal(target.path, 'afina.showFinding');
    const args = JSON.parse(target.query) as unknown[];
    await vscode.commands.executeCommand(target.path, ...args);
    await until('the dataset editor is in front', () => tab()?.isActive === true);
  });

  it('the text of a record has the same fixes', async () => {
    await openText();
    const record = vscode.Uri.file(`${file}/v-3`).with({ scheme: 'afina-record', query: 'id=v-3' });
    const document = await vscode.workspace.openTextDocument(record);
    await vscode.window.showTextDocument(document, { preview: false });
    await until('the problems are there', () => problems(record).length === 2);
    assert.deepEqual(
      problems(record).map(({ range }) => document.getText(range)),
      ['equipe', 'equipe'],
    );
    const actions = await actionsAt(record, problems(record)[1]!.range);
    const all = actions.find(({ title }) => title === `Fix all of ${RULE} in this record`);
    assert.ok(await vscode.workspace.applyEdit(all!.edit!));
    assert.ok(document.getText().includes('paga à equipa de estiva.'));
    assert.ok(await document.save());
    assert.equal(await readFile(file, 'utf8'), text([LINES[0]!, LINES[1]!, fixed(LINES[2]!)]));
  });

  it('a citation in the text of a record has its normal form and its links on hover', async () => {
    const record = vscode.Uri.file(`${file}/v-2`).with({ scheme: 'afina-record', query: 'id=v-2' });
    const document = await vscode.workspace.openTextDocument(record);
    const hoverAt = async (part: string): Promise<string> => {
      const position = document.positionAt(document.getText().indexOf(part));
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        record,
        position,
      );
      return hovers
        .flatMap(({ contents }) => contents)
        .map((each) => (each instanceof vscode.MarkdownString ? each.value : ''))
        .join('\n')
        .replaceAll('&nbsp;', ' ');
    };
    const shown = await hoverAt('352/86');
    assert.match(shown, /Decreto-Lei n\\?\.º 352\/86/);
    assert.match(shown, /\]\(https:\/\//);
    assert.match(await hoverAt('Comercial, artigo'), /Código Comercial/);
    assert.equal(await hoverAt('navio num'), '');
  });

  it('the severity of a rule is written into afina.yaml, which keeps its comments', async () => {
    await openText(); // the project is known then
    const project = path.join(root, 'afina.yaml');
    const before = await readFile(project, 'utf8');
    const asked = vscode.commands.executeCommand('afina.setRuleSeverity', RULE, file);
    await until('chosen', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await delay(200);
      return (await readFile(project, 'utf8')) !== before;
    });
    await asked;
    const after = await readFile(project, 'utf8');
    assert.match(after, /^ +variety\/lexical: error$/m);
    for (const each of before.split('\n')) assert.ok(after.includes(each), each);
  });
});
