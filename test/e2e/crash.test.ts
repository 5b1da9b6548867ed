import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, paths } from '../lab/paths.mjs';
import { descendantsOf, isAlive, readProc } from '../lab/processes.mjs';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';
const MARK = ' Ainda por gravar.';
// Long enough to be killed in the middle on any machine; cancelled by nobody.
const JOB = `version: 1
title: Ensaio local
dataset: ${DATASET}
base: tiny
cluster: local
lora: { r: 4, alpha: 8 }
training: { maxSteps: 600, batchSize: 4, gradientAccumulation: 1, learningRate: 0.001, maxLength: 256, saveSteps: 100 }
`;

interface StoredRun {
  readonly state: string;
  readonly step: number | null;
}

describe('what is killed', function () {
  this.timeout(300_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-crash-'));
    workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    const local = {
      models: {
        smollm2: { title: 'SmolLM2', gguf: paths.model },
        tiny: { title: 'Tiny Llama', gguf: path.join(paths.tinyLlama, 'base.gguf') },
      },
      clusters: { local: { type: 'local', root: path.join(folder, 'home'), python: { venv: paths.venv } } },
    };
    await writeFile(path.join(workspace, 'afina.local.yaml'), JSON.stringify(local));
    await writeFile(path.join(workspace, 'jobs', 'ensaio.yaml'), JOB);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      locale: 'pt-pt',
      theme: 'light',
      settings: { 'afina.runs.pollSeconds': 5, 'afina.preview.maxTokens': 200, 'files.autoSave': 'off' },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const runtimes = (): number[] =>
    descendantsOf(workbench.vscode.pid).filter((pid) =>
      readProc(pid, 'cmdline').includes('runtimeProcess.mjs'),
    );

  const extensionHosts = (): number[] =>
    descendantsOf(workbench.vscode.pid).filter((pid) =>
      readProc(pid, 'cmdline').includes('--type=extensionHost'),
    );

  it('the model’s process in the middle of an answer: a message, and the next try answers', async () => {
    await workbench.openFile(DATASET);
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().click();
    await frame.locator('.preview select').first().selectOption({ label: 'SmolLM2' });
    await frame.locator('.preview vscode-button.start').click();
    await frame.locator('article.answer.writing .answer-text').waitFor({ timeout: 60_000 });
    const [pid, ...others] = runtimes();
    assert.ok(pid !== undefined && others.length === 0, 'one process runs the model');
    process.kill(pid, 'SIGKILL');
    const failed = frame.locator('article.answer.failed');
    await failed.waitFor();
    assert.match(await failed.locator('.message.bad').innerText(), /SIGKILL/);
    await workbench.screenshot('preview-crashed');
    await failed.getByRole('button', { name: 'Tentar de novo' }).click();
    await frame.locator('article.answer.done').waitFor({ timeout: 120_000 });
    assert.notEqual(runtimes()[0], pid);
  });

  it('the model’s process, again and again at any moment: the window lives, each time there is a message', async () => {
    await workbench.openFile(DATASET);
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().click();
    await frame.locator('.preview select').first().selectOption({ label: 'SmolLM2' });
    const failed = frame.locator('article.answer.failed');
    const hosts = extensionHosts();
    assert.ok(hosts.length > 0);
    const again = frame.locator('.preview').getByRole('button', { name: 'Tentar de novo' });
    const start = frame.locator('.preview vscode-button.start');
    const kill = async (): Promise<void> => {
      for (const pid of runtimes()) process.kill(pid, 'SIGKILL');
      await workbench.until('no process runs the model', () => Promise.resolve(runtimes().length === 0));
    };
    // Milliseconds after its start, or when it writes.
    for (const moment of [0, 'writing', 150, 600, 'writing'] as const) {
      await ((await again.count()) > 0 ? again : start).click();
      if (moment === 'writing') {
        await frame.locator('article.answer.writing .answer-text').waitFor({ timeout: 120_000 });
      } else {
        await workbench.until('a process runs the model', () => Promise.resolve(runtimes().length > 0));
        await workbench.page.waitForTimeout(moment);
      }
      await kill();
      await failed.waitFor({ timeout: 60_000 });
      assert.match(
        await failed.locator('.message.bad').innerText(),
        /^O processo que executa o modelo terminou inesperadamente \(SIGKILL: foi terminado/,
      );
    }
    const done = frame.locator('article.answer.done');
    await again.click();
    await frame.locator('article.answer.writing .answer-text').waitFor({ timeout: 120_000 });
    // One that answers at once.
    await frame.locator('.preview vscode-button').last().click();
    await frame.locator('.preview select').first().selectOption({ label: 'Tiny Llama' });
    await start.click();
    await done.waitFor({ timeout: 120_000 });
    // While nobody waits: nobody hears of it.
    await kill();
    await start.click();
    await done.waitFor({ timeout: 120_000 });
    assert.deepEqual(extensionHosts(), hosts);
  });

  it('VS Code during a run and with an edit that is not saved: the run goes on, the edit is there', async () => {
    const file = path.join(workspace, DATASET);
    const saved = await readFile(file);
    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/Ensaio local/);
    const summary = await workbench.webview('#submit');
    await summary.locator('#submit').click();
    await summary.locator('#open-run').waitFor({ timeout: 60_000 });
    const runs = path.join(workspace, '.afina', 'runs');
    const [run, ...others] = (await readdir(runs)).filter((name) => name.includes('ensaio'));
    assert.ok(run !== undefined && others.length === 0);
    const stored = async (): Promise<StoredRun> =>
      JSON.parse(await readFile(path.join(runs, run, 'run.json'), 'utf8')) as StoredRun;
    const status = async (): Promise<{ state: string; step: number; pid: number }> =>
      JSON.parse(await readFile(path.join(folder, 'home', 'runs', run, 'status.json'), 'utf8')) as {
        state: string;
        step: number;
        pid: number;
      };
    await workbench.until(
      'the run trains, and the editor knows',
      async () => ((await stored()).step ?? 0) > 0,
      120_000,
    );

    // Made while the run goes on: a submission asks for unsaved records to be saved first.
    await workbench.openFile(DATASET);
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('textarea').last().click();
    await workbench.page.keyboard.press('Control+End');
    await workbench.page.keyboard.type(MARK);
    await workbench.until('the edit shows as unsaved', () => workbench.isDirty(path.basename(DATASET)));
    await workbench.untilKept();

    await workbench.kill();
    const before = await status();
    assert.equal(before.state, 'running', 'it was killed in the middle');
    assert.ok(isAlive(before.pid), 'the training outlives the editor');
    assert.deepEqual(await readFile(file), saved, 'nobody has saved');
    await workbench.restart();

    await workbench.tab(path.basename(DATASET)).click();
    const again = await workbench.webview('afina-dataset-editor');
    await again.locator('[role="option"]').first().click();
    await workbench.until('the edit is back', async () =>
      (await again.locator('textarea').last().inputValue()).endsWith(MARK),
    );
    assert.ok(await workbench.isDirty(path.basename(DATASET)));
    await workbench.openViewContainer('Afina');
    await workbench.until(
      'the run ends, and the editor knows',
      async () => (await stored()).state === 'completed',
      180_000,
    );
    assert.equal((await stored()).step, 600);
    assert.deepEqual(await readdir(path.join(folder, 'home', 'runs')), [run], 'one run, not two');
    await workbench.notification(/Ensaio local|ensaio/);
    await workbench.screenshot('after-crash');
    await workbench.tab(path.basename(DATASET)).click();
    await workbench.page.keyboard.press('Control+s');
    await workbench.until('the edit is saved', async () => (await readFile(file, 'utf8')).includes(MARK));
  });
});
