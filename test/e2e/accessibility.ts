// What axe-core finds in a page of ours, in each of the themes that people use.
import { strict as assert } from 'node:assert';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Frame } from 'playwright-core';
import { THEMES, type Theme } from '../lab/vscodeFolders.mjs';
import type { Workbench } from './harness';

/** As a webview's body names them. */
const KINDS: Readonly<Record<Theme, string>> = {
  light: 'vscode-light',
  dark: 'vscode-dark',
  highContrast: 'vscode-high-contrast',
  highContrastLight: 'vscode-high-contrast-light',
};
const EVERY_THEME = Object.keys(KINDS) as Theme[];

/** What axe-core finds in the page, one line a rule. */
async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  const { violations: found } = await frame.evaluate<AxeResults>('axe.run(document)');
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(
          ({ html, any }) =>
            `${html.slice(0, 140)} (${any
              .map(({ message }) => message)
              .join('; ')
              .slice(0, 160)})`,
        )
        .join(' | ')}`,
  );
}

/** Asserts that axe-core finds nothing in the state that the page is in, whatever the theme; keeps a picture of each. */
export async function assertAccessible(workbench: Workbench, frame: Frame, state: string): Promise<void> {
  const found: string[] = [];
  for (const theme of EVERY_THEME) {
    await wear(workbench, frame, theme);
    await workbench.screenshot(`${fileName(state)}-${theme}`);
    found.push(...(await violations(frame)).map((each) => `${theme}: ${each}`));
  }
  found.push(...(await cutOff(workbench, frame, state)).map((each) => `at 200 %: ${each}`));
  assert.deepEqual(found, [], state);
}

/** What does not fit into half the window, which is what 200 % zoom leaves. */
async function cutOff(workbench: Workbench, frame: Frame, state: string): Promise<string[]> {
  const whole = workbench.page.viewportSize();
  assert.ok(whole !== null);
  await workbench.page.setViewportSize({ width: whole.width / 2, height: whole.height / 2 });
  try {
    await workbench.page.waitForTimeout(500);
    await workbench.screenshot(`${fileName(state)}-zoomed`);
    return await frame.evaluate<string[]>(`
      [document.documentElement, ...document.querySelectorAll('main, #page, .form, .list, .above, .review-bar')]
        .filter((each) => each.scrollWidth > each.clientWidth + 1)
        .map((each) => each.localName + '.' + each.className + ' is ' + each.scrollWidth + ' wide in ' + each.clientWidth +
          ', by ' + [...each.querySelectorAll('*')]
            .filter((inner) => inner.getBoundingClientRect().right > each.getBoundingClientRect().left + each.clientWidth + 1)
            .slice(-2).map((inner) => inner.outerHTML.slice(0, 80)).join(' and '))`);
  } finally {
    await workbench.page.setViewportSize(whole);
  }
}

function fileName(state: string): string {
  return state.replaceAll(/[^\p{L}\p{N}]+/gu, '-');
}

/** Changes the theme by the folder's settings: what is open in the page or has the focus stays so. */
async function wear(workbench: Workbench, frame: Frame, theme: Theme): Promise<void> {
  const file = path.join(workbench.vscode.workspace, '.vscode', 'settings.json');
  await mkdir(path.dirname(file), { recursive: true });
  const settings = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as object;
  const next = { ...settings, 'workbench.colorTheme': THEMES[theme].id };
  await writeFile(file, JSON.stringify(next, undefined, 2));
  await frame.locator(`body[data-vscode-theme-kind="${KINDS[theme]}"]`).waitFor();
  // Colours that change by a transition are no colours to measure.
  await workbench.page.waitForTimeout(300);
}
