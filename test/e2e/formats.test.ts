import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../lab/paths.mjs';
import { Workbench } from './harness';

const CSV = [
  'N.º;Pergunta;Resposta;Matéria;Fontes;Notas internas',
  '1;Quem autoriza a largada do navio?;"O capitão do porto;\r\npor despacho.";despacho;Decreto-Lei n.º 370/2007;rever',
  '2;O que é a avaria grossa?;Despesa extraordinária – até 5 % da carga.;avarias;;',
  '3;Falta a resposta?;;avarias;;ver com o Rui',
].join('\r\n');
const ALPACA = [
  '{"instruction": "Definir «calado».", "input": "", "output": "Altura da parte imersa do casco.", "n": 1.0}',
  '{"instruction": "Traduzir.", "input": "draught", "output": "calado", "n": 2.0}',
];
const PREFERENCE =
  '{"id":"p-1","prompt":"Quem responde pela carga?","chosen":"O transportador, salvo causa de exoneração.","rejected":"Ninguém.","meta":{"status":"draft"}}';

describe('formats in a browser', function () {
  this.timeout(240_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;
  const inWorkspace = (name: string): string => path.join(workspace, name);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-formatos-'));
    workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    const bytes = Buffer.from(CSV.replaceAll('–', '\x96'), 'latin1');
    await writeFile(inWorkspace('perguntas.csv'), bytes);
    await writeFile(inWorkspace('partida.csv'), 'pergunta;resposta\na;b\nc;"d\ne;f\n');
    await writeFile(inWorkspace('datasets/alpaca.jsonl'), `${ALPACA.join('\r\n')}\r\n`);
    await writeFile(inWorkspace('datasets/preferencias.jsonl'), `${PREFERENCE}\n`);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-br',
      theme: 'light',
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('imports a table of Excel through the mapping, by mouse and keyboard', async () => {
    const row = workbench.page.locator('.explorer-folders-view .monaco-list-row', {
      hasText: 'perguntas.csv',
    });
    await workbench.chooseInMenu(row, 'Importar…');
    const frame = await workbench.webview('.mapping table');
    const facts = await frame.locator('header').innerText();
    assert.match(facts, /Windows-1252/);
    assert.match(facts, /ponto e vírgula/);
    // The names tell most of it; one field is changed by the mouse, another by the keyboard.
    assert.equal(await frame.getByLabel('Pergunta', { exact: true }).inputValue(), 'prompt');
    assert.equal(await frame.getByLabel('Resposta', { exact: true }).inputValue(), 'answer');
    await frame.getByLabel('Matéria').selectOption('meta');
    await frame.locator('.record .facts', { hasText: 'despacho' }).waitFor({ state: 'detached' });
    await frame.getByLabel('Matéria').selectOption('topic');
    await frame.locator('.record .facts', { hasText: 'despacho' }).waitFor();
    await workbench.screenshot('import-light');
    const name = frame.locator('input.name');
    await name.fill('datasets/importados');
    await frame.getByLabel('Notas internas').focus();
    await workbench.page.keyboard.type('Nota');
    await workbench.until(
      'the note is kept',
      async () => (await frame.getByLabel('Notas internas').inputValue()) === 'meta',
    );
    await workbench.setTheme('dark');
    await workbench.screenshot('import-dark');
    await frame.locator('h1').click();
    await workbench.page.keyboard.press('Control+Enter');
    await frame.locator('.banner.good').waitFor();
    await workbench.screenshot('import-done');
    const lines = (await readFile(inWorkspace('datasets/importados.jsonl'), 'utf8')).trimEnd().split('\n');
    assert.deepEqual(JSON.parse(lines[0]!), {
      id: '1',
      messages: [
        { role: 'user', content: 'Quem autoriza a largada do navio?' },
        { role: 'assistant', content: 'O capitão do porto;\npor despacho.' },
      ],
      meta: {
        'Notas internas': 'rever',
        topic: 'despacho',
        status: 'draft',
        sources: ['Decreto-Lei n.º 370/2007'],
      },
    });
    assert.equal(lines.length, 3);
    await workbench.setTheme('light');
    await frame.locator('#open').click();
    const editor = await workbench.webview('afina-dataset-editor');
    await editor.locator('.row-title', { hasText: 'Quem autoriza' }).waitFor();
  });

  it('says where a table is broken, and shows the line', async () => {
    const row = workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'partida.csv' });
    await workbench.chooseInMenu(row, 'Importar…');
    const frame = await workbench.webview('.banner.bad');
    assert.match(await frame.locator('.banner.bad').innerText(), /partida\.csv, linha 3: .*aspas/);
    await workbench.screenshot('import-broken');
    await frame.getByRole('button', { name: 'Mostrar a linha' }).click();
    await workbench.page.locator('.statusbar a[aria-label^="Ln 3,"]').waitFor();
  });

  it('edits an Alpaca record in its own shape', async () => {
    await workbench.openFile('datasets/alpaca.jsonl');
    const frame = await workbench.webview('.shape-note');
    await frame.locator('.row-title', { hasText: 'Definir' }).waitFor();
    assert.deepEqual(await frame.locator('.turn .role').allInnerTexts(), [
      'Instrução',
      'Contexto',
      'Assistente',
    ]);
    await frame.locator('.turn.assistant textarea').click();
    await workbench.page.keyboard.press('Control+End');
    await workbench.page.keyboard.type(' Mede-se em metros.');
    await workbench.screenshot('alpaca-light');
    await frame.getByRole('button', { name: 'Adicionar texto de sistema' }).click();
    await frame.locator('.turn.system textarea:focus').waitFor();
    await workbench.page.keyboard.type('Responder em português.');
    await workbench.page.keyboard.press('Control+s');
    await workbench.until('the file is saved', async () => {
      const text = await readFile(inWorkspace('datasets/alpaca.jsonl'), 'utf8');
      return text.includes('português');
    });
    assert.equal(
      await readFile(inWorkspace('datasets/alpaca.jsonl'), 'utf8'),
      `{"instruction": "Definir «calado».", "system": "Responder em português.", "input": "", "output": "Altura da parte imersa do casco. Mede-se em metros.", "n": 1.0}\r\n${ALPACA[1]}\r\n`,
    );
  });

  it('shows which answer of a preference record is preferred', async () => {
    await workbench.openFile('datasets/preferencias.jsonl');
    const frame = await workbench.webview('.turn.rejected');
    assert.deepEqual(await frame.locator('.turn .role').allInnerTexts(), [
      'Utilizador',
      'Resposta preferida',
      'Resposta rejeitada',
    ]);
    await workbench.screenshot('preference-light');
  });

  it('exports with what the format cannot carry said beforehand', async () => {
    await workbench.runCommand('Afina: Exportar…');
    await workbench.pick('DPO (TRL)');
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'rascunho' }).click();
    await workbench.screenshot('export-statuses');
    await workbench.page.keyboard.press('Enter');
    const text = await workbench.dialog();
    assert.match(text, /Exportar 1 registo como DPO/);
    await workbench.screenshot('export-dialog');
    await workbench.dialog({ button: 'Escolher ficheiro…' });
    const input = workbench.page.locator('.quick-input-widget input').first();
    // The dialog writes its own proposal into the field a moment after it opens.
    await workbench.until('the dialog proposes a name', async () =>
      (await input.inputValue()).includes('preferencias-preference.jsonl'),
    );
    await input.fill(inWorkspace('saida.jsonl'));
    await workbench.page.keyboard.press('Enter');
    await workbench.notification(/Registos exportados: 1/);
    const line = (await readFile(inWorkspace('saida.jsonl'), 'utf8')).trimEnd();
    assert.deepEqual(JSON.parse(line), {
      prompt: 'Quem responde pela carga?',
      chosen: 'O transportador, salvo causa de exoneração.',
      rejected: 'Ninguém.',
      id: 'p-1',
    });
  });
});
