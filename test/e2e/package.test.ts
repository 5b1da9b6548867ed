import { strict as assert } from 'node:assert';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, paths } from '../lab/paths.mjs';
import { descendantsOf, readProc } from '../lab/processes.mjs';
import { Workbench } from './harness';

describe('the package that people install', function () {
  this.timeout(300_000);
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-package-'));
    const workspace = path.join(folder, 'projeto');
    await cp(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
    const local = { models: { smollm2: { gguf: paths.model } } };
    await writeFile(path.join(workspace, 'afina.local.yaml'), JSON.stringify(local));
    workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: paths.vsix,
      userDataDir: path.join(folder, 'user-data'),
      settings: { 'afina.preview.maxTokens': 16 },
    });
  });
  afterEach(async function () {
    await workbench.screenshotIfFailed(this.currentTest);
  });
  after(async () => {
    await workbench.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('answers with the llama.cpp that it carries', async () => {
    await workbench.openFile('datasets/direito-maritimo.jsonl');
    const frame = await workbench.webview('afina-dataset-editor');
    await frame.locator('[role="option"]').first().click();
    await frame.locator('.preview vscode-button.start').click();
    await frame.locator('article.answer.done').waitFor({ timeout: 120_000 });
    assert.match(await frame.locator('article.answer.done').innerText(), /tokens\/s/);
    const runtime = descendantsOf(workbench.vscode.pid)
      .map((pid) => readProc(pid, 'cmdline'))
      .find((command) => command.includes('runtimeProcess.mjs'));
    assert.ok(runtime?.includes(folder), 'the process comes out of the installed package');
  });
});
