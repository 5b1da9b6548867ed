import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';

describe('many records at once', function () {
  this.timeout(300_000);
  let folder: string;
  let workbench: Workbench;
  let frame: Frame;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-actions-'));
    const workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      theme: 'light',
      settings: { 'files.autoSave': 'off' },
    });
    await workbench.openFile(DATASET);
    frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().waitFor();
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('are filtered, chosen, given a status and undone in one step, by the keyboard', async () => {
    const { page } = workbench;
    const file = path.join(folder, 'projeto', DATASET);
    const before = await readFile(file, 'utf8');
    await frame.locator('[role="option"]').first().click();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('transportador');
    const selectAll = frame.locator('.chips button', { hasText: /^\s*Select all \d+/ });
    await selectAll.waitFor();
    const count = /\d+/.exec(await selectAll.innerText())?.[0] ?? '';
    assert.ok(Number(count) > 1, count);
    await page.keyboard.press('Control+Alt+a');
    await frame.locator('.bulk-bar strong', { hasText: `${count} records selected` }).waitFor();
    await page.keyboard.press('Alt+4');
    const question = page.locator('.monaco-dialog-box', { hasText: `Set the status of ${count} records?` });
    await question.waitFor();
    await page.keyboard.press('Enter');
    await frame.locator('.bulk-note', { hasText: 'records changed.' }).waitFor();
    await frame.locator('.row .status.rejected').first().waitFor();
    await frame.locator('.list').press('Control+z');
    await workbench.until(
      'one undo takes all of it back',
      async () => !(await workbench.isDirty('direito-maritimo.jsonl')),
    );
    assert.equal(await readFile(file, 'utf8'), before);
  });

  it('have an editor in which axe-core finds nothing: filters, selection, replacing, Markdown, bad expression', async () => {
    const { page } = workbench;
    await frame.locator('.list').click();
    for (const [state, open, close] of [
      ['list and selection', 'Control+Alt+a', 'Escape'],
      ['filters', 'Control+Alt+f', 'Control+Alt+f'],
      ['find and replace', 'Control+h', 'Escape'],
      ['Markdown', 'Control+Alt+g', 'Control+Alt+g'],
      ['comparison', 'Control+Alt+j', 'Control+Alt+j'],
    ] as const) {
      await page.keyboard.press(open);
      await page.waitForTimeout(700);
      await assertAccessible(workbench, frame, state);
      await page.keyboard.press(close);
    }
    await frame.locator('.search input').first().fill('(a');
    await frame.locator('.option-toggle', { hasText: '.*' }).first().click();
    await frame.locator('#search-problem').waitFor();
    await assertAccessible(workbench, frame, 'bad expression');
  });
});
