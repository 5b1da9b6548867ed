import { strict as assert } from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { DATASET_EDITOR as EDITOR, cleanUp, linesOf, makeDataset, until } from './support';

function line(id: string, question: string): string {
  // Spaces and an unknown key: what was not edited must come back byte for byte.
  return `{ "id":"${id}", "messages":[{"role":"user","content":"${question}"},{"role":"assistant","content":"Sim."}], "meta":{"status":"draft","note":7} }`;
}

const LINES = [line('a-1', 'Primeira?'), line('a-2', 'Segunda?'), line('a-3', 'Ter\\u00e7eira?')];

describe('the dataset editor', () => {
  let file: string;

  const tab = (): vscode.Tab | undefined => vscode.window.tabGroups.activeTabGroup.activeTab;
  const isDirty = (): boolean => tab()?.isDirty === true;
  const lines = (): Promise<string[]> => linesOf(file);
  const save = (): Thenable<unknown> => vscode.commands.executeCommand('workbench.action.files.save');

  /** Runs a command again and again until it has an effect: the page answers only once it is loaded. */
  async function runUntilDirty(command: string, ...args: unknown[]): Promise<void> {
    await until(`${command} makes an edit`, async () => {
      await vscode.commands.executeCommand(command, ...args);
      await delay(300);
      return isDirty();
    });
  }

  beforeEach(async () => {
    file = await makeDataset(LINES);
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), EDITOR);
    await until('the editor is open', () => tab()?.input instanceof vscode.TabInputCustom);
  });

  afterEach(cleanUp);

  it('opens a dataset without making a text document of it', () => {
    const input = tab()?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, EDITOR);
    assert.equal(isDirty(), false);
    assert.ok(!vscode.workspace.textDocuments.some(({ uri }) => uri.fsPath === file));
  });

  it('sets a status, saves one line and leaves the others as they are', async () => {
    await runUntilDirty('afina.setStatus', 'approved');
    await save();
    await until('the editor is clean', () => !isDirty());
    const after = await lines();
    assert.equal(after[0], LINES[0]?.replace('"draft"', '"approved"'));
    assert.deepEqual(after.slice(1), [...LINES.slice(1), '']);
  });

  it('undoes, redoes, and is clean again at the saved state', async () => {
    await runUntilDirty('afina.setStatus', 'rejected');
    await vscode.commands.executeCommand('undo');
    await until('undone', () => !isDirty());
    await vscode.commands.executeCommand('redo');
    await until('redone', isDirty);
    await save();
    assert.ok((await lines())[0]?.includes('"rejected"') === true);
    await vscode.commands.executeCommand('undo');
    await until('an undo past the save is an edit', isDirty);
    await save();
    assert.equal((await lines())[0], LINES[0]);
  });

  it('adds, duplicates and deletes records', async () => {
    await runUntilDirty('afina.duplicateRecord');
    await save();
    const duplicated = await lines();
    assert.equal(duplicated.length, 5);
    const [first, copy] = duplicated.map((each) =>
      each === '' ? {} : (JSON.parse(each) as { id?: string; messages?: unknown }),
    );
    assert.deepEqual(copy?.messages, first?.messages);
    assert.notEqual(copy?.id, first?.id);
    // The copy is selected now.
    await runUntilDirty('afina.deleteRecord');
    await save();
    assert.deepEqual(await lines(), [...LINES, '']);
  });

  it('reverts to the file', async () => {
    await runUntilDirty('afina.setStatus', 'review');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('clean', () => !isDirty());
    assert.deepEqual(await lines(), [...LINES, '']);
    // The page goes on working on the reverted document.
    await runUntilDirty('afina.setStatus', 'approved');
    await save();
    assert.ok((await lines())[0]?.includes('"approved"') === true);
  });

  it('follows a file that another program changes while nothing is unsaved', async () => {
    await runUntilDirty('afina.setStatus', 'review');
    await vscode.commands.executeCommand('undo');
    await until('clean', () => !isDirty());
    const other = [...LINES, line('a-4', 'Quarta?')];
    await writeFile(file, `${other.join('\n')}\n`);
    await delay(2000);
    await runUntilDirty('afina.setStatus', 'approved');
    await save();
    const after = await lines();
    assert.equal(after.length, 5, 'the line of the other program is still there');
    assert.equal(after[3], other[3]);
  });

  it('keeps a record that another program removed, and says that it is not in the file, also after undo', async () => {
    await runUntilDirty('afina.setStatus', 'rejected');
    const others = `${LINES.slice(1).join('\n')}\n`;
    await writeFile(file, others);
    await delay(2000);
    await vscode.commands.executeCommand('undo');
    await delay(1000);
    assert.equal(isDirty(), true, 'the record is in the list and not in the file');
    assert.equal(await readFile(file, 'utf8'), others, 'nothing is written unasked');
    await vscode.commands.executeCommand('redo');
    await until('kept and saved', async () => {
      await vscode.commands.executeCommand('afina.showConflicts');
      await vscode.commands.executeCommand('afina.keepMine');
      await save();
      return !isDirty();
    });
    const after = await lines();
    assert.equal(after[0], LINES[0]?.replace('"draft"', '"rejected"'));
    assert.deepEqual(after.slice(1), [...LINES.slice(1), '']);
  });

  it('undoes an edit that was made before another program changed other records', async () => {
    await runUntilDirty('afina.setStatus', 'rejected');
    const other = [...LINES.slice(0, 2), line('a-3', 'Outra?'), line('a-4', 'Quarta?'), ''];
    await writeFile(file, other.join('\n'));
    await delay(2000);
    await vscode.commands.executeCommand('undo');
    await until('clean', () => !isDirty());
    await runUntilDirty('afina.setStatus', 'approved');
    await save();
    await until('saved', () => !isDirty());
    assert.deepEqual(await lines(), [other[0]?.replace('"draft"', '"approved"'), ...other.slice(1)]);
  });

  it('shows the problems of a broken line at its place', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const broken = '{"id":"a-9","messages":[';
    await writeFile(file, `${LINES[0]}\n${broken}\n`);
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), EDITOR);
    const found = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(vscode.Uri.file(file)).filter(({ source }) => source === 'Afina');
    await until('the problem is there', () => found().length > 0);
    const problem = found().find(({ code }) => typeof code === 'object' && code.value === 'schema/json');
    assert.equal(problem?.range.start.line, 1);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
    assert.ok(problem.range.end.character <= broken.length);
  });

  it('opens as text and comes back', async () => {
    await vscode.commands.executeCommand('afina.openAsText', vscode.Uri.file(file));
    await until('text', () => vscode.window.activeTextEditor?.document.uri.fsPath === file);
    await vscode.commands.executeCommand('afina.openInDatasetEditor');
    await until('records', () => tab()?.input instanceof vscode.TabInputCustom);
  });

  it('shows what is no file, such as the other side of a comparison, for reading only', async () => {
    const bytes = Buffer.from(`${LINES.join('\n')}\n`);
    const nothing = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
    const refuse = (): never => {
      throw vscode.FileSystemError.NoPermissions();
    };
    const provider = vscode.workspace.registerFileSystemProvider('afina-test', {
      onDidChangeFile: nothing.event,
      watch: () => nothing,
      stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.length }),
      readFile: () => bytes,
      readDirectory: () => [],
      createDirectory: refuse,
      writeFile: refuse,
      delete: refuse,
      rename: refuse,
    });
    try {
      const uri = vscode.Uri.from({ scheme: 'afina-test', path: '/dataset.jsonl' });
      await vscode.commands.executeCommand('vscode.openWith', uri, EDITOR);
      await until('it is open', () => tab()?.input instanceof vscode.TabInputCustom);
      for (let attempt = 0; attempt < 10; attempt++) {
        await vscode.commands.executeCommand('afina.setStatus', 'approved');
        await delay(200);
        assert.equal(isDirty(), false);
      }
    } finally {
      provider.dispose();
    }
  });
});
