import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { storedRun } from '../fixtures/storedRun';
import { ROOT, paths } from '../lab/paths.mjs';
import { Workbench } from './harness';

const RUN = '20260101-120000-teste-a1b2c3';
const QUESTIONS = ['O que é o frete?', 'Quem é o armador?', 'O que é um navio?', 'O que é o fretamento?'];

function recordLine(question: string, at: number): string {
  return JSON.stringify({
    id: `dm-${at}`,
    messages: [
      { role: 'user', content: question },
      {
        role: 'assistant',
        content: `Resposta de referência à pergunta «${question}», nos termos do Decreto-Lei n.º 352/86.`,
      },
    ],
    meta: {
      status: 'approved',
      sources: ['Decreto-Lei n.º 352/86, de 21 de outubro'],
      ...(at === 0 ? { expect: { notContains: 'zzz', maxLength: 200 } } : {}),
      ...(at === 1 ? { expect: { contains: 'zzz' } } : {}),
      ...(at === 2 ? { expect: { contem: 'frete' } } : {}),
    },
  });
}

describe('judging answers in a browser', function () {
  this.timeout(300_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-judge-'));
    workspace = path.join(folder, 'projeto');
    const run = path.join(workspace, '.afina', 'runs', RUN);
    await mkdir(run, { recursive: true });
    await mkdir(path.join(workspace, 'datasets'));
    const base = path.join(paths.tinyLlama, 'base.gguf');
    await writeFile(
      path.join(workspace, 'afina.yaml'),
      JSON.stringify({
        version: 1,
        datasets: ['datasets/*.jsonl'],
        models: { tiny: { title: 'Tiny Llama', gguf: base } },
      }),
    );
    await writeFile(
      path.join(workspace, 'datasets', 'provas.jsonl'),
      `${QUESTIONS.map(recordLine).join('\n')}\n`,
    );
    const gguf = path.join(run, 'adapter.gguf');
    const convert = ['convert', path.join(paths.adapters, 'plain'), '--base', base, '--out', gguf];
    await promisify(execFile)(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), ...convert]);
    const stored = storedRun(RUN) as Record<string, unknown>;
    const fetched = { adapterDir: 'adapter', gguf: 'adapter.gguf', sha256: '', bytes: 1 };
    await writeFile(
      path.join(run, 'run.json'),
      JSON.stringify({ ...stored, base: { model: 'tiny', gguf: base, hf: null }, fetched }),
    );
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'light',
      settings: { 'afina.preview.maxTokens': 24 },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('runs what records expect in the Test Explorer: passed, failed with the answer, malformed', async () => {
    const { page } = workbench;
    await workbench.openViewContainer('Testing');
    const row = (text: string) => page.locator('.test-explorer .monaco-list-row', { hasText: text }).first();
    await row('provas.jsonl').waitFor();
    await row('provas.jsonl').click();
    await page.keyboard.press('ArrowRight');
    await row('dm-2').waitFor();
    await workbench.runCommand('Test: Run All Tests');
    const shows = async (text: string, state: string): Promise<boolean> =>
      ((await row(text).getAttribute('aria-label')) ?? '').includes(state);
    await workbench.until('one has passed', () => shows('dm-0', 'Passed'), 90_000);
    await workbench.until('one has failed', () => shows('dm-1', 'Failed'));
    await workbench.until('one is malformed', () => shows('dm-2', 'Errored'));
    await page.locator('.monaco-list-row', { hasText: 'A resposta não contém «zzz».' }).first().click();
    // The editor writes other spaces than the message.
    await page
      .locator('.view-line', { hasText: /A.resposta:/ })
      .first()
      .waitFor();
    await workbench.screenshot('evaluation-tests');
    await workbench.runCommand('View: Toggle Panel Visibility');
  });

  it('evaluates base and adapter, shows who is better, opens a record, and asks nothing twice', async () => {
    const { page } = workbench;
    await workbench.runCommand('Afina: Avaliar…');
    await workbench.pick(/provas\.jsonl/);
    await workbench.pick(/^teste/);
    await page.keyboard.press('Enter');
    const frame = await workbench.webview('table.answerers');
    const answered = (): Promise<string[]> =>
      frame.locator('table.answerers tbody tr td:nth-child(2)').allInnerTexts();
    await workbench.until('all is answered', async () => (await answered()).join() === '4,4', 120_000);
    await frame.locator('.reading').waitFor({ state: 'detached' });
    assert.ok((await frame.locator('.best-mark').count()) > 1, 'somebody is better in something');
    const means = await frame.locator('table.answerers tbody tr td:nth-child(3)').allInnerTexts();
    for (const mean of means) assert.match(mean, /\d,\d\s+\[\d+,\d; \d+,\d\]/);
    await workbench.screenshot('evaluation-light');

    await frame.getByRole('button', { name: 'chrF++' }).click();
    assert.equal(await frame.locator('th[aria-sort="descending"]').count(), 1);
    await frame
      .locator('table.records thead')
      .getByRole('button', { name: /^teste/ })
      .click();
    await frame.locator('button.record').first().click();
    const detail = frame.locator('.drill');
    await detail.getByText('Resposta de referência à pergunta').waitFor();
    assert.equal(await detail.locator('article').count(), 3);
    await workbench.setTheme('dark');
    await workbench.screenshot('evaluation-dark');

    const folders = await readdir(path.join(workspace, '.afina', 'evaluations'));
    assert.equal(folders.length, 1);
    const results = path.join(workspace, '.afina', 'evaluations', folders[0]!, 'results.jsonl');
    const before = await readFile(results, 'utf8');
    await workbench.runCommand('Afina: Avaliar…');
    await workbench.pick(/provas\.jsonl/);
    await workbench.pick(/^teste/);
    await page.keyboard.press('Enter');
    await frame.getByText('8 respostas já existiam e não foram pedidas de novo.').waitFor();
    assert.equal(await readFile(results, 'utf8'), before);

    await frame.getByRole('button', { name: 'Markdown' }).click();
    await page
      .locator('.monaco-editor .view-line', { hasText: /Semente.42/ })
      .first()
      .waitFor();
    await workbench.screenshot('evaluation-markdown');

    await workbench.runCommand('Afina: Abrir avaliação…');
    await workbench.pick(/provas\.jsonl/);
    const again = await workbench.webview('table.answerers');
    await again.locator('button.record').first().waitFor();
    if ((await again.locator('.drill').count()) === 0) await again.locator('button.record').first().click();
    await again.getByRole('button', { name: 'Abrir o registo no editor' }).click();
    const editor = await workbench.webview('afina-dataset-editor');
    await editor.locator('textarea').first().waitFor();
  });
});
