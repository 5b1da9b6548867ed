// A person at the workbench: what the browser tests do to VS Code, in the words of what a person does.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../lab/browser.mjs';
import { paths } from '../lab/paths.mjs';
import { startCodeServer, type VsCode, type VsCodeOptions } from '../lab/vscode.mjs';
import { THEMES, type Theme } from '../lab/vscodeFolders.mjs';

export interface WorkbenchOptions extends VsCodeOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
}

const QUICK_INPUT = '.quick-input-widget';
const ROW = `${QUICK_INPUT} .monaco-list-row`;
const TOAST = '.notifications-toasts .notification-toast, .notifications-center .notification-list-item';
const DIALOG = '.monaco-dialog-box';

/** A code-server with a browser in front of it; `close()` ends both. */
export class Workbench {
  private constructor(
    public vscode: VsCode,
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly options: WorkbenchOptions,
  ) {}

  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const [vscode, browser] = await Promise.all([startCodeServer(options), launchBrowser()]);
    try {
      const context = await browser.newContext({
        viewport: options.viewport ?? { width: 1440, height: 900 },
      });
      // What the extension's buttons put on the clipboard is read by tests.
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const workbench = new Workbench(vscode, browser, context, await context.newPage(), options);
      await workbench.load();
      return workbench;
    } catch (error) {
      await browser.close();
      await vscode.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    // Unsaved work would ask before it lets the page go.
    await this.page.close({ runBeforeUnload: false }).catch(() => undefined);
    await this.browser.close().catch(() => undefined);
    await this.vscode.stop();
  }

  async load(): Promise<void> {
    await this.page.goto(this.vscode.url);
    await this.ready();
  }

  /** Waits until an unsaved edit of a custom editor survives `kill`. */
  async untilKept(): Promise<void> {
    const backups = path.join(this.options.userDataDir ?? '', 'User', 'Backups');
    // VS Code has kept an edit when it has noted where: the disk may be busy for seconds with what was written before.
    await this.until('the unsaved edit is kept', async () => {
      const files = await readdir(backups, { recursive: true }).catch(() => []);
      const note = files.find((file) => file.includes('vscode-custom-editor/'));
      return note !== undefined && (await stat(path.join(backups, note))).size > 0;
    });
    // A browser's workbench writes down every five seconds which editors are open, and which backup belongs to each.
    await this.page.waitForTimeout(10_000);
  }

  /** Kills VS Code as a crash or a lost machine would, all of its processes at once. Needs a `userDataDir` of the test's. */
  async kill(): Promise<void> {
    assert.ok(this.options.userDataDir !== undefined, 'what VS Code left must be found again');
    await this.vscode.kill();
    // The page would connect to the next server before it is loaded anew, and go on with what that one does not know.
    await this.page.goto('about:blank');
  }

  /** Starts VS Code on what the killed one left, at the same address, so that the browser knows it again. */
  async restart(): Promise<void> {
    this.vscode = await startCodeServer({ ...this.options, port: this.vscode.port });
    await this.load();
  }

  /** Waits until the workbench answers and its extensions are known. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  }

  /** Runs a command from the palette by its whole title, say "Afina: Preview Answer". */
  async runCommand(title: string): Promise<void> {
    await this.openQuickInput('F1');
    const input = this.page.locator(`${QUICK_INPUT} input`).first();
    const row = this.row(title);
    // Commands of an extension show up a moment after the workbench does; typing again makes VS Code look again.
    await this.until(`the palette has "${title}"`, async () => {
      await input.fill('>');
      await input.fill(`>${title}`);
      return row.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
    await row.click();
  }

  /** Opens a file of the workspace by its path in it. */
  async openFile(file: string): Promise<void> {
    const name = path.posix.basename(file);
    const tab = this.tab(name);
    // The list of files is made anew while one types, and may be empty for a moment.
    await this.until(`${file} is open`, async () => {
      await this.openQuickInput('ControlOrMeta+p');
      const typed = this.page.locator(`${QUICK_INPUT} input`).first();
      await typed.fill(file, { timeout: 5000 }).catch(() => undefined);
      // A comparison that was opened before is listed too, with more than the file's name.
      const row = this.row(name);
      const clicked = await row.click({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (!clicked) {
        // While it is open it knows only the files that were there when it was opened.
        await this.page.keyboard.press('Escape');
        return false;
      }
      return tab
        .and(this.page.locator('.active'))
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    });
  }

  /** Chooses an entry of the context menu of a row in a tree. */
  async chooseInMenu(row: Locator, entry: string): Promise<void> {
    const item = this.page.getByRole('menuitem', { name: entry });
    // An extension's entries are there a moment after the workbench is.
    await this.until(`the menu has "${entry}"`, async () => {
      await row.click({ button: 'right' });
      const there = await item.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (!there) await this.page.keyboard.press('Escape');
      return there;
    });
    await item.hover();
    // VS Code takes a click right after the menu opens for the end of the one that opened it.
    await this.page.waitForTimeout(500);
    await item.click();
  }

  /** Opens the active file in another of its editors, by that editor's name. */
  async reopenWith(editor: string): Promise<void> {
    await this.runCommand('View: Reopen Editor With...');
    await this.pick(editor);
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name=${JSON.stringify(name)}]`);
  }

  /** Whether the tab shows unsaved changes. */
  async isDirty(name: string): Promise<boolean> {
    return (await this.tab(name).getAttribute('class'))?.split(' ').includes('dirty') === true;
  }

  async save(): Promise<void> {
    await this.runCommand('File: Save');
  }

  /** Opens a view of the activity bar or side bar by its name ("Afina", "Explorer"). */
  async openViewContainer(name: string): Promise<void> {
    const icon = this.page
      .locator(`.activitybar .action-item:has([aria-label^=${JSON.stringify(name)}])`)
      .first();
    await icon.waitFor();
    if (!((await icon.getAttribute('class')) ?? '').split(' ').includes('checked')) await icon.click();
  }

  /** A row of a tree view (Runs, Datasets…) by text in it. */
  treeRow(view: string, text: string | RegExp): Locator {
    return this.page
      .locator('.pane', { has: this.page.locator(`.pane-header[aria-label^=${JSON.stringify(view)}]`) })
      .locator('.monaco-list-row', { hasText: text })
      .first();
  }

  /**
   * The document inside a webview, found by an element in it. A webview is two nested frames, and several may be open,
   * shown or hidden, so what it shows is the only sure sign of the one that is meant.
   */
  async webview(selector: string, timeoutMs = 30_000): Promise<Frame> {
    let found: Frame | undefined;
    await this.until(
      `a webview shows ${selector}`,
      async () => {
        for (const frame of this.page.frames().filter((each) => each.parentFrame()?.parentFrame() !== null)) {
          // Behind another tab a page goes on as if it were seen; only the frame around it knows that it is not.
          const outer = await frame
            .parentFrame()
            ?.frameElement()
            .catch(() => undefined);
          if ((await outer?.isVisible().catch(() => false)) !== true) continue;
          const shown = await frame
            .locator(selector)
            .first()
            .isVisible()
            .catch(() => false);
          if (shown) found = frame;
        }
        return found !== undefined;
      },
      timeoutMs,
    );
    assert.ok(found !== undefined);
    return found;
  }

  /** Chooses an entry of the quick pick that is open, by its label. */
  async pick(label: string | RegExp): Promise<void> {
    await this.row(label).click();
  }

  /** The labels that the open quick pick offers. */
  async picks(): Promise<string[]> {
    // A row has a second line for details, which keeps what the list before this one had in it.
    const labels = this.page.locator(`${ROW}:visible .quick-input-list-row:first-child .label-name`);
    await labels.first().waitFor();
    return labels.allInnerTexts();
  }

  /** Types into the open input box and confirms. */
  async type(text: string): Promise<void> {
    const input = this.page.locator(`${QUICK_INPUT} input`).first();
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** What the notifications on screen say. */
  async notifications(): Promise<string[]> {
    const messages = this.page.locator(TOAST).locator('.notification-list-item-message');
    return (await messages.allInnerTexts()).map((each) => each.trim());
  }

  /** Waits for a notification and gives its text; with `button`, presses that too. */
  async notification(
    text: string | RegExp,
    options: { button?: string; timeoutMs?: number } = {},
  ): Promise<string> {
    const toast = this.page.locator(TOAST, { hasText: text }).last();
    await toast.waitFor({ timeout: options.timeoutMs ?? 30_000 });
    const message = await toast.locator('.notification-list-item-message').innerText();
    if (options.button !== undefined) {
      await toast.hover();
      await toast.getByRole('button', { name: options.button, exact: true }).click();
    }
    return message.trim();
  }

  async dismissNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  /** The text of the modal dialog that is open; with `button`, answers it. */
  async dialog(options: { button?: string; timeoutMs?: number } = {}): Promise<string> {
    const dialog = this.page.locator(DIALOG);
    await dialog.waitFor({ timeout: options.timeoutMs ?? 30_000 });
    const text = await dialog.locator('.dialog-message-container').innerText();
    if (options.button !== undefined) {
      await dialog.getByRole('button', { name: options.button, exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    }
    return text.trim();
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.page.locator(`${QUICK_INPUT} input`).first().fill(THEMES[theme].label);
    await this.pick(THEMES[theme].label);
    const names = { light: 'vs', dark: 'vs-dark', highContrast: 'hc-black', highContrastLight: 'hc-light' };
    await this.page.locator(`.monaco-workbench.${names[theme]}`).waitFor();
  }

  /** Keeps a picture of the page under .lab/screenshots/ and gives its path. */
  async screenshot(name: string, target: Page | Locator = this.page): Promise<string> {
    mkdirSync(paths.screenshots, { recursive: true });
    const file = path.join(paths.screenshots, `${name}.png`);
    await target.screenshot({ path: file });
    return file;
  }

  /** For `afterEach`: a picture of what a failed test was looking at. */
  async screenshotIfFailed(test: Mocha.Test | undefined): Promise<void> {
    if (test?.state !== 'failed') return;
    const name = test
      .fullTitle()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .slice(0, 100);
    await this.screenshot(`failed-${name}`).catch(() => undefined);
  }

  /** Waits until `probe` holds. */
  async until(what: string, probe: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await probe())) {
      if (Date.now() > end) assert.fail(`${what}: not within ${timeoutMs / 1000} s`);
      await this.page.waitForTimeout(100);
    }
  }

  private async openQuickInput(key: string): Promise<void> {
    const input = this.page.locator(`${QUICK_INPUT} input`).first();
    await this.until(`${key} opens the quick input`, async () => {
      await this.page.keyboard.press(key);
      return input.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
  }

  private row(label: string | RegExp): Locator {
    const exact = typeof label === 'string' ? new RegExp(`^\\s*${escapeForRegExp(label)}\\s*$`) : label;
    return this.page.locator(ROW, { has: this.page.locator('.label-name', { hasText: exact }) }).first();
  }
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s+/g, '\\s+');
}
