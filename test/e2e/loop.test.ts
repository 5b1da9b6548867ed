import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT, paths } from '../lab/paths.mjs';
import { startLab } from '../lab/slurm.mjs';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';
const JOB = `version: 1
title: Ensaio no laboratório
dataset: ${DATASET}
base: tiny
cluster: laboratorio
lora: { r: 4, alpha: 8 }
training: { maxSteps: 24, batchSize: 4, gradientAccumulation: 1, learningRate: 0.03, maxLength: 256, saveSteps: 6 }
`;

describe('the loop in a browser, with Slurm over ssh', function () {
  this.timeout(600_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;
  let lab: Awaited<ReturnType<typeof startLab>>;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-'));
    workspace = path.join(folder, 'projeto');
    lab = await startLab({});
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    const local = {
      models: { tiny: { title: 'Tiny Llama', gguf: path.join(paths.tinyLlama, 'base.gguf') } },
      clusters: {
        laboratorio: {
          type: 'slurm',
          host: lab.host,
          sshConfig: lab.sshConfig,
          root: lab.root,
          country: 'PT',
          python: { venv: paths.venv },
          resources: { partition: 'normal', cpus: 1, time: '00:10:00' },
        },
      },
    };
    await writeFile(path.join(workspace, 'afina.local.yaml'), JSON.stringify(local));
    await writeFile(path.join(workspace, 'jobs', 'ensaio.yaml'), JOB);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'light',
      settings: { 'afina.runs.pollSeconds': 5, 'afina.preview.maxTokens': 24 },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const editor = (): Promise<Frame> => workbench.webview('afina-dataset-editor');

  it('edits a record and saves nothing but its line', async () => {
    const before = (await readFile(path.join(workspace, DATASET), 'utf8')).split('\n');
    await workbench.openFile(DATASET);
    const frame = await editor();
    await frame.locator('[role="option"]').first().click();
    await frame.locator('textarea').last().click();
    await workbench.page.keyboard.press('Control+End');
    await workbench.page.keyboard.type(' Fim.');
    await workbench.page.keyboard.press('Control+s');
    let after: string[] = [];
    await workbench.until('the file is saved', async () => {
      after = (await readFile(path.join(workspace, DATASET), 'utf8')).split('\n');
      return after[0] !== before[0];
    });
    assert.match(after[0] ?? '', /outubro\. Fim\."/);
    assert.deepEqual(after.slice(1), before.slice(1));
    await workbench.screenshot('editor-light');
  });

  it('streams the base’s answer under the record’s own', async () => {
    const frame = await editor();
    await frame.locator('.preview select').first().selectOption({ label: 'Tiny Llama' });
    await frame.locator('.preview vscode-button').last().click();
    await frame.locator('article.answer.done').waitFor({ timeout: 60_000 });
    assert.match(await frame.locator('article.answer.done').innerText(), /tokens\/s/);
  });

  it('submits a job after a summary of what leaves the machine', async () => {
    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/Ensaio no laboratório/);
    const frame = await workbench.webview('#submit');
    const summary = await frame.locator('#page').innerText();
    assert.match(summary, /laboratorio/);
    assert.match(summary, /train\.py/);
    assert.deepEqual(
      await readdir(path.join(lab.root, 'runs')).catch(() => []),
      [],
      'sent before it was confirmed',
    );
    await workbench.screenshot('submission-light');
    await frame.locator('#submit').click();
    await frame.locator('#open-run').waitFor({ timeout: 60_000 });
    assert.equal((await readdir(path.join(lab.root, 'runs'))).length, 1);
    await frame.locator('#open-run').click();
  });

  it('watches it train on Slurm to its end, and fetches the adapter', async () => {
    const frame = await workbench.webview('.pill');
    await frame.locator('.pill.good').waitFor({ timeout: 180_000 });
    await workbench.screenshot('run-light');
    const runs = await readdir(path.join(workspace, '.afina', 'runs'));
    const run = runs.find((name) => name.includes('ensaio'));
    assert.ok(run !== undefined);
    await frame
      .getByRole('button', { name: /Obter adaptador/ })
      .first()
      .click();
    await workbench.until(
      'the adapter is here',
      () =>
        readFile(path.join(workspace, '.afina', 'runs', run, 'adapter.gguf')).then(
          (bytes) => bytes.subarray(0, 4).toString() === 'GGUF',
          () => false,
        ),
      60_000,
    );
  });

  it('answers with the tuned model below the base', async () => {
    await workbench.openFile(DATASET);
    const frame = await editor();
    const adapter = frame.locator('.preview select').nth(1);
    await workbench.until(
      'the adapter is offered',
      async () => (await adapter.locator('option').count()) > 1,
    );
    await adapter.selectOption({ index: 1 });
    await frame.locator('.preview vscode-button').last().click();
    await frame.locator('article.answer.tuned.done').waitFor({ timeout: 60_000 });
    const [base, tuned] = await frame.locator('article.answer.done .answer-text').allInnerTexts();
    assert.ok(base !== undefined && tuned !== undefined);
    assert.notEqual(tuned, base);
    await workbench.screenshot('comparison-light');
    await workbench.setTheme('dark');
    await workbench.screenshot('comparison-dark');
  });
});
