// The integration suite in a real VS Code: starts its server, opens it in a headless Chromium, and reports what the
// extension host says.  node test/integration/runner.mjs [--report FILE.json]      AFINA_TEST_GREP as elsewhere
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser } from '../lab/browser.mjs';
import { isMain, paths, ROOT } from '../lab/paths.mjs';
import { startTestServer } from '../lab/vscode.mjs';

const MARK = '@@afina-test ';

/**
 * @typedef {{title: string, state: 'passed' | 'failed' | 'skipped', durationMs: number, error?: string}} Outcome
 * @typedef {{passed: number, failed: number, skipped: number, outcomes: Outcome[], code: number}} Result
 */

/**
 * @param {{
 *   extensionDir?: string, testsPath?: string, workspace?: string, grep?: string | undefined, timeoutMs?: number,
 *   locale?: 'en' | 'pt-pt' | 'pt-br', report?: string | undefined, write?: (text: string) => void,
 * }} [options]
 * @returns {Promise<Result>}
 */
export async function runIntegration(options = {}) {
  const write = options.write ?? ((text) => process.stdout.write(text));
  const workspace = options.workspace ?? mkdtempSync(join(tmpdir(), 'afina-workspace-'));
  const server = await startTestServer({
    workspace,
    extensionDir: options.extensionDir ?? ROOT,
    // Installed beside it: what other extensions get of the local models is asked by one of them.
    vsixOrExtensionDir: join(ROOT, 'test', 'integration', 'otherExtension'),
    testsPath: options.testsPath ?? join(ROOT, 'out', 'test', 'integration', 'index.js'),
    locale: options.locale,
    testEnv: {
      AFINA_ROOT: ROOT,
      AFINA_TEST_RUNNER: '1',
      AFINA_HOME: paths.afinaHome,
      ...(options.grep === undefined ? {} : { AFINA_TEST_GREP: options.grep }),
    },
  });
  const browser = await launchBrowser();
  /** @type {Outcome[]} */
  const outcomes = [];
  mkdirSync(paths.reports, { recursive: true });
  // All that extension host and workbench say; long, and of use only when something went wrong.
  const log = createWriteStream(join(paths.reports, 'integration.log'));
  /** @type {string | undefined} */
  let trouble;
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const exit = new Promise((resolve, reject) => {
      const limit = options.timeoutMs ?? 15 * 60_000;
      setTimeout(
        () => reject(new Error(`The suite did not end within ${limit / 60_000} minutes.`)),
        limit,
      ).unref();
      page.on('crash', () => reject(new Error('The browser page crashed.')));
      void page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => resolve(code));
    });
    await page.exposeFunction(
      'codeAutomationLog',
      (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
        const outcome = outcomeOf(args);
        if (outcome === undefined) {
          const text = `${type}: ${shorten(args)}\n`;
          log.write(text);
          if (process.env.AFINA_TEST_LOG !== undefined) write(`    ${text}`);
          return;
        }
        outcomes.push(outcome);
        write(line(outcome));
      },
    );
    await page.goto(server.url);
    await exit.catch(async (error) => {
      mkdirSync(paths.screenshots, { recursive: true });
      const picture = join(paths.screenshots, 'integration-stuck.png');
      await page.screenshot({ path: picture }).catch(() => undefined);
      trouble = `${error instanceof Error ? error.message : String(error)} See ${picture}`;
    });
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  } finally {
    await browser.close().catch(() => undefined);
    await server.stop();
    log.end();
    if (options.workspace === undefined) rmSync(workspace, { recursive: true, force: true, maxRetries: 3 });
  }
  if (trouble !== undefined) {
    write(`  ${trouble}\n${server.log()}\nMore in ${log.path}\n`);
    outcomes.push({ title: 'the suite runs to its end', state: 'failed', durationMs: 0, error: trouble });
  }
  const count = (/** @type {Outcome['state']} */ state) =>
    outcomes.filter((each) => each.state === state).length;
  const failed = count('failed');
  const result = {
    passed: count('passed'),
    failed,
    skipped: count('skipped'),
    outcomes,
    code: failed === 0 ? 0 : 1,
  };
  if (options.report !== undefined) writeFileSync(options.report, JSON.stringify(result));
  return result;
}

/**
 * @param {readonly unknown[]} args
 * @returns {Outcome | undefined}
 */
function outcomeOf(args) {
  const marked = args.find((each) => typeof each === 'string' && each.includes(MARK));
  if (typeof marked !== 'string') return undefined;
  return JSON.parse(marked.slice(marked.indexOf(MARK) + MARK.length));
}

/** @param {Outcome} outcome */
function line({ state, title, durationMs, error }) {
  const sign = { passed: '✔', failed: '✖', skipped: '-' }[state];
  const time = durationMs > 200 ? ` (${durationMs}ms)` : '';
  return `  ${sign} ${title}${time}\n${error === undefined ? '' : `      ${error.replaceAll('\n', '\n      ')}\n`}`;
}

/** @param {readonly unknown[]} args */
function shorten(args) {
  return args
    .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
    .join(' ')
    .slice(0, 2000);
}

if (isMain('test/integration/runner.mjs')) {
  const at = process.argv.indexOf('--report');
  runIntegration({
    grep: process.env.AFINA_TEST_GREP,
    report: at === -1 ? undefined : process.argv[at + 1],
  }).then(
    ({ passed, failed, code }) => process.exit(passed + failed === 0 ? 1 : code),
    (error) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
