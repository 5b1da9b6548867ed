import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';

const SMALL = 'registos.jsonl';
const OTHER = 'outros.jsonl';
const LARGE = 'grande.jsonl';
/** So many that an action on all of them takes seconds. */
const MANY = 120_000;

function record(at: number): string {
  // Spaces and a number's spelling: what is not changed must come back byte for byte.
  const answer = 'O transportador responde pela perda, salvo nos casos exceptuados. '.repeat(
    at % 7 === 0 ? 9 : 1,
  );
  return `{"id":"r-${at}", "messages":[{"role":"user","content":"Pergunta ${at}: quem responde?"},{"role":"assistant","content":"${answer}"}], "meta":{"status":"draft","peso":1.0}}`;
}

interface Line {
  readonly id: string;
  readonly messages: readonly { readonly content: string }[];
  readonly meta: { readonly topic?: string; readonly sources?: readonly string[] };
}

describe('edits of many records', function () {
  this.timeout(300_000);
  let folder: string;
  let workbench: Workbench;
  let frame: Frame;
  const fileOf = (name: string): string => path.join(folder, 'projeto', 'datasets', name);
  const textOf = (name: string): Promise<string> => readFile(fileOf(name), 'utf8');
  const parsed = async (name: string): Promise<Line[]> =>
    (await textOf(name))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const write = (name: string, from: number, to: number): Promise<void> => {
    const lines: string[] = [];
    for (let at = from; at < to; at++) lines.push(`${record(at)}\n`);
    return writeFile(fileOf(name), lines.join(''));
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-bulk-'));
    await mkdir(path.join(folder, 'projeto', 'datasets'), { recursive: true });
    await writeFile(path.join(folder, 'projeto', 'afina.yaml'), 'version: 1\ndomain: direito-maritimo\n');
    await write(SMALL, 0, 12);
    await write(OTHER, 100, 102);
    await write(LARGE, 0, MANY);
    workbench = await Workbench.open({
      workspace: path.join(folder, 'projeto'),
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      theme: 'light',
      settings: {
        'files.autoSave': 'off',
        'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' },
      },
    });
    frame = await open(SMALL, '12 records');
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(name: string, count: string): Promise<Frame> {
    await workbench.openFile(`datasets/${name}`);
    let found: Frame | undefined;
    // The page of a file that was open before it stays, hidden.
    await workbench.until(`${name} is shown`, async () => {
      const shown = await workbench.webview('afina-dataset-editor .count-text');
      const text = await shown.locator('.count-text').innerText();
      found = text === count ? shown : undefined;
      return found !== undefined;
    });
    return found!;
  }

  /** Chooses the first `count` records; the list has the focus then. */
  async function choose(count: number): Promise<void> {
    await frame.locator('[role="option"]').first().click();
    await frame
      .locator('[role="option"]')
      .nth(count - 1)
      .click({ modifiers: ['Shift'] });
    await frame.locator('.bulk-bar strong', { hasText: `${count} records selected` }).waitFor();
    await frame.locator('.list').focus();
  }

  async function outcome(): Promise<string> {
    const note = frame.locator('.bulk-note:not(.visually-hidden)');
    await note.waitFor();
    return (await note.innerText()).trim();
  }

  /** One undo, after which the file's bytes are what the editor has. */
  async function undoesAll(): Promise<void> {
    assert.equal(await workbench.isDirty(SMALL), true);
    await frame.locator('.list').press('Control+z');
    await workbench.until('one undo takes all of it back', async () => !(await workbench.isDirty(SMALL)));
  }

  it('set the topic of those that are chosen', async () => {
    const before = await textOf(SMALL);
    await choose(3);
    await press('Control+Alt+Shift+t');
    await workbench.pick('Another topic…');
    await workbench.page.locator('.quick-input-message', { hasText: 'Topic of the records' }).waitFor();
    await workbench.type('reboque');
    await workbench.dialog({ button: 'Set' });
    assert.match(await outcome(), /3 records changed/);
    await frame.locator('.row-topic', { hasText: 'reboque' }).nth(2).waitFor();
    assert.equal(await frame.locator('.row-topic', { hasText: 'reboque' }).count(), 3);
    await undoesAll();
    assert.equal(await textOf(SMALL), before);
  });

  it('set their sources, and save nothing but their lines', async () => {
    const before = (await textOf(SMALL)).split('\n');
    await choose(2);
    await press('Control+Alt+Shift+s');
    await workbench.type('Decreto-Lei n.º 352/86; artigo 4.º');
    await workbench.dialog({ button: 'Set' });
    await outcome();
    await frame.locator('.list').press('Control+s');
    await workbench.until('it is saved', async () => !(await workbench.isDirty(SMALL)));
    const after = (await textOf(SMALL)).split('\n');
    assert.deepEqual(after.slice(2), before.slice(2));
    for (const { meta } of (await parsed(SMALL)).slice(0, 2))
      assert.deepEqual(meta.sources, ['Decreto-Lei n.º 352/86', 'artigo 4.º']);
    await frame.locator('.list').press('Control+z');
    await workbench.until('the undo is an edit', () => workbench.isDirty(SMALL));
    await press('Control+s');
    await workbench.until('as it was', async () => (await textOf(SMALL)) === before.join('\n'));
  });

  it('delete them, and bring all of them back to their places', async () => {
    const before = await textOf(SMALL);
    await choose(5);
    await press('Control+Shift+Delete');
    assert.match(await workbench.dialog({ button: 'Delete' }), /Delete 5 records\?/);
    await frame.locator('.count-text', { hasText: /^\s*7 records/ }).waitFor();
    await undoesAll();
    await frame.locator('.count-text', { hasText: /^\s*12 records/ }).waitFor();
    assert.equal(await textOf(SMALL), before);
  });

  it('move them to another file, which keeps them when they come back here', async () => {
    const [before, other] = [await textOf(SMALL), await textOf(OTHER)];
    await choose(3);
    await press('Control+Alt+Shift+m');
    await workbench.pick(`datasets/${OTHER}`);
    await workbench.dialog({ button: 'Move' });
    await frame.locator('.count-text', { hasText: /^\s*9 records/ }).waitFor();
    const moved = before.split('\n').slice(0, 3);
    assert.equal(await textOf(OTHER), `${other}${moved.join('\n')}\n`);
    assert.equal(await textOf(SMALL), before, 'the deletion is saved by whoever saves');
    await workbench.notification(/3 records were added/);
    await undoesAll();
    assert.equal(await textOf(OTHER), `${other}${moved.join('\n')}\n`);
  });

  it('show what differs from the file, word by word', async () => {
    const row = frame.locator('[role="option"]').nth(1);
    await row.click();
    await workbench.until('the record is shown', async () => {
      const id = await frame.locator('.field.id input').inputValue();
      return (await row.innerText()).includes(id);
    });
    const field = frame.locator('textarea').last();
    await field.click();
    await press('Control+Home');
    await workbench.page.keyboard.type('Hoje, ');
    await press('Control+End');
    for (let left = 'exceptuados. '.length; left > 0; left--) await press('Backspace');
    await workbench.page.keyboard.type('legais.');
    await press('Control+Alt+j');
    const comparison = frame.locator('.comparison');
    await comparison.waitFor();
    const words = async (kind: 'ins' | 'del'): Promise<string> =>
      (await comparison.locator(kind).allInnerTexts()).join('|').trim();
    await workbench.until('what was typed is marked', async () => (await words('ins')).includes('legais'));
    assert.match(await words('ins'), /^Hoje,.*legais/);
    assert.match(await words('del'), /exceptuados/);
    await frame.locator('.comparison-note', { hasText: 'As in the saved file' }).waitFor();
    await assertAccessible(workbench, frame, 'comparison with differences');
    await press('Control+s');
    await comparison.waitFor({ state: 'detached' });
    assert.equal(await frame.locator('.comparison-note').count(), 2);
    await press('Control+Alt+j');
    await frame.locator('.comparison-note').first().waitFor({ state: 'detached' });
  });

  it('list all keys, of which one can be chosen', async () => {
    await frame.locator('[role="option"]').first().click();
    await press('Control+Alt+k');
    const labels = await workbench.picks();
    assert.ok(labels.length > 10, labels.join());
    const input = workbench.page.locator('.quick-input-widget input').first();
    await input.fill('Ctrl+Alt+N');
    await workbench.page
      .locator('.quick-input-widget .monaco-list-row .label-description', { hasText: /^Ctrl\+Alt\+N$/ })
      .waitFor();
    await press('Enter');
    await frame.locator('.count-text', { hasText: /^\s*13 records/ }).waitFor();
    await frame.locator('.list').press('Control+z');
    await frame.locator('.count-text', { hasText: /^\s*12 records/ }).waitFor();
  });

  it('stop when they are cancelled half way, and leave everything as it was', async () => {
    const before = await textOf(LARGE);
    frame = await open(LARGE, '120,000 records');
    await frame.locator('[role="option"]').first().click();
    await press('Control+Alt+a');
    await frame.locator('.bulk-bar strong', { hasText: '120,000 records selected' }).waitFor();
    await press('Alt+3');
    await workbench.dialog({ button: 'Set' });
    const cancel = frame.locator('.bulk-bar').getByRole('button', { name: 'Cancel' });
    await cancel.click();
    await cancel.waitFor({ state: 'detached' });
    await frame.locator('.bulk-bar strong', { hasText: '120,000 records selected' }).waitFor();
    assert.equal(await workbench.isDirty(LARGE), false);
    assert.match(await outcome(), /Cancelled: nothing was changed/);
    await frame.locator('.status.draft').first().waitFor();
    assert.equal(await textOf(LARGE), before);
  });

  it('wait for no search that is given up', async () => {
    const count = frame.locator('.count-text');
    await frame.locator('.list').focus();
    await press('Escape');
    await press('Control+f');
    await frame.locator('.search input:focus').waitFor();
    await workbench.page.keyboard.type('transportador');
    await workbench.until('it searches', async () =>
      /Searching|The first|of 120/.test(await count.innerText()),
    );
    await press('Control+Alt+Shift+f');
    await workbench.until('all are shown', async () => (await count.innerText()) === '120,000 records');
    // What the search still sends must not come after that.
    await workbench.page.waitForTimeout(1500);
    assert.equal(await count.innerText(), '120,000 records');
    await frame.locator('[role="option"]', { hasText: 'Pergunta 0:' }).waitFor();
  });
});
