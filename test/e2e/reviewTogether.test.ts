import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../lab/paths.mjs';
import { Workbench } from './harness';

const NAME = 'conjunto.jsonl';
const ANA = 'Ana Silva <ana@example.pt>';

function record(id: string, answer: string, reviews: readonly object[] = []): string {
  const messages = [
    { role: 'user', content: `Pergunta ${id}: quem responde pela perda da mercadoria?` },
    { role: 'assistant', content: answer },
  ];
  return JSON.stringify({ id, messages, meta: { topic: 'avarias', status: 'review', reviews } });
}

const first = {
  by: ANA,
  at: '2026-03-01T10:00:00.000Z',
  verdict: 'rejected',
  reason: 'Falta a fonte',
  blind: true,
};

describe('two people on one dataset, in a browser', function () {
  this.timeout(300_000);
  let folder: string;
  let file: string;
  let workbench: Workbench;
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
  const write = (lines: readonly string[]): Promise<void> => writeFile(file, `${lines.join('\n')}\n`);
  const lines = async (): Promise<string[]> => (await readFile(file, 'utf8')).trimEnd().split('\n');
  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-together-'));
    await mkdir(path.join(folder, 'datasets'));
    file = path.join(folder, 'datasets', NAME);
    await writeFile(path.join(folder, 'afina.yaml'), 'version: 1\nreview: { reviewers: 2 }\n');
    const base = [
      record('a', 'O transportador.', [first]),
      record('b', 'O transportador.'),
      record('c', 'O armador.'),
    ];
    await write(base);
    git('init', '--quiet', '--initial-branch=main');
    git('config', 'user.name', 'Rui Costa');
    git('config', 'user.email', 'rui@example.pt');
    git('add', '.');
    git('commit', '--quiet', '-m', 'base');
    git('checkout', '--quiet', '-b', 'ana');
    await write([
      base[0]!,
      record('b', 'O transportador, salvo culpa do carregador.'),
      record('c', 'O armador.'),
      record('d', 'Ninguém.'),
    ]);
    git('commit', '--quiet', '-am', 'ana');
    git('checkout', '--quiet', 'main');
    workbench = await Workbench.open({
      workspace: folder,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'dark',
      settings: { 'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' } },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('hides the first verdict until the second is given, and lets a third person decide', async () => {
    await workbench.openFile(`datasets/${NAME}`);
    const frame = await workbench.webview('afina-review-bar .review-bar');
    const bar = frame.locator('.review-bar');
    const id = frame.locator('.field.id input');
    await workbench.until('the first record is shown', async () => (await id.inputValue()) === 'a');
    // Nothing of the first verdict is on the page, shown or not.
    assert.doesNotMatch(await frame.locator('afina-dataset-editor').innerHTML(), /Ana Silva|Falta a fonte/);
    assert.match(await bar.innerText(), /Pareceres dos outros ocultos/);
    await workbench.screenshot('review-blind-dark');
    await press('Alt+a');
    await workbench.until('the next record is shown', async () => (await id.inputValue()) === 'b');
    await press('Alt+b');
    await workbench.until('back at the first one', async () => (await id.inputValue()) === 'a');
    await workbench.until(
      'both are shown',
      async () => (await frame.locator('.differ article').count()) === 2,
    );
    assert.match(await bar.innerText(), /Falta a fonte/);
    await press('Control+s');
    await workbench.until('it is saved', async () => !(await workbench.isDirty(NAME)));
    const saved = JSON.parse((await lines())[0]!) as {
      meta: { status: string; reviews: { blind?: boolean }[] };
    };
    assert.equal(saved.meta.status, 'review');
    assert.equal(saved.meta.reviews[1]?.blind, true);
    // A third person decides, from the list of what people differ on.
    git('config', 'user.name', 'Eva Reis');
    git('config', 'user.email', 'eva@example.pt');
    await workbench.page.reload();
    await workbench.ready();
    // Whether VS Code has noted the open tab before the reload is chance.
    await workbench.openFile(`datasets/${NAME}`);
    const again = await workbench.webview('afina-review-bar .review-bar');
    await again.locator('[role="listbox"]').first().focus();
    await press('Alt+Shift+k');
    await workbench.until('the disagreement is listed', async () =>
      (await again.locator('.queue').innerText()).includes('1 de 1'),
    );
    await press('Alt+r');
    await again.locator('afina-reason-box input').waitFor();
    await press('2');
    await workbench.until('none is left', async () =>
      (await again.locator('.queue').innerText()).includes('estão feitos'),
    );
    await press('Control+s');
    await workbench.until('the decision is saved', async () =>
      (await lines())[0]!.includes('"adjudication":true'),
    );
    assert.match((await lines())[0]!, /"status":"rejected"/);
  });

  it('merges a branch by record, and shows what both changed', async () => {
    const ours = await lines();
    ours[1] = record('b', 'O transportador e o armador.');
    await write(ours);
    git('commit', '--quiet', '-am', 'rui');
    await workbench.runCommand('Afina: Fundir conjunto de dados…');
    await workbench.pick('ana');
    const frame = await workbench.webview('fieldset');
    await workbench.screenshot('merge-conflicts-dark');
    assert.deepEqual(
      (await lines()).map((each) => (JSON.parse(each) as { id: string }).id),
      ['a', 'b', 'c', 'd'],
    );
    await frame.locator('input[type="radio"]').first().focus();
    await press('ArrowRight');
    await frame.locator('section.decided').waitFor();
    // The button takes the focus only once it is drawn as enabled.
    await workbench.until('the decisions are saved', async () => {
      await frame
        .locator('vscode-button')
        .focus({ timeout: 1000 })
        .catch(() => undefined);
      await press('Enter');
      await workbench.page.waitForTimeout(1000);
      return (await lines())[1]!.includes('salvo culpa do carregador');
    });
    await workbench.notification(/estão decididos/);
    const merged = await lines();
    assert.match(merged[1]!, /salvo culpa do carregador/);
    assert.deepEqual([merged[0], merged[2]], [ours[0], ours[2]]);
  });
});
