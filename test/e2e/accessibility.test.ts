import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { assertAccessible } from './accessibility';
import { Workbench } from './harness';
import { storedRun } from '../fixtures/storedRun';
import { answered, newComparison, sessionOf } from '../unit/evaluation/comparisonFiles';

const RUN = '20260101-120000-teste-abcdef';

function record(id: string, answer: string, status: string, reviews: readonly object[] = []): string {
  const messages = [
    { role: 'user', content: `Pergunta ${id}: quem responde pela perda da mercadoria?` },
    { role: 'assistant', content: answer },
  ];
  return JSON.stringify({ id, messages, meta: { topic: 'avarias', status, reviews } });
}

function verdict(name: string, given: string, reason = ''): object {
  const by = `${name} <${name.toLowerCase()}@example.pt>`;
  return {
    by,
    at: '2026-03-01T10:00:00.000Z',
    verdict: given,
    ...(reason === '' ? {} : { reason }),
    blind: true,
  };
}

const REVIEWED = [
  record('a', 'O transportador.', 'review', [verdict('Ana', 'rejected', 'Falta a fonte')]),
  record('b', 'O armador.', 'review', [
    verdict('Ana', 'approved'),
    verdict('Rui', 'rejected', 'Não é claro'),
  ]),
  record('c', 'O carregador.', 'approved', [verdict('Ana', 'approved'), verdict('Rui', 'approved')]),
  record('d', 'O afretador.', 'draft'),
];
const PREFERENCE = JSON.stringify({
  prompt: [{ role: 'user', content: 'Quem responde pela carga?' }],
  chosen: [{ role: 'assistant', content: 'O transportador.' }],
  rejected: [{ role: 'assistant', content: 'Ninguém.' }],
});
const CSV =
  'Pergunta;Resposta;Tema;Notas\nO que é o calado?;A altura imersa do casco.;navio;rever\nE a boca?;;navio;\n';

describe('pages in which axe-core finds nothing, in light, dark and both high-contrast themes', function () {
  this.timeout(400_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: workspace, stdio: 'pipe' });
  const write = (name: string, lines: readonly string[]): Promise<void> =>
    writeFile(path.join(workspace, name), lines.map((line) => `${line}\n`).join(''));
  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const nothingIn = (frame: Frame, state: string): Promise<void> => assertAccessible(workbench, frame, state);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-axe-'));
    workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    await appendFile(path.join(workspace, 'afina.yaml'), '\nreview: { reviewers: 2 }\n');
    await writeFile(
      path.join(workspace, 'jobs', 'teste.yaml'),
      'version: 1\ntitle: Teste\ndataset: datasets/direito-maritimo.jsonl\nbase: eurollm\ncluster: local\n',
    );
    await write('datasets/revisao.jsonl', REVIEWED);
    await write('datasets/conflito.jsonl', [record('x', 'Um.', 'draft'), record('y', 'Dois.', 'draft')]);
    await write('datasets/fusao.jsonl', [record('m', 'O transportador.', 'draft')]);
    await write('datasets/partido.jsonl', ['{"id":"p","messages":[', record('q', 'Sim.', 'draft')]);
    await write('datasets/vazio.jsonl', []);
    await write('datasets/preferencia.jsonl', [PREFERENCE]);
    await writeFile(path.join(workspace, 'perguntas.csv'), CSV);
    await writeFile(path.join(workspace, 'partida.csv'), 'pergunta;resposta\na;b\nc;"d\ne;f\n');
    await answered(sessionOf(await newComparison(2, workspace)));
    await storeRun(path.join(workspace, '.afina', 'runs', RUN));
    git('init', '--quiet', '--initial-branch=main');
    git('config', 'user.name', 'Eva Reis');
    git('config', 'user.email', 'eva@example.pt');
    await appendFile(path.join(workspace, '.git', 'info', 'exclude'), '.vscode/\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'base');
    git('checkout', '--quiet', '-b', 'ana');
    await write('datasets/fusao.jsonl', [
      record('m', 'O transportador, salvo culpa do carregador.', 'draft'),
    ]);
    git('commit', '--quiet', '-am', 'ana');
    git('checkout', '--quiet', 'main');
    await write('datasets/fusao.jsonl', [record('m', 'O transportador e o armador.', 'draft')]);
    git('commit', '--quiet', '-am', 'eva');
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      locale: 'pt-pt',
      theme: 'light',
      settings: {
        'files.autoSave': 'off',
        'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' },
        'workbench.diffEditorAssociations': { '*.jsonl': 'afina.datasetEditor' },
      },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
    await workbench.openViewContainer('Explorer');
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('a line that is no JSON, a dataset without records, a record with two answers', async () => {
    await workbench.openFile('datasets/partido.jsonl');
    await nothingIn(await workbench.webview('.form textarea.code'), 'raw line');
    await workbench.openFile('datasets/vazio.jsonl');
    await nothingIn(await workbench.webview('.empty vscode-button'), 'empty dataset');
    await workbench.openFile('datasets/preferencia.jsonl');
    await nothingIn(await workbench.webview('.part.rejected'), 'preference record');
  });

  it('the review: blind, with its reasons, in a queue, verdicts that differ, a history', async () => {
    await workbench.openFile('datasets/revisao.jsonl');
    const frame = await workbench.webview('afina-review-bar .review-bar');
    const shows = (id: string): Promise<void> =>
      workbench.until(
        `${id} is shown`,
        async () => (await frame.locator('.field.id input').inputValue()) === id,
      );
    await shows('a');
    await nothingIn(frame, 'review, blind');
    await frame.locator('.list').focus();
    await press('Alt+k');
    await frame.locator('.queue progress').waitFor();
    await nothingIn(frame, 'review, in a queue');
    await press('Alt+r');
    await frame.locator('afina-reason-box input').waitFor();
    await press('ArrowDown');
    await nothingIn(frame, 'review, reasons');
    await press('Escape');
    await frame.locator('[role="option"]').nth(1).click();
    await frame.locator('.differ article').first().waitFor();
    await nothingIn(frame, 'review, verdicts that differ');
    await frame.locator('[role="option"]').nth(2).click();
    await shows('c');
    await frame.locator('details.history summary').click();
    await nothingIn(frame, 'review, history');
    await press('Alt+Shift+r');
    await nothingIn(await workbench.webview('.tiles'), 'review report');
  });

  it('the choice of many records: its bar, its questions and what came of them', async () => {
    await workbench.openFile('datasets/conflito.jsonl');
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().click();
    await press('Control+Alt+a');
    const bar = frame.locator('.bulk-bar');
    await bar.waitFor();
    await nothingIn(frame, 'bulk bar');
    for (const name of ['Tema…', 'Fontes…', 'Mover…']) {
      await bar.getByRole('button', { name }).click();
      await workbench.page.locator('.quick-input-widget input').first().waitFor();
      await nothingIn(frame, `bulk bar, ${name}`);
      await press('Escape');
    }
    await frame.locator('.list').focus();
    await press('Alt+3');
    await workbench.dialog();
    await nothingIn(frame, 'bulk bar, asking');
    await press('Enter');
    await frame.locator('.bulk-note:not(.visually-hidden)').waitFor();
    await nothingIn(frame, 'bulk bar, outcome');
  });

  it('a record that another program changed too', async () => {
    await workbench.openFile('datasets/conflito.jsonl');
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('textarea').last().click();
    await press('Control+End');
    await workbench.page.keyboard.type(' Meu.');
    await workbench.until('it is an edit', () => workbench.isDirty('conflito.jsonl'));
    await write('datasets/conflito.jsonl', [
      record('x', 'Um, deles.', 'draft'),
      record('y', 'Dois.', 'draft'),
    ]);
    await frame.locator('.conflict-panel').waitFor();
    await nothingIn(frame, 'conflict with the file');
    await press('Alt+Shift+ArrowLeft');
    await frame.locator('.conflict-panel').waitFor({ state: 'detached' });
  });

  it('a version of a dataset that is only for reading', async () => {
    await write('datasets/fusao.jsonl', [record('m', 'Outra resposta.', 'draft')]);
    await workbench.openFile('datasets/fusao.jsonl');
    await workbench.openViewContainer('Source Control');
    await workbench.page.locator('.scm-view .monaco-list-row', { hasText: 'fusao.jsonl' }).first().click();
    const frame = await workbench.webview('.form .message.info.boxed');
    await nothingIn(frame, 'only for reading');
    git('checkout', '--quiet', '--', 'datasets/fusao.jsonl');
  });

  it('the merge of two branches', async () => {
    await workbench.openFile('datasets/fusao.jsonl');
    await workbench.runCommand('Afina: Fundir conjunto de dados…');
    await workbench.pick('ana');
    const frame = await workbench.webview('fieldset');
    await nothingIn(frame, 'merge');
    await frame.locator('input[type="radio"]').first().focus();
    await press('ArrowRight');
    await frame.locator('section.decided').waitFor();
    await nothingIn(frame, 'merge, decided');
  });

  it('the import: its mapping, its end and a file that is broken', async () => {
    const row = (name: string) =>
      workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
    await workbench.chooseInMenu(row('perguntas.csv'), 'Importar…');
    const frame = await workbench.webview('.mapping table');
    await frame.locator('input.name').fill('datasets/importados');
    await nothingIn(frame, 'import');
    await frame.locator('h1').click();
    await press('Control+Enter');
    await frame.locator('.banner.good').waitFor();
    await nothingIn(frame, 'import, done');
    await workbench.chooseInMenu(row('partida.csv'), 'Importar…');
    await nothingIn(await workbench.webview('.banner.bad'), 'import, broken');
  });

  it('a blind comparison: two answers, the question for a reason, the results', async () => {
    await workbench.runCommand('Afina: Comparar às cegas…');
    await workbench.pick('direito.jsonl');
    const frame = await workbench.webview('#page .answers');
    await press('r');
    await frame.locator('.reference').waitFor();
    await nothingIn(frame, 'blind comparison');
    await press('Shift+1');
    await frame.locator('.reason-box input').waitFor();
    await nothingIn(frame, 'blind comparison, reason');
    await press('1');
    await frame.locator('.where', { hasText: '2 de 2' }).waitFor();
    await press('2');
    await frame.locator('.results').waitFor();
    await nothingIn(frame, 'blind comparison, results');
  });

  it('the summary of a submission, and a run', async () => {
    await workbench.runCommand('Afina: Submeter tarefa de afinação…');
    await workbench.pick(/Teste/);
    await nothingIn(await workbench.webview('#submit'), 'submission');
    await workbench.openViewContainer('Afina');
    await workbench.treeRow('Execuções', /teste/i).click();
    const frame = await workbench.webview('.pill');
    await frame.locator('.uplot').waitFor();
    await nothingIn(frame, 'run');
    assert.match(await frame.locator('h1').innerText(), /\S/);
  });
});

async function storeRun(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const metrics = Array.from({ length: 10 }, (_, at) =>
    JSON.stringify({ type: 'train', step: at + 1, epoch: null, loss: 3 - at / 5 }),
  );
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(storedRun(RUN)));
  await writeFile(path.join(folder, 'metrics.jsonl'), `${metrics.join('\n')}\n`);
  await writeFile(path.join(folder, 'train.log'), 'begin\n100%|###\nend\n');
}
