import { strict as assert } from 'node:assert';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { Workbench } from './harness';

const DATASET = 'datasets/direito-maritimo.jsonl';
const NAME = path.basename(DATASET);

function record(id: string, question: string, answer: string): string {
  return JSON.stringify({
    id,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    meta: { topic: 'reboque', status: 'draft', sources: ['Código Comercial, artigo 1.º'] },
  });
}

const RECORDS = [
  record(
    'v-1',
    'Quem chefia a bordo?',
    'O comandante chefia a equipe de bordo e responde por ela perante o armador, que é quem a contrata; ' +
      'nas manobras de atracação, a equipe segue as instruções do piloto da barra, e o comandante conserva a direção do navio.',
  ),
  record('v-2', 'O que é a arribada?', 'É a entrada do navio num porto que não era o do seu destino.'),
  record('v-3', 'Quem paga à equipe de estiva?', 'O operador portuário paga à equipe.'),
];

/** What axe-core finds in the page, one line a rule. */
async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  const { violations: found } = await frame.evaluate<AxeResults>('axe.run(document)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

describe('findings in the fields of a record', function () {
  this.timeout(300_000);
  let folder: string;
  let file: string;
  let workbench: Workbench;
  let frame: Frame;

  const marked = async (turn: number): Promise<string[]> =>
    frame.locator(`.turn[data-turn="${turn}"] .mark`).allInnerTexts();
  const saved = async (): Promise<string[]> => (await readFile(file, 'utf8')).trimEnd().split('\n');

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-findings-'));
    const workspace = path.join(folder, 'projeto');
    file = path.join(workspace, DATASET);
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    await writeFile(file, `${RECORDS.join('\n')}\n`);
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      theme: 'light',
      settings: { 'files.autoSave': 'off' },
    });
    await workbench.openFile(DATASET);
    frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('.mark').first().waitFor();
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('stand exactly under their words, whatever the width, and axe-core finds nothing with one open', async () => {
    const { page } = workbench;
    assert.deepEqual(await marked(1), ['equipe', 'equipe']);
    // The field grows with its lines: as high as the text behind it is, it breaks them at the same words.
    const misplaced = (): Promise<number[]> =>
      frame.evaluate<number[]>(`(() => {
        const field = document.querySelector('.turn[data-turn="1"] textarea');
        const behind = field.parentElement.querySelector('.marks');
        return [field.clientWidth - behind.clientWidth, field.scrollHeight - behind.scrollHeight];
      })()`);
    for (const width of [1440, 1100, 860]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(300);
      assert.deepEqual(await misplaced(), [0, 0], `${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    for (const theme of ['light', 'dark', 'highContrast'] as const) {
      await workbench.setTheme(theme);
      await frame.locator('.turn[data-turn="1"] textarea').click({ position: { x: 5, y: 5 } });
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('Alt+F8');
      await frame.locator('.finding-card').waitFor();
      await page.keyboard.press('Control+.');
      await page.waitForTimeout(300);
      assert.deepEqual(await violations(frame), [], theme);
      await workbench.screenshot(`findings-${theme}`);
      await page.keyboard.press('Escape');
      await frame.locator('.finding-card').waitFor({ state: 'detached' });
    }
    await workbench.setTheme('light');
  });

  it('are gone through, fixed and typed by the keyboard alone', async () => {
    const { page } = workbench;
    const field = frame.locator('.turn[data-turn="1"] textarea');
    await field.click({ position: { x: 5, y: 5 } });
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Alt+F8');
    await frame.locator('.finding-card').waitFor();
    const chosen = (): Promise<string> =>
      frame.evaluate<string>(
        'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)',
      );
    assert.equal(await chosen(), 'equipe');
    await page.keyboard.press('Control+.');
    await frame.locator('.finding-card:focus-within').waitFor();
    await page.keyboard.press('Enter');
    await workbench.until('one word is another', async () => (await marked(1)).length === 1);
    assert.match(await field.inputValue(), /chefia a equipa de bordo/);
    // The focus is back where one writes, and what is typed is checked at once.
    await page.keyboard.press('Control+End');
    const words = async (): Promise<number> => (await marked(1)).filter((each) => each === 'equipe').length;
    await page.keyboard.type(' Também há outra equipe.');
    await workbench.until('the new word is marked', async () => (await words()) === 2);
    for (const key of ['Backspace', 'Backspace', 'a', '.']) await page.keyboard.press(key);
    await workbench.until('and no longer once it is right', async () => (await words()) === 1);
    // Past the last one it goes on in the next record that has any.
    await page.keyboard.press('Alt+F8');
    await workbench.until(
      'the next record with findings is shown',
      async () => (await frame.locator('.field.id input').inputValue()) === 'v-3',
    );
    await page.keyboard.press('Alt+Shift+F8');
    await workbench.until(
      'and back',
      async () => (await frame.locator('.field.id input').inputValue()) === 'v-1',
    );
  });

  it('are fixed in the whole dataset in one step, which one undo takes back', async () => {
    const { page } = workbench;
    await workbench.runCommand('File: Revert File');
    await workbench.until('as saved', async () => (await marked(1)).length === 2);
    await frame.locator('.turn[data-turn="1"] textarea').click({ position: { x: 5, y: 5 } });
    await page.keyboard.press('Control+Alt+Shift+.');
    const question = await workbench.dialog({ button: 'Fix' });
    assert.match(question, /Fix 4 findings of variety\/lexical in 2 records\?/);
    await frame.locator('.bulk-note', { hasText: '4 findings fixed in 2 records.' }).waitFor();
    await workbench.save();
    await workbench.until(
      'saved',
      async () =>
        (await saved()).join('\n') === RECORDS.map((each) => each.replaceAll('equipe', 'equipa')).join('\n'),
    );
    await frame.locator('.list').press('Control+z');
    await workbench.until('edited again', () => workbench.isDirty(NAME));
    await workbench.save();
    await workbench.until('as before', async () => (await saved()).join('\n') === RECORDS.join('\n'));
  });

  it('lead from the sidebar and from Problems to their records', async () => {
    const { page } = workbench;
    await workbench.openViewContainer('Afina');
    const dataset = workbench.treeRow('Datasets', NAME);
    await dataset.waitFor();
    await dataset.locator('.monaco-tl-twistie').click();
    await workbench.treeRow('Datasets', 'Variety of Portuguese').click();
    await frame.locator('.count-text', { hasText: '2 of 3' }).waitFor();
    await frame.locator('.chip', { hasText: 'variety/*' }).waitFor();
    await workbench.runCommand('Problems: Focus on Problems View');
    const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'variety/lexical' }).last();
    await problem.waitFor();
    await workbench.screenshot('findings-problems');
    await problem.locator('a', { hasText: 'variety/lexical' }).click();
    await workbench.until(
      'the record is shown, at the finding',
      async () =>
        (await frame.locator('.field.id input').inputValue()) === 'v-3' &&
        (await frame.locator('.finding-card').count()) === 1,
    );
  });
});
