import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { Workbench } from './harness';

const MB = 1024 * 1024;
const MARK = ' Ainda por gravar.';

function record(id: string, answer: string, filler = ''): string {
  const messages = [
    { role: 'user', content: `Que prazo tem o caso ${id}?${filler}` },
    { role: 'assistant', content: answer },
  ];
  return JSON.stringify({ id, messages, meta: { status: 'draft' } });
}

/** Some 1 kB a record, every one of them another. */
async function writeLarge(file: string, bytes: number): Promise<number> {
  const filler = ' Sim.'.repeat(170);
  const handle = await open(file, 'w');
  let count = 0;
  for (let written = 0; written < bytes;) {
    const lines: string[] = [];
    for (let at = 0; at < 4096; at++) lines.push(record(`m-${++count}`, `Trinta dias (${count}).`, filler));
    written += (await handle.write(`${lines.join('\n')}\n`)).bytesWritten;
  }
  await handle.close();
  return count;
}

/** Hash of the file's first `end` bytes, in stretches of 16 MB. */
async function hashes(file: string, end: number): Promise<string[]> {
  const found: string[] = [];
  for (let start = 0; start < end; start += 16 * MB) {
    const hash = createHash('sha256');
    const stretch = createReadStream(file, { start, end: Math.min(end, start + 16 * MB) - 1 });
    for await (const chunk of stretch) hash.update(chunk as Buffer);
    found.push(hash.digest('hex'));
  }
  return found;
}

describe('datasets that are large, broken, or changed by others', function () {
  this.timeout(300_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-scale-'));
    workspace = path.join(folder, 'projeto');
    await mkdir(workspace);
    await writeFile(path.join(workspace, 'leia-me.md'), 'Ensaio.\n');
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      locale: 'pt-br',
      theme: 'light',
      settings: {
        'files.autoSave': 'off',
        'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' },
      },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Makes a dataset and opens it; closes what was open before. */
  async function openDataset(name: string, content?: string | Buffer): Promise<Frame> {
    if (content !== undefined) await writeFile(path.join(workspace, name), content);
    await workbench.runCommand('View: Close All Editors');
    await workbench.openFile(name);
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().waitFor();
    return frame;
  }

  const answer = (frame: Frame) => frame.locator('.turn.assistant textarea');
  const row = (frame: Frame, text: string) => frame.locator('[role="option"]', { hasText: text }).first();
  const press = (keys: string): Promise<void> => workbench.page.keyboard.press(keys);

  async function append(frame: Frame, id: string, text: string): Promise<void> {
    await row(frame, id).click();
    await workbench.until(`${id} is chosen`, async () =>
      (await frame.locator('.field.id input').inputValue()).startsWith(id),
    );
    await answer(frame).click();
    await press('Control+End');
    await workbench.page.keyboard.type(text);
  }

  /** Pasted: a text editor would close the brackets that are typed. */
  async function replaceAll(text: string): Promise<void> {
    await workbench.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await press('Control+a');
    await press('Control+v');
  }

  it('200 MB, killed with an edit of the last record: the edit is back, and saving changes nothing else', async () => {
    const name = 'grande.jsonl';
    const file = path.join(workspace, name);
    const count = await writeLarge(file, 200 * MB);
    const { size } = await stat(file);
    const last = Buffer.byteLength(
      `${record(`m-${count}`, `Trinta dias (${count}).`, ' Sim.'.repeat(170))}\n`,
    );
    const before = await hashes(file, size - last);

    let frame = await openDataset(name);
    // What the form's fields are while the rest is being read does not matter: the list knows all of it in the end.
    await workbench.until(
      'the whole file is known',
      async () => (await frame.locator('.notice progress').count()) === 0,
      60_000,
    );
    await frame.locator('.list').focus();
    await press('End');
    await workbench.until(
      'the last record is chosen',
      async () => (await frame.locator('.field.id input').inputValue()) === `m-${count}`,
    );
    await answer(frame).click();
    await press('Control+End');
    await workbench.page.keyboard.type(MARK);
    await workbench.until('the edit shows as unsaved', () => workbench.isDirty(name));
    await workbench.untilKept();

    await workbench.kill();
    assert.equal((await stat(file)).size, size, 'nobody has saved');
    await workbench.restart();
    await workbench.tab(name).click();
    frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().waitFor({ timeout: 60_000 });
    await frame.locator('.list').focus();
    await press('End');
    await workbench.until('the edit is back', async () => (await answer(frame).inputValue()).endsWith(MARK));
    assert.ok(await workbench.isDirty(name));
    await press('Control+s');
    await workbench.until('saved', async () => !(await workbench.isDirty(name)));
    assert.deepEqual(await hashes(file, size - last), before);
    const handle = await open(file, 'r');
    const tail = Buffer.alloc((await stat(file)).size - (size - last));
    await handle.read(tail, 0, tail.length, size - last);
    await handle.close();
    const expected = record(`m-${count}`, `Trinta dias (${count}).${MARK}`, ' Sim.'.repeat(170));
    assert.equal(tail.toString('utf8'), `${expected}\n`);
    await rm(file);
  });

  describe('changed on the disk under unsaved edits', () => {
    const ids = ['c-1', 'c-2', 'c-3', 'c-4'];
    const lines = (change: Record<string, string | null> = {}): string =>
      ids
        .filter((id) => change[id] !== null)
        .map((id) => `${record(id, change[id] ?? 'Trinta dias.')}\n`)
        .join('');

    it('follows silently what nobody edited here, and asks about what both sides changed', async () => {
      const name = 'conflito.jsonl';
      const file = path.join(workspace, name);
      const frame = await openDataset(name, lines());
      await append(frame, 'c-1', ' Meu um.');
      await append(frame, 'c-2', ' Meu dois.');
      await append(frame, 'c-3', ' Meu três.');
      await workbench.until('unsaved', () => workbench.isDirty(name));

      // In place, as editors of other kinds write.
      const other = lines({ 'c-2': 'Sessenta dias.', 'c-3': 'Noventa dias.', 'c-4': 'Um ano.' });
      await writeFile(file, other);
      await workbench.notification(/2 registos de conflito\.jsonl foram alterados/, {
        button: 'Mostrar os conflitos',
      });
      await frame.locator('.conflict-panel').waitFor();
      await workbench.until(
        'only the conflicts are listed',
        async () => (await frame.locator('[role="option"]').count()) === 2,
      );
      assert.equal(await readFile(file, 'utf8'), other, 'nothing was overwritten');
      const texts = await frame.locator('.sides .text').allInnerTexts();
      assert.deepEqual(texts, ['Trinta dias. Meu dois.', 'Sessenta dias.']);
      await workbench.screenshot('conflict-light');

      // Saving now would be one side's win: it asks first.
      await press('Control+s');
      assert.match(await workbench.dialog({ button: 'Cancel' }), /2 registos/);
      assert.equal(await readFile(file, 'utf8'), other);

      await frame.locator('.side vscode-button', { hasText: 'Manter a minha' }).click();
      await workbench.until(
        'the next conflict is shown',
        async () => (await frame.locator('.sides .text').first().innerText()) === 'Trinta dias. Meu três.',
      );
      // By keyboard.
      await frame.locator('.list').focus();
      await press('Alt+Shift+ArrowRight');
      await frame.locator('.notice.conflicts').waitFor({ state: 'detached' });
      await press('Control+s');
      await workbench.until('saved', async () => !(await workbench.isDirty(name)));
      assert.equal(
        await readFile(file, 'utf8'),
        lines({
          'c-1': 'Trinta dias. Meu um.',
          'c-2': 'Trinta dias. Meu dois.',
          'c-3': 'Noventa dias.',
          'c-4': 'Um ano.',
        }),
      );
    });

    it('a record that the other program removed, in a new file in its place', async () => {
      const name = 'retirado.jsonl';
      const file = path.join(workspace, name);
      const frame = await openDataset(name, lines());
      await append(frame, 'c-2', ' Meu.');
      await workbench.until('unsaved', () => workbench.isDirty(name));
      await writeFile(`${file}.novo`, lines({ 'c-2': null }));
      await rename(`${file}.novo`, file);
      await frame.locator('.notice.conflicts').waitFor();
      await row(frame, 'c-2').click();
      await frame.locator('.conflict-panel').waitFor();
      await workbench.screenshot('conflict-removed');
      await frame.locator('.side vscode-button', { hasText: 'Manter a minha' }).click();
      await frame.locator('.conflict-panel').waitFor({ state: 'detached' });
      await press('Control+s');
      await workbench.until('saved', async () => !(await workbench.isDirty(name)));
      assert.equal(await readFile(file, 'utf8'), lines({ 'c-2': 'Trinta dias. Meu.' }));
    });
  });

  it('lines that are no records: listed with their error, kept byte for byte, repaired as text', async () => {
    const name = 'partido.jsonl';
    const file = path.join(workspace, name);
    const latin = Buffer.from(record('r-1', 'Resposta em latim: coração.'), 'latin1');
    const long = record('r-2', 'x'.repeat(10_000_000));
    const nul = '{"id":"r-3","messages":"\0"}';
    const bytes = Buffer.concat([
      latin,
      Buffer.from(`\n${long}\n${nul}\nsem forma\n${record('r-5', 'Inteiro.')}\n`),
    ]);
    const frame = await openDataset(name, bytes);
    await workbench.until('five rows', async () => (await frame.locator('[role="option"]').count()) === 5);
    assert.equal(await frame.locator('.status.broken').count(), 4);

    await frame.locator('[role="option"]').first().click();
    await frame.getByText('UTF-8').first().waitFor();
    await workbench.screenshot('raw-utf8');
    await frame.locator('.repair vscode-button').click();
    const editor = workbench.page.locator('.editor-instance .monaco-editor', {
      hasText: 'Resposta em latim',
    });
    await editor.waitFor();
    await workbench.screenshot('raw-as-text');
    assert.ok((await readFile(file)).equals(bytes));
    await editor.click();
    await replaceAll(record('r-1', 'Resposta em latim: coração.'));
    await press('Control+s');
    await frame.locator('.field.id input').waitFor();
    assert.equal(await frame.locator('.field.id input').inputValue(), 'r-1');
    assert.ok((await readFile(file)).equals(bytes), 'an edit, not saved yet');

    // Ten megabytes on one line.
    await frame.locator('[role="option"]').nth(1).click();
    await frame.getByText('10 MB').first().waitFor();
    const longEditor = workbench.page.locator('.editor-instance .monaco-editor', { hasText: '"r-2"' });
    // VS Code knows a moment after the click that the dataset is in front.
    await workbench.until('the line opens as text', async () => {
      await press('Control+Alt+t');
      return longEditor.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
    await longEditor.click();
    await replaceAll(record('r-2', 'Curto.'));
    await press('Control+s');
    await workbench.until('the row is a record', async () =>
      ((await frame.locator('[role="option"]').nth(1).textContent()) ?? '').includes('r-2'),
    );
    await workbench.tab(name).click();
    await press('Control+s');
    await workbench.until('saved', async () => !(await workbench.isDirty(name)));
    const rest = bytes.subarray(latin.length + 1 + long.length);
    assert.ok(
      (await readFile(file)).equals(
        Buffer.concat([
          Buffer.from(`${record('r-1', 'Resposta em latim: coração.')}\n${record('r-2', 'Curto.')}`),
          rest,
        ]),
      ),
    );
  });
});
