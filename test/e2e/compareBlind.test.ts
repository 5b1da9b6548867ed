import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT, paths } from '../lab/paths.mjs';
import { runAfina } from '../unit/cli/runAfina';
import { Workbench } from './harness';

const DATASET = 'datasets/perguntas.jsonl';
const RECORDS = 21;
const THINGS = [
  ...['o frete', 'um navio', 'o armador', 'a avaria', 'o reboque', 'a salvação', 'o porto', 'a carga'],
  ...['o capitão', 'a tripulação', 'o afretador', 'o conhecimento de carga', 'a estadia', 'o abalroamento'],
  ...['a bandeira', 'o registo', 'o seguro marítimo', 'a hipoteca naval', 'o cais', 'o mar territorial'],
  ...['a zona contígua', 'o transitário'],
];
const JOB = `version: 1
title: TÍTULO
dataset: DATASET
base: tiny
evaluation: 0
lora: { r: 4, alpha: 8, dropout: 0 }
training: { maxSteps: 16, batchSize: 4, gradientAccumulation: 1, learningRate: 0.02, maxLength: 256 }
`;
const job = (title: string, dataset: string): string =>
  JOB.replace('TÍTULO', title).replace('DATASET', dataset);

interface Vote {
  readonly judge: string;
  readonly verdict: string | null;
  readonly reason: string;
}

interface Preference {
  readonly prompt: unknown;
  readonly chosen: string;
  readonly rejected: string;
  readonly meta: { readonly comparison: { readonly chosen: { readonly run: string | null } } };
}

describe('a blind comparison in a browser, by keyboard, whose verdicts train', function () {
  this.timeout(600_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-compare-'));
    workspace = path.join(folder, 'projeto');
    for (const name of ['datasets', 'jobs']) await mkdir(path.join(workspace, name), { recursive: true });
    const config = {
      version: 1,
      models: { tiny: { title: 'Tiny Llama', gguf: path.join(paths.tinyLlama, 'base.gguf') } },
      clusters: { local: { type: 'local', root: path.join(folder, 'home'), python: { venv: paths.venv } } },
    };
    await writeFile(path.join(workspace, 'afina.yaml'), JSON.stringify(config));
    const records = THINGS.map((thing, at) => ({
      id: `p-${at + 1}`,
      messages: [
        { role: 'user', content: `O que é ${thing}?` },
        { role: 'assistant', content: `Em direito marítimo, ${thing} define-se na lei.` },
      ],
      meta: { status: 'approved' },
    }));
    await writeFile(
      path.join(workspace, DATASET),
      records.map((each) => `${JSON.stringify(each)}\n`).join(''),
    );
    await writeFile(path.join(workspace, 'jobs', 'afinado.yaml'), job('Afinado', DATASET));
    execFileSync('git', ['init', '--quiet'], { cwd: workspace });
    execFileSync('git', ['config', 'user.name', 'Ana Silva'], { cwd: workspace });
    execFileSync('git', ['config', 'user.email', 'ana@example.pt'], { cwd: workspace });
    const afina = async (...args: string[]): Promise<{ readonly run: string }> => {
      const { code, stdout, stderr } = await runAfina(workspace, [...args, '--json']);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as { run: string };
    };
    const { run } = await afina('submit', 'jobs/afinado.yaml', '--yes');
    await afina('watch', run);
    await afina('fetch', run);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'light',
      settings: { 'afina.runs.pollSeconds': 5, 'afina.preview.maxTokens': 16 },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  /** The questions come one after the other, in the same box. */
  const answer = async (step: number, text: string): Promise<void> => {
    await workbench.page.locator('.quick-input-title', { hasText: `${step} de 5` }).waitFor();
    await workbench.type(text);
  };
  const page = (): Promise<Frame> => workbench.webview('#page .answers', 60_000);
  const where = (frame: Frame): Promise<string> => frame.locator('.where').innerText();
  const at = async (frame: Frame, position: number): Promise<void> => {
    await workbench.until(`record ${position} is shown`, async () =>
      new RegExp(`^\\s*${position} de`).test(await where(frame)),
    );
    await frame.locator('.answers').waitFor({ timeout: 60_000 });
  };
  const done = async (frame: Frame): Promise<boolean> => (await where(frame)).trim().startsWith('Todos');
  const votes = async (): Promise<Vote[]> => {
    const parent = path.join(workspace, '.afina', 'comparisons');
    const id = (await readdir(parent)).find((name) => !name.startsWith('.'))!;
    const files = (await readdir(path.join(parent, id))).filter((name) => name.startsWith('votes-'));
    assert.deepEqual(
      files.map((name) => name.slice(0, 16)),
      ['votes-ana-silva-'],
    );
    const text = await readFile(path.join(parent, id, files[0]!), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Vote);
  };

  it('judges 20 records and more without knowing who answered, and goes on after a break', async () => {
    await workbench.runCommand('Afina: Comparar às cegas…');
    await workbench.pick(DATASET);
    await workbench.pick('Tiny Llama');
    await workbench.pick(/Afinado|afinado/);
    await answer(4, String(RECORDS));
    await answer(5, '7');
    let frame = await page();
    await at(frame, 1);
    const text = await frame.locator('#page').innerText();
    assert.doesNotMatch(text, /llama|afinado|tokens\/s/i);
    await workbench.screenshot('compare-light');
    for (const [place, key] of ['1', '2', '3', '4'].entries()) {
      await press(key);
      await at(frame, place + 2);
    }
    // With a reason: a usual one by its digit, which is no verdict on the next record.
    await press('Shift+1');
    await frame.locator('.reason-box input').waitFor();
    await workbench.screenshot('compare-reason-light');
    await press('2');
    await at(frame, 6);
    await press('2');
    await at(frame, 7);
    await press('Control+z');
    await at(frame, 6);
    await press('r');
    await frame.locator('.reference').waitFor();
    await workbench.setTheme('dark');
    await workbench.screenshot('compare-dark');
    assert.deepEqual(
      (await votes()).map(({ verdict, reason }) => [verdict === null, reason]),
      [false, false, false, false, false, false, true].map((back, index) => [
        back,
        index === 4 ? 'Mais completa' : '',
      ]),
    );

    await workbench.runCommand('View: Close Editor');
    await workbench.runCommand('Afina: Comparar às cegas…');
    await workbench.pick('perguntas.jsonl');
    frame = await page();
    await at(frame, 6);
    let position = 6;
    while (!(await done(frame))) {
      await frame.locator('.answers').waitFor({ timeout: 60_000 });
      // Whoever prefers the longer answer has a taste that can be learned.
      const [left, right] = await frame.locator('.answer .text').allInnerTexts();
      await press((left ?? '').length >= (right ?? '').length ? '1' : '2');
      position++;
      await workbench.until(`record ${position} is shown`, async () =>
        new RegExp(`^\\s*(${position} de|Todos)`).test(await where(frame)),
      );
    }
    const current = (await votes()).length - 2;
    assert.ok(current >= 20, `${current} records were judged`);
  });

  it('tells who is who, and who was preferred, only at the end', async () => {
    const frame = await workbench.webview('#page .results');
    const text = await frame.locator('.results').innerText();
    assert.match(text, /Tiny Llama/);
    assert.match(text, /p [=<] /);
    await frame.locator('.results').scrollIntoViewIfNeeded();
    await workbench.screenshot('compare-results-dark');
    await workbench.setTheme('light');
    await workbench.screenshot('compare-results-light');
  });

  it('exports the verdicts as preferences, on which a job trains by DPO', async () => {
    const frame = await workbench.webview('#page .results');
    await frame.locator('#page').focus();
    await press('Control+Alt+e');
    await workbench.pick('Preferências (DPO)');
    await workbench.pick(/^\s*datasets\/perguntas-dpo/);
    await workbench.notification(/Registos acrescentados/);
    const name = (await readdir(path.join(workspace, 'datasets'))).find((each) => each.includes('-dpo-'))!;
    const written = (await readFile(path.join(workspace, 'datasets', name), 'utf8')).trim().split('\n');
    const preferences = written.map((line) => JSON.parse(line) as Preference);
    // Two of the verdicts were a tie and both bad.
    assert.ok(preferences.length >= 18);
    for (const { prompt, chosen, rejected, meta } of preferences) {
      assert.match(String(prompt), /^O que é /);
      assert.notEqual(chosen, rejected);
      assert.notEqual(meta.comparison.chosen.run, undefined);
    }

    await workbench.dismissNotifications();
    const text = `${job('Preferências', `datasets/${name}`)}method: dpo\ndpo: { beta: 0.2 }\n`;
    await writeFile(path.join(workspace, 'jobs', 'preferencias.yaml'), text);
    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/Preferências/);
    const summary = await workbench.webview('#submit');
    assert.match(await summary.locator('#page').innerText(), /preferências \(DPO\), beta 0\.2/);
    await workbench.screenshot('submission-dpo-light');
    await summary.locator('#submit').click();
    await summary.locator('#open-run').click({ timeout: 60_000 });
    const run = await workbench.webview('.pill');
    await run.locator('.pill.good').waitFor({ timeout: 180_000 });
    await workbench.screenshot('run-dpo-light');
    const id = (await readdir(path.join(workspace, '.afina', 'runs'))).find((each) =>
      each.includes('preferencias'),
    )!;
    const of = (file: string): Promise<string> =>
      readFile(path.join(folder, 'home', 'runs', id, file), 'utf8');
    const metrics = (await of('metrics.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    assert.ok(Math.abs(metrics[0]!.loss! - Math.LN2) < 0.01, 'the adapter begins as the base');
    assert.ok(metrics.at(-1)!.rewardMargin! > metrics[0]!.rewardMargin!);
    const result = JSON.parse(await of('result.json')) as { metrics: { trainRecords: number } };
    assert.equal(result.metrics.trainRecords, preferences.length);
  });
});
