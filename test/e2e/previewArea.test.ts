import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { writeFetchedRun } from '../fixtures/fetchedRun';
import { ROOT, paths } from '../lab/paths.mjs';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';

const DATASET = 'datasets/maritimo.jsonl';
const PREFERENCES = 'datasets/maritimo-preferencias.jsonl';
const REFERENCE =
  'É o contrato pelo qual uma das partes se obriga perante a outra a transportar determinada mercadoria, por mar, de um porto para outro, mediante uma retribuição em dinheiro chamada frete. A noção consta do artigo 1.º do Decreto-Lei n.º 352/86, de 21 de outubro.';

interface Preference {
  readonly id?: string;
  readonly rejected: string | readonly { readonly content: string }[];
  readonly chosen: unknown;
  readonly prompt: unknown;
  readonly meta: { readonly status: string; readonly madeFrom?: string; readonly rejectedBy: object };
}

describe('previews beside the text in a browser', function () {
  this.timeout(300_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-preview-'));
    workspace = path.join(folder, 'projeto');
    await mkdir(path.join(workspace, 'datasets'), { recursive: true });
    const base = path.join(paths.tinyLlama, 'base.gguf');
    await writeFile(
      path.join(workspace, 'afina.yaml'),
      `version: 1\nmodels:\n  tiny:\n    title: Tiny Llama\n    gguf: ${JSON.stringify(base)}\n`,
    );
    const question = 'O que é o contrato de transporte de mercadorias por mar?';
    const lines = [
      {
        id: 'dm-1',
        messages: [
          { role: 'user', content: question },
          { role: 'assistant', content: REFERENCE },
        ],
        meta: { topic: 'definicoes', status: 'draft', sources: ['Decreto-Lei n.º 352/86'] },
      },
      { id: 'dm-2', prompt: question, chosen: REFERENCE, rejected: '', meta: { status: 'draft' } },
    ];
    await writeFile(
      path.join(workspace, DATASET),
      `${lines.map((each) => JSON.stringify(each)).join('\n')}\n`,
    );
    for (const [id, job, adapter] of [
      ['ensaio-a', 'ensaio-a', 'plain'],
      ['ensaio-b', 'ensaio-b', 'rslora'],
    ] as const) {
      await writeFetchedRun({
        ...{ project: workspace, id, job, model: 'tiny', base },
        adapter: path.join(paths.adapters, adapter),
      });
    }
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'light',
      viewport: { width: 1500, height: 1000 },
      settings: {
        'afina.preview.maxTokens': 16,
        'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' },
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

  const editor = (): Promise<Frame> => workbench.webview('afina-dataset-editor .preview-bar');
  const answered = async (frame: Frame, count: number): Promise<void> => {
    await workbench.until(
      `${count} answers are complete`,
      async () => (await frame.locator('article.answer.done').count()) === count,
      120_000,
    );
  };
  const columns = (frame: Frame): Promise<number> =>
    frame.evaluate<number>(
      `getComputedStyle(document.querySelector('.answers')).gridTemplateColumns.split(' ').length`,
    );
  const texts = (frame: Frame): Promise<string[]> =>
    frame.locator('article.answer.done .answer-text').allInnerTexts();

  it('puts base, tuned and reference side by side, below each other where it is narrow', async () => {
    await workbench.openFile(DATASET);
    const frame = await editor();
    await workbench.until(
      'the adapters are offered',
      async () => (await frame.locator('.preview-bar select').nth(1).locator('option').count()) === 3,
    );
    await frame.locator('.preview-bar select').nth(1).selectOption('ensaio-a');
    await frame.locator('textarea.content').last().focus();
    await workbench.page.keyboard.press('Control+Enter');
    await answered(frame, 2);
    assert.equal(await frame.locator('article.reference .answer-text').innerText(), REFERENCE);
    assert.equal(await columns(frame), 3);
    for (const [width, count] of [
      [1380, 2],
      [1000, 1],
      [1500, 3],
    ] as const) {
      await workbench.page.setViewportSize({ width, height: 1000 });
      await workbench.until(`${count} columns`, async () => (await columns(frame)) === count);
      await frame.locator('.answers').scrollIntoViewIfNeeded();
      await workbench.screenshot(`preview-${width}`);
    }
    await workbench.page.keyboard.press('Control+Alt+l');
    await workbench.until('stacked when wanted', async () => (await columns(frame)) === 1);
    await workbench.screenshot('preview-stacked');
    await workbench.page.keyboard.press('Control+Alt+l');
    await workbench.until('side by side again', async () => (await columns(frame)) === 3);
  });

  it('marks the words that differ from the reference, legible without colour', async () => {
    const frame = await editor();
    await workbench.page.keyboard.press('Control+Alt+Shift+j');
    await frame.locator('article.answer.base ins').first().waitFor();
    const line = (mark: string): Promise<string> =>
      frame.evaluate<string>(
        `getComputedStyle(document.querySelector('.answer.base ${mark}')).textDecorationLine`,
      );
    assert.deepEqual([await line('ins'), await line('del')], ['underline', 'line-through']);
    assert.match(await frame.locator('.legend').innerText(), /só na resposta.*só na referência/s);
    await workbench.screenshot('preview-differences-light');
  });

  it('draws as the bar says, remembers it, and writes again with the next seed', async () => {
    const frame = await editor();
    const before = await texts(frame);
    await workbench.page.keyboard.press('Control+Alt+Enter');
    await frame.locator('.vary').first().waitFor();
    assert.deepEqual(await texts(frame), before, 'nothing else can come of temperature 0');
    await workbench.page.keyboard.press('Control+Alt+b');
    await frame.locator('.field.temperature input:focus').waitFor();
    await workbench.page.keyboard.type('1');
    await frame.locator('.field.seed input').fill('7');
    await frame.locator('.field.strength input').fill('0.5');
    await frame.locator('.field.system textarea').fill('Responde em duas frases.');
    await frame.locator('.answering label', { hasText: 'ensaio-b' }).locator('input').check();
    await workbench.page.keyboard.press('Control+Enter');
    await answered(frame, 3);
    const first = await texts(frame);
    assert.match(
      await frame.locator('article.answer.tuned footer').first().innerText(),
      /semente 7.*força 0,5/,
    );
    await frame.locator('article.answer.base .again').click();
    await frame.locator('article.answer.base footer', { hasText: 'semente 8' }).waitFor();
    await answered(frame, 3);
    const second = await texts(frame);
    assert.notEqual(second[0], first[0]);
    assert.deepEqual(second.slice(1), first.slice(1), 'the others stay');
    await assertAccessible(workbench, frame, 'preview settings');
    await workbench.page.keyboard.press('Control+Alt+b');
    await frame.locator('.preview-settings').waitFor({ state: 'detached' });
    // Kept for the project: an editor that is opened anew has it.
    await workbench.page.waitForTimeout(1000);
    await workbench.runCommand('View: Close Editor');
    await workbench.openFile(DATASET);
    await (await editor()).locator('.tool.settings.differs').waitFor();
  });

  it('stops by Escape, and when the question is written anew', async () => {
    const frame = await editor();
    await frame.locator('.tool.settings').click();
    await frame.locator('.field.maxTokens input').fill('8000');
    await frame.locator('.field.temperature input').fill('2');
    for (const stop of ['Escape', 'x']) {
      await frame.locator('textarea.content').first().focus();
      await workbench.page.keyboard.press('Control+Enter');
      await frame.locator('article.answer.writing').first().waitFor({ timeout: 60_000 });
      await workbench.page.keyboard.press(stop);
      await frame.locator('article.answer.stopped').first().waitFor();
      await frame.locator('.preview-bar vscode-button.start').waitFor();
    }
    await workbench.page.keyboard.press('Control+z');
    await frame.locator('.reset').click();
  });

  it('fills the rejected answer of a preference record, in one step of undo', async () => {
    const frame = await editor();
    await frame.locator('[role="option"]').nth(1).click();
    await frame.locator('.turn.rejected textarea').waitFor();
    await workbench.page.keyboard.press('Control+Enter');
    await answered(frame, 3);
    const [base = ''] = await texts(frame);
    await frame.locator('article.answer.base .reject').click();
    const rejected = frame.locator('.turn.rejected textarea');
    await workbench.until('filled', async () => (await rejected.inputValue()) !== '');
    await workbench.save();
    const line = async (): Promise<Preference> => {
      const written = (await readFile(path.join(workspace, DATASET), 'utf8')).split('\n')[1] ?? '';
      return JSON.parse(written) as Preference;
    };
    await workbench.until('saved', async () => (await line()).rejected !== '');
    const { rejected: text, meta, chosen } = await line();
    assert.ok(typeof text === 'string' && base.length > 0);
    assert.equal(chosen, REFERENCE);
    const { model, run, seed } = meta.rejectedBy as { model: string; run: string | null; seed: number };
    assert.deepEqual([model, run, seed], ['tiny', null, 42]);
    await frame.locator('main').focus();
    await workbench.page.keyboard.press('Control+z');
    await workbench.until('undone', async () => (await rejected.inputValue()) === '');
    await workbench.save();
  });

  it('makes a preference record of another in a dataset of its own', async () => {
    const frame = await editor();
    await frame.locator('[role="option"]').first().click();
    await frame.locator('textarea.content').last().focus();
    await workbench.page.keyboard.press('Control+Enter');
    await answered(frame, 3);
    await workbench.page.keyboard.press('Control+Alt+Shift+Enter');
    await workbench.pick(new RegExp(PREFERENCES.replace('.', '\\.')));
    await workbench.notification(/registo de preferência foi acrescentado/);
    const [line = ''] = (await readFile(path.join(workspace, PREFERENCES), 'utf8')).split('\n');
    const made = JSON.parse(line) as Preference;
    assert.deepEqual(made.chosen, [{ role: 'assistant', content: REFERENCE }]);
    assert.equal(made.meta.madeFrom, 'dm-1');
    assert.equal(made.meta.status, 'draft');
    assert.equal((made.meta.rejectedBy as { run: string }).run, 'ensaio-a');
    assert.equal(await workbench.isDirty(path.basename(DATASET)), false);
    await workbench.setTheme('dark');
    await workbench.screenshot('preview-dark');
  });

  it('answers below the turn in the text of a record, by the keyboard and by the line above it', async () => {
    const frame = await editor();
    await frame.locator('[role="option"]').first().click();
    await workbench.page.keyboard.press('Control+Alt+o');
    const lens = workbench.page.locator('.codelens-decoration a', { hasText: 'Pré-visualizar' });
    await lens.waitFor();
    await lens.click();
    const thread = workbench.page.locator('.review-widget');
    await thread.locator('.comment-title', { hasText: 'Base · Tiny Llama' }).waitFor();
    await workbench.until(
      'all have answered',
      async () => (await thread.locator('.review-comment', { hasText: 'tokens/s' }).count()) >= 2,
      120_000,
    );
    await workbench.screenshot('record-answers-dark');
    await workbench.setTheme('light');
    await workbench.screenshot('record-answers-light');
    // Its buttons are there while the pointer is.
    await thread.locator('.review-comment').first().hover();
    const text = (await thread.locator('.comment-body').first().innerText()).trim();
    await thread
      .getByRole('button', { name: /resposta desta intervenção/ })
      .first()
      .click();
    await workbench.until('taken over', async () => {
      const lines = await workbench.page.locator('.view-lines').first().innerText();
      return lines.replaceAll('\u00a0', ' ').includes(text.slice(0, 20));
    });
    await thread.getByRole('button', { name: /Fechar as respostas/ }).click();
    await thread.waitFor({ state: 'detached' });
  });
});
