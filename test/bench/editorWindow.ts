// The dataset editor in a real VS Code, as a person meets it: how long until records are seen, whether jumps show
// anything but records, and what the extension host takes for it.
import { link, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { Workbench } from '../e2e/harness';
import { ROOT } from '../lab/paths.mjs';
import { withTemporary } from './inputs';
import type { Sample } from './measure';
import { percentile, random } from './measure';

const JUMPS = 60;
const SMALL = 'pequeno.jsonl';
const LARGE = 'grande.jsonl';

/** Says in every page that is loaded when its list first had records, as milliseconds since 1970. */
const WATCH = `(() => {
  // Not by frames: those that wait are lost when VS Code writes its page into the frame.
  const timer = setInterval(() => {
    if (document.querySelector('.list [role="option"]') === null) return;
    clearInterval(timer);
    requestAnimationFrame(() => { window.firstRecordsAt = Date.now(); });
  }, 4);
})()`;

/**
 * Seconds from the click on a file to its first records, for `small` and `large`; milliseconds that a jump within the
 * large one shows rows still being read; MB of the extension host before and after.
 */
export async function inWindow(small: string, large: string): Promise<Sample> {
  return withTemporary('janela', async (folder) => {
    const workspace = path.join(folder, 'projeto');
    await mkdir(workspace, { recursive: true });
    await link(small, path.join(workspace, SMALL));
    await link(large, path.join(workspace, LARGE));
    await writeFile(path.join(workspace, 'leia-me.md'), '');
    const workbench = await Workbench.open({
      workspace,
      vsixOrExtensionDir: ROOT,
      userDataDir: path.join(folder, 'user-data'),
      locale: 'en',
      settings: { 'workbench.editorAssociations': { '*.jsonl': 'afina.datasetEditor' } },
    });
    try {
      await workbench.context.addInitScript({ content: WATCH });
      // Whatever opens first also pays for starting the extension.
      await open(workbench, SMALL);
      const smallSeconds = await open(workbench, SMALL);
      const before = await hostMegabytes(workspace);
      const largeSeconds = await open(workbench, LARGE);
      const frame = await workbench.webview('afina-dataset-editor');
      await frame.locator('.notice progress').waitFor({ state: 'detached', timeout: 60_000 });
      const blank: number[] = [];
      const next = random(7);
      for (let jump = 0; jump < JUMPS; jump++) blank.push(await jumpTo(frame, next()));
      return {
        smallSeconds,
        largeSeconds,
        blankP50: percentile(blank, 0.5),
        blankMost: Math.max(...blank),
        hostBefore: before,
        hostAfter: await hostMegabytes(workspace),
      };
    } finally {
      await workbench.close();
    }
  });
}

async function open(workbench: Workbench, name: string): Promise<number> {
  await workbench.runCommand('View: Close All Editors');
  const file = workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  await file.waitFor();
  const began = Date.now();
  await file.click();
  const frame = await workbench.webview('afina-dataset-editor [role="option"]');
  return ((await frame.evaluate<number>('window.firstRecordsAt')) - began) / 1000;
}

/** Drags the list to a share of its height; milliseconds until every row in sight is a record. */
function jumpTo(frame: Frame, share: number): Promise<number> {
  return frame.evaluate<number>(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    const list = document.querySelector('.list');
    list.scrollTop = ${share} * (list.scrollHeight - list.clientHeight);
    // The frame in which the list learns of it; what it draws then is seen until the next one.
    const began = await frame();
    let waited = 0;
    while (waited < 10000 && document.querySelector('.list .row.waiting') !== null) waited = (await frame()) - began;
    return waited;
  })()`);
}

/** Resident memory of the extension host of the VS Code that has `workspace` open. */
async function hostMegabytes(workspace: string): Promise<number> {
  let most = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=extensionHost')) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(path.dirname(workspace))) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }
  return most;
}
