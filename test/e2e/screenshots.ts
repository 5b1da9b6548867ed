// `npm run screenshots`: the pictures of the README, taken of the sample project while a real run of it trains here.
import { strict as assert } from 'node:assert';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, paths } from '../lab/paths.mjs';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';
const PICTURES = path.join(ROOT, 'media', 'screenshots');

/** The same view in both themes; `mouse` is moved away, so that no hover stays in the picture. */
async function take(workbench: Workbench, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await workbench.setTheme(theme);
    await workbench.page.mouse.move(720, 898);
    await workbench.page.waitForTimeout(1500);
    await workbench.page.screenshot({ path: path.join(PICTURES, `${name}-${theme}.png`) });
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'afina-screenshots-'));
  const workspace = path.join(folder, 'direito-maritimo');
  await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
  const local = {
    models: { smollm2: { gguf: paths.model } },
    clusters: { local: { type: 'local', root: path.join(folder, 'home'), python: { venv: paths.venv } } },
  };
  await writeFile(path.join(workspace, 'afina.local.yaml'), JSON.stringify(local));
  await mkdir(PICTURES, { recursive: true });
  const workbench = await Workbench.open({
    workspace,
    vsixOrExtensionDir: ROOT,
    userDataDir: path.join(folder, 'user-data'),
    locale: 'pt-pt',
    theme: 'light',
    viewport: { width: 1440, height: 900 },
    settings: { 'afina.runs.pollSeconds': 5, 'afina.preview.maxTokens': 60 },
  });
  try {
    await workbench.openViewContainer('Afina');
    await workbench.openFile(DATASET);
    const editor = await workbench.webview('afina-dataset-editor');
    await editor.locator('[role="option"]').first().click();
    await editor.locator('.preview vscode-button.start').click();
    await editor.locator('article.answer.done').waitFor({ timeout: 120_000 });
    await take(workbench, 'editor');
    await editor.locator('[role="option"]').nth(1).click();
    await workbench.page.keyboard.press('Alt+K');
    await editor.locator('.review-bar, afina-review-bar').first().waitFor();
    await take(workbench, 'review');
    await workbench.openFile(DATASET);
    await editor.locator('[role="option"]').first().click();
    await workbench.page.keyboard.press('Control+Alt+O');
    await workbench.tab('dm-0001').waitFor();
    await take(workbench, 'record-text');
    await workbench.runCommand('Afina: Relatório de revisão');
    await workbench.until('the report is there', async () => (await workbench.tab('dm-0001').count()) === 1);
    await take(workbench, 'report');
    await workbench.openFile(DATASET);

    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/nesta máquina/);
    const summary = await workbench.webview('#submit');
    await take(workbench, 'summary');
    await summary.locator('#submit').click();
    await summary.locator('#open-run').waitFor({ timeout: 120_000 });
    await summary.locator('#open-run').click();
    const run = await workbench.webview('.pill');
    await workbench.until(
      'half of the steps are trained',
      async () => {
        const bar = run.locator('progress').last();
        // `position` of an HTMLProgressElement: the share that is done.
        const done = bar.evaluate((element) => (element as unknown as { position: number }).position);
        return (await done.catch(() => 0)) >= 0.5;
      },
      600_000,
    );
    await take(workbench, 'run');
    await run.locator('.pill.good').waitFor({ timeout: 900_000 });
    await run
      .getByRole('button', { name: /Obter adaptador/ })
      .first()
      .click();
    await run.getByRole('button', { name: /Usar na pré-visualização/ }).waitFor({ timeout: 120_000 });
    await run
      .getByRole('button', { name: /Usar na pré-visualização/ })
      .first()
      .click();
    await workbench.dismissNotifications();
    await workbench.openFile(DATASET);
    const compared = await workbench.webview('afina-dataset-editor');
    await compared.locator('.preview vscode-button.start').click();
    await compared.locator('article.answer.tuned.done').waitFor({ timeout: 120_000 });
    await compared.locator('main').evaluate((pane) => {
      (pane as unknown as { scrollTop: number }).scrollTop = 1_000_000;
    });
    await take(workbench, 'comparison');
    assert.equal((await readdir(PICTURES)).length, 14);
  } finally {
    await workbench.screenshot('screenshots-end').catch(() => undefined);
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
