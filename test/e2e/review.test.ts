import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { ROOT } from '../lab/paths.mjs';
import { Workbench } from './harness';

const DATASET = 'datasets/revisao.jsonl';
const RECORDS = 24;

interface Line {
  readonly id: string;
  readonly messages: readonly { readonly content: string }[];
  readonly meta: {
    readonly status: string;
    readonly reviews?: readonly {
      readonly by: string;
      readonly verdict?: string;
      readonly event?: string;
      readonly reason?: string;
      readonly round?: number;
    }[];
  };
}

function line(at: number, meta: object): string {
  const question = `Pergunta ${at + 1}: que prazo tem o destinatário para reclamar avarias?`;
  const answer = 'Três dias a contar da entrega, quando as avarias não são aparentes.';
  return JSON.stringify({
    id: `rv-${String(at + 1).padStart(2, '0')}`,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    meta,
  });
}

describe('reviewing in a browser, by keyboard alone', function () {
  this.timeout(300_000);
  let folder: string;
  let workspace: string;
  let workbench: Workbench;
  let written: string[];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-e2e-review-'));
    workspace = path.join(folder, 'projeto');
    await mkdir(path.join(workspace, 'datasets'), { recursive: true });
    await writeFile(path.join(workspace, 'afina.yaml'), 'version: 1\n');
    written = Array.from({ length: RECORDS }, (_, at) => {
      const status = at === 0 ? 'draft' : at === RECORDS - 1 ? 'approved' : 'review';
      return line(at, { topic: at % 2 === 0 ? 'avarias' : 'prazos', status });
    });
    await writeFile(path.join(workspace, DATASET), `${written.join('\n')}\n`);
    const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: workspace });
    git('init', '--quiet');
    git('config', 'user.name', 'Ana Silva');
    git('config', 'user.email', 'ana@example.pt');
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      locale: 'pt-pt',
      theme: 'light',
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

  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const editor = (): Promise<Frame> => workbench.webview('afina-review-bar .review-bar');
  const shown = (frame: Frame): Promise<string> => frame.locator('.field.id input').inputValue();
  const wait = (frame: Frame, id: string): Promise<void> =>
    workbench.until(`${id} is shown`, async () => (await shown(frame)) === id);
  const lines = async (): Promise<Line[]> =>
    (await readFile(path.join(workspace, DATASET), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as Line);

  it('reviews 20 records: approves, rejects with a reason, sends back, skips, goes back', async () => {
    await workbench.openFile(DATASET);
    const frame = await editor();
    await wait(frame, 'rv-01');
    // Opened by keyboard, the page has the focus.
    await press('Alt+k');
    await wait(frame, 'rv-02');
    await workbench.until('the queue is counted', async () =>
      (await frame.locator('.queue').innerText()).includes('1 de 22'),
    );
    await workbench.screenshot('review-light');

    for (let at = 2; at <= 13; at++) {
      await press('Alt+a');
      await wait(frame, `rv-${String(at + 1).padStart(2, '0')}`);
    }
    // A usual reason by its digit.
    for (let at = 14; at <= 16; at++) {
      await press('Alt+r');
      await frame.locator('afina-reason-box input').waitFor();
      if (at === 14) await workbench.screenshot('review-reason-light');
      await press('2');
      await wait(frame, `rv-${at + 1}`);
    }
    // A text of one's own, and a second thought first.
    await press('Alt+p');
    await frame.locator('afina-reason-box input').waitFor();
    await press('Escape');
    await frame.locator('afina-reason-box').waitFor({ state: 'detached' });
    await press('Alt+p');
    await frame.locator('afina-reason-box input').waitFor();
    await workbench.page.keyboard.type('Falta o artigo do Decreto-Lei n.º 352/86');
    await press('Enter');
    await wait(frame, 'rv-18');
    await press('Alt+s');
    await wait(frame, 'rv-19');
    await press('Alt+b');
    await wait(frame, 'rv-18');
    await press('Alt+s');
    await wait(frame, 'rv-19');
    for (let at = 19; at <= 22; at++) {
      await press('Alt+a');
      await wait(frame, at === 23 ? 'rv-18' : `rv-${at + 1}`);
    }
    // The first record is a draft: it is put up for review, then the file is saved.
    await press('Control+s');
    await workbench.until('the file is saved', async () => !(await workbench.isDirty('revisao.jsonl')));

    const after = await lines();
    const of = (status: string): number => after.filter(({ meta }) => meta.status === status).length;
    assert.deepEqual([of('approved'), of('rejected'), of('draft'), of('review')], [17, 3, 2, 2]);
    const reviewed = after.filter(({ meta }) => meta.reviews !== undefined);
    assert.equal(reviewed.length, 20);
    for (const { meta } of reviewed) {
      assert.equal(meta.reviews?.length, 1);
      assert.equal(meta.reviews[0]?.by, 'Ana Silva <ana@example.pt>');
    }
    assert.equal(after[14]?.meta.reviews?.[0]?.reason, 'Fonte em falta ou errada');
    assert.equal(after[16]?.meta.reviews?.[0]?.verdict, 'repair');
    assert.equal(after[16].meta.reviews[0].reason, 'Falta o artigo do Decreto-Lei n.º 352/86');
    // What nobody judged is as it was, byte for byte.
    const text = (await readFile(path.join(workspace, DATASET), 'utf8')).split('\n');
    for (const at of [0, 17, 22, 23]) assert.equal(text[at], written[at]);
  });

  it('takes a verdict back with one undo, and an edited record back to review', async () => {
    const frame = await editor();
    await wait(frame, 'rv-23');
    await press('Alt+a');
    await wait(frame, 'rv-18');
    await press('Control+z');
    await workbench.until('the verdict is undone', async () => !(await workbench.isDirty('revisao.jsonl')));
    await press('Alt+b');
    await wait(frame, 'rv-17');
    // Faster than the page follows: every press counts.
    for (let times = 0; times < 4; times++) await press('Alt+b');
    await wait(frame, 'rv-13');
    await frame.locator('textarea').last().focus();
    await press('Control+End');
    await workbench.page.keyboard.type(' Sem exceções.');
    await press('Control+s');
    await workbench.until(
      'the edit is saved',
      async () => (await lines())[12]?.messages[1]?.content.endsWith(' Sem exceções.') === true,
    );
    const { meta } = (await lines())[12]!;
    assert.equal(meta.status, 'review');
    assert.deepEqual(
      meta.reviews?.map(({ verdict, event, round }) => [verdict ?? event, round]),
      [
        ['approved', undefined],
        ['edited', 2],
      ],
    );
    await workbench.setTheme('dark');
    await frame.locator('details.history summary').focus();
    await press('Enter');
    await workbench.screenshot('review-history-dark');
  });

  it('shows the report, from which a record opens and a Markdown document comes', async () => {
    // Two more people have judged on a branch of theirs that was merged in.
    const others = (await lines()).map((each, at) => {
      if (at < 1 || at > 12) return each;
      const second = { by: 'Rui Costa <rui@example.pt>', at: '2026-03-02T09:00:00.000Z', blind: true };
      const verdict = at % 4 === 0 ? 'rejected' : 'approved';
      const status = at % 4 === 0 ? 'review' : each.meta.status;
      const reason = verdict === 'rejected' ? { reason: 'Sem indicação da fonte' } : {};
      const reviews = [...(each.meta.reviews ?? []), { ...second, verdict, ...reason }];
      return { ...each, meta: { ...each.meta, status, reviews } };
    });
    await writeFile(
      path.join(workspace, DATASET),
      `${others.map((each) => JSON.stringify(each)).join('\n')}\n`,
    );
    await press('Alt+Shift+r');
    const report = await workbench.webview('.tiles');
    const text = await report.locator('#page').innerText();
    assert.match(text, /α de Krippendorff/);
    assert.match(text, /κ de Cohen: Ana Silva e Rui Costa/);
    await workbench.screenshot('report-dark');
    await workbench.setTheme('light');
    await workbench.screenshot('report-light');
    const first = report.locator('.record').first();
    await first.scrollIntoViewIfNeeded();
    const id = await first.locator('code').innerText();
    await workbench.screenshot('report-disagreements-light');
    await first.click();
    const frame = await editor();
    await wait(frame, id);
    await workbench.until(
      'both verdicts are shown',
      async () => (await frame.locator('.differ article').count()) === 2,
    );
    await workbench.screenshot('review-disagreement-light');
  });
});
