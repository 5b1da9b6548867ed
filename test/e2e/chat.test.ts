import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT, paths } from '../lab/paths.mjs';
import { tunedRun } from '../fixtures/tunedRun';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';
const QUESTION = 'O que é o frete?\nE quem o paga?';

interface Saved {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly meta: { readonly status: string; readonly answeredBy: { readonly run: string | null } };
}

describe('questions to base and tuned in a browser', function () {
  this.timeout(180_000);
  let folder: string;
  let workbench: Workbench;

  const lines = async (): Promise<string[]> =>
    (await readFile(path.join(folder, 'projeto', DATASET), 'utf8')).trimEnd().split('\n');

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-chat-'));
    const workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    await tunedRun({ project: workspace, fixtures: paths.fixtures, id: '20260101-120000-ensaio-abcdef' });
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      settings: {
        'files.autoSave': 'off',
        'chat.disableAIFeatures': false,
        'afina.chat.maxTokens': 16,
        'afina.language': 'pt',
      },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  const done = async (frame: Frame, exchanges: number): Promise<string[]> => {
    await workbench.until(
      `both have answered ${exchanges} times`,
      async () => (await frame.locator('article.answer.done').count()) === 2 * exchanges,
      120_000,
    );
    return frame.locator('article.answer .text').allInnerTexts();
  };

  /** Waits until the dataset editor shows the record with a question. */
  const shown = (editor: Frame, question: string): Promise<void> =>
    workbench.until('the record is shown', async () => {
      const fields = await editor.locator('textarea').all();
      const texts = await Promise.all(fields.map((field) => field.inputValue().catch(() => '')));
      return texts.includes(question);
    });

  it('are asked with the keyboard, and answered side by side', async () => {
    await workbench.runCommand('Afina: Perguntar…');
    const frame = await workbench.webview('#question');
    await frame.locator('.heads select').first().selectOption({ label: 'Base: Tiny Llama' });
    await frame.locator('.heads select').last().selectOption({ index: 5 });
    await frame.locator('#question').focus();
    const { keyboard } = workbench.page;
    await keyboard.insertText(QUESTION);
    await keyboard.press('Enter');
    const [base, tuned] = await done(frame, 1);
    assert.notEqual(base, tuned);
    assert.equal(await frame.locator('.question h2').innerText(), QUESTION);
    await keyboard.type('E a estadia?');
    await keyboard.press('Control+Enter');
    assert.equal((await done(frame, 2)).length, 4);
    await assertAccessible(workbench, frame, 'Ask with answers');
  });

  it('are edited and asked again in place of what came after them', async () => {
    const frame = await workbench.webview('#question');
    await frame.locator('.question .tool').first().click();
    assert.equal(await frame.locator('#question').inputValue(), QUESTION);
    // Selecting all with the keyboard goes through VS Code, and would come back in the midst of what is typed next.
    await frame.locator('#question').fill('O que é a estadia?');
    await workbench.page.keyboard.press('Enter');
    await done(frame, 1);
    assert.equal(await frame.locator('.question h2').innerText(), 'O que é a estadia?');
  });

  it('are still there when the window is reloaded', async () => {
    // A page that is merely left has kept what it was some seconds before.
    const loaded = workbench.page.waitForEvent('load');
    await workbench.runCommand('Developer: Reload Window');
    await loaded;
    await workbench.ready();
    const frame = await workbench.webview('#question');
    assert.deepEqual(await frame.locator('.question h2').allInnerTexts(), ['O que é a estadia?']);
    assert.equal(await frame.locator('article.answer.done').count(), 2);
  });

  it('become draft records beside the unsaved edits of an open dataset', async () => {
    const before = await lines();
    await workbench.openFile(DATASET);
    const editor = await workbench.webview('afina-dataset-editor');
    await editor.locator('[role="option"]').first().click();
    await editor.locator('textarea').last().click();
    await workbench.page.keyboard.press('Control+End');
    await workbench.page.keyboard.type(' Fim.');
    await workbench.runCommand('Afina: Perguntar…');
    const frame = await workbench.webview('#question');
    await workbench.page.keyboard.press('Alt+PageUp');
    await workbench.page.keyboard.press('Control+s');
    await workbench.notification(/Acrescentado a/, { button: 'Mostrar registo' });
    assert.deepEqual(await lines(), before, 'nothing is saved unasked');
    await shown(editor, 'O que é a estadia?');
    await editor.locator('textarea').last().click();
    await workbench.page.keyboard.press('Control+s');
    await workbench.until('it is saved', async () => (await lines()).length === before.length + 1);
    const after = await lines();
    assert.match(after[0] ?? '', / Fim\./);
    const saved = JSON.parse(after.at(-1) ?? '') as Saved;
    assert.deepEqual(
      saved.messages.map(({ role }) => role),
      ['system', 'user', 'assistant'],
    );
    assert.equal(saved.messages[1]?.content, 'O que é a estadia?');
    assert.equal(
      saved.messages[2]?.content,
      (await frame.locator('article.answer .text').first().innerText()).trim(),
    );
    assert.deepEqual([saved.meta.status, saved.meta.answeredBy.run], ['draft', null]);
  });

  it('are answered by @afina in VS Code’s chat without an account, and saved from there', async () => {
    const { page } = workbench;
    await workbench.runCommand('Afina: Conversar com @afina');
    const input = page.locator('.interactive-session .interactive-input-editor').last();
    await input.getByText('@afina').waitFor();
    await page.keyboard.type('/comparar O que é o frete?');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    const response = page.locator('.interactive-response .value').last();
    await response.getByText(/^Base: Tiny Llama/).waitFor({ timeout: 60_000 });
    await response.getByText(/^Afinado: /).waitFor({ timeout: 60_000 });
    const before = await lines();
    await page.locator('.interactive-session-followups').getByText('Guardar como registo').click();
    await page
      .locator('.interactive-response .value')
      .last()
      .getByText(/Acrescentado a/)
      .waitFor();
    await page.getByRole('button', { name: 'Mostrar registo' }).click();
    const editor = await workbench.webview('afina-dataset-editor');
    await shown(editor, 'O que é o frete?');
    assert.deepEqual(await lines(), before, 'the editor saves it, with what else is unsaved there');
    await workbench.screenshot('chat-dark');
    await workbench.setTheme('light');
    await workbench.screenshot('chat-light');
  });
});
