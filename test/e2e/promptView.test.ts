import { strict as assert } from 'node:assert';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT, paths } from '../lab/paths.mjs';
import { writeVariant } from '../unit/evaluation/ggufVariant';
import { NO_ASK } from '../unit/evaluation/templates';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';

describe('what the model receives', function () {
  this.timeout(300_000);
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-prompt-'));
    const workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    const base = path.join(paths.tinyLlama, 'base.gguf');
    const wrong = path.join(folder, 'wrong.gguf');
    await writeVariant(base, wrong, NO_ASK);
    const local = {
      models: { smollm2: { title: 'Tiny Llama', gguf: base }, eurollm: { title: 'Errado', gguf: wrong } },
      clusters: { local: { type: 'local', root: folder, python: { venv: paths.venv } } },
    };
    await writeFile(path.join(workspace, 'afina.local.yaml'), JSON.stringify(local));
    const job = `version: 1\ndataset: ${DATASET}\nbase: eurollm\n`;
    await writeFile(path.join(workspace, 'jobs', 'errado.yaml'), job);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      locale: 'pt-pt',
      theme: 'light',
    });
    await workbench.openFile(DATASET);
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const settled = async (): Promise<Frame> => {
    const frame = await workbench.webview('#page .banner', 120_000);
    await frame.locator('.tokens .chip').first().waitFor({ timeout: 120_000 });
    return frame;
  };

  it('is shown token by token beside what training computed, by a key', async () => {
    const editor = await workbench.webview('afina-dataset-editor');
    await editor.locator('[role="option"]').first().click();
    await editor.locator('.show-prompt').waitFor();
    await workbench.screenshot('prompt-button');
    await workbench.page.keyboard.press('Control+Alt+p');
    const frame = await settled();
    await frame.locator('.banner.good', { hasText: 'exatamente como o treino ensina' }).waitFor();
    assert.equal(await frame.locator('.pair .chip.ours').count(), 1); // the legend's
    assert.ok((await frame.locator('.tokens .chip.loss').count()) > 5);
    await assertAccessible(workbench, frame, 'what the model receives');
    await workbench.screenshot('prompt-light');
    await frame.locator('.toggle button', { hasText: 'Tabela' }).click();
    await frame.locator('tbody tr').first().waitFor();
    await workbench.screenshot('prompt-table-light');
    await workbench.setTheme('dark');
    await workbench.screenshot('prompt-table-dark');
    await frame.locator('.toggle button', { hasText: 'Texto' }).click();
    await workbench.screenshot('prompt-dark');
  });

  it('blocks a submission where it is not what training teaches', async () => {
    const { page } = workbench;
    await workbench.openFile('jobs/errado.yaml');
    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/errado$/);
    const frame = await workbench.webview('#page .problems, #page .problem, #page li', 120_000);
    await frame.locator('text=add_generation_prompt').first().waitFor({ timeout: 120_000 });
    await frame.locator('text=[template/parity]').first().waitFor();
    await workbench.screenshot('prompt-blocked');
    await workbench.runCommand('Afina: Adicionar modelo…');
    await workbench.until('the ways to add a model', async () => (await workbench.picks()).length >= 6);
    await workbench.screenshot('add-model');
    await page.keyboard.press('Escape');
    await workbench.openViewContainer('Afina');
    await page.locator('.pane-header', { hasText: 'Modelos' }).click();
    const row = workbench.treeRow('Modelos', 'Tiny Llama');
    await row.waitFor();
    assert.match((await row.getAttribute('aria-label')) ?? '', /llama · .+ · contexto .+ · .+ memória/);
    await workbench.screenshot('models-view');
    assert.equal(await page.locator('.notification-toast.error').count(), 0);
  });
});
