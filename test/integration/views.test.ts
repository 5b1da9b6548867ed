import { strict as assert } from 'node:assert';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { until } from './support';
import { storedRun } from '../fixtures/storedRun';

const JOB = `version: 1
title: Teste
dataset: datasets/direito-maritimo.jsonl
base: eurollm
cluster: local
`;

function workspace(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the suite runs in a folder');
  return folder.uri.fsPath;
}

function webviewTab(viewType: string): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType));
}

describe('sidebar and submission', () => {
  let root: string;
  let jobFile: vscode.Uri;

  before(async () => {
    root = path.join(workspace(), 'vistas');
    jobFile = vscode.Uri.file(path.join(root, 'jobs', 'teste.yaml'));
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    await writeFile(jobFile.fsPath, JOB);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('creates a sample that opens its datasets in the editor and keeps runs out of git', async () => {
    const names = await readdir(root);
    for (const name of ['afina.yaml', 'datasets', 'jobs', '.gitignore', '.vscode'])
      assert.ok(names.includes(name), name);
    assert.match(await readFile(path.join(root, '.gitignore'), 'utf8'), /^\.afina\/\*$/m);
    const settings = JSON.parse(
      await readFile(path.join(root, '.vscode', 'settings.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    assert.deepEqual(Object.values(settings['workbench.editorAssociations'] ?? {}), ['afina.datasetEditor']);
  });

  it('does not overwrite what is there: a second sample gets a folder of its own', async () => {
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    const made = (await readdir(root, { withFileTypes: true })).filter(
      (entry) => entry.isDirectory() && entry.name.includes('afina') && !entry.name.startsWith('.'),
    );
    assert.equal(made.length, 1);
    await vscode.workspace.fs.delete(vscode.Uri.file(path.join(root, made[0]?.name ?? '')), {
      recursive: true,
    });
  });

  it('finds nothing wrong in the sample', async () => {
    for (const file of [
      'afina.yaml',
      'jobs/direito-maritimo-local.yaml',
      'jobs/direito-maritimo-deucalion.yaml',
    ]) {
      const uri = vscode.Uri.file(path.join(root, file));
      await vscode.workspace.openTextDocument(uri);
      await new Promise((next) => setTimeout(next, 500));
      assert.deepEqual(
        vscode.languages.getDiagnostics(uri).map(({ message }) => message),
        [],
        file,
      );
    }
  });

  it('marks a mistake at its place while it is typed, and takes the mark away with it', async () => {
    const document = await vscode.workspace.openTextDocument(jobFile);
    const editor = await vscode.window.showTextDocument(document);
    const at = document.getText().indexOf('eurollm');
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + 7));
    // Once the project is known, the file as it stands is right.
    await until('the project knows the job', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        jobFile,
      );
      return lenses.length > 0 ? lenses : undefined;
    });
    await editor.edit((edit) => edit.replace(range, 'eurolm'));
    const found = await until('the mistake is marked', () => {
      const list = vscode.languages.getDiagnostics(jobFile);
      return list.length > 0 ? list : undefined;
    });
    assert.equal(found.length, 1);
    assert.match(found[0]?.message ?? '', /eurolm/);
    assert.deepEqual(found[0]?.range, new vscode.Range(3, 6, 3, 12));
    assert.ok(document.isDirty, 'it was marked before it was saved');
    await vscode.commands.executeCommand('undo');
    await until('the mark is gone', () => vscode.languages.getDiagnostics(jobFile).length === 0);
    await document.save();
  });

  it('has a lens over a job that submits it', async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      jobFile,
    );
    assert.deepEqual(
      lenses.map(({ command, range }) => [command?.command, range.start.line]),
      [['afina.submitJob', 0]],
    );
    assert.equal((lenses[0]?.command?.arguments?.[0] as vscode.Uri).fsPath, jobFile.fsPath);
  });

  it('shows a summary before a submission, and sends and keeps nothing when it is closed', async () => {
    const plans = path.join(root, '.afina', 'plans');
    await vscode.commands.executeCommand('afina.submitJob', jobFile);
    const tab = await until('the summary opens', () => webviewTab('afina.submission'));
    await until('the plan is made', async () => {
      const made = await readdir(plans).catch(() => []);
      const whole = await Promise.all(
        made.map((name) => readFile(path.join(plans, name, 'manifest.json')).catch(() => undefined)),
      );
      return whole.some((manifest) => manifest !== undefined);
    });
    await vscode.window.tabGroups.close(tab);
    await until('the plan is dropped', async () => (await readdir(plans).catch(() => [])).length === 0);
    assert.deepEqual(await readdir(path.join(root, '.afina', 'runs')).catch(() => []), []);
  });

  it('opens a stored run and its log, as a terminal would have left it', async () => {
    const id = '20260101-120000-teste-abcdef';
    const folder = path.join(root, '.afina', 'runs', id);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'run.json'), JSON.stringify(storedRun(id)));
    await writeFile(path.join(folder, 'train.log'), 'begin\n 1%|\r100%|###\nend\n');
    const target = { root, run: { id } };
    await until('the run is opened', async () => {
      await vscode.commands.executeCommand('afina.refresh');
      await vscode.commands.executeCommand('afina.openRun', target);
      return webviewTab('afina.runView');
    });
    await vscode.commands.executeCommand('afina.openRunLog', target);
    const log = await until('the log is shown', () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.uri.scheme === 'afina-log' ? document : undefined;
    });
    assert.equal(log.getText(), 'begin\n100%|###\nend\n');
  });
});
