// A real VS Code without a desktop: code-server, which carries the same workbench, server and extension host.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { ROOT } from './paths.mjs';
import { freePorts, onExit, run, startProcess, tail, waitFor } from './processes.mjs';
import { installLanguagePack, linkExtension, writeUserSettings } from './vscodeFolders.mjs';

const CODE_SERVER = join(ROOT, 'test', 'lab', 'node_modules', 'code-server');
// code-server runs on the Node it was built for and on no other.
const NODE = join(ROOT, 'test', 'lab', 'node_modules', 'node', 'bin', 'node');

/**
 * @typedef {{url: string, pid: number, port: number, userDataDir: string, extensionsDir: string, workspace: string, startupMs: number,
 *   log(): string, stop(): Promise<void>, kill(): Promise<void>}} VsCode
 *   `stop` ends it in order; `kill` as a crash does (all of its processes at once), and keeps the user-data folder,
 *   so that a second start on the same `userDataDir` finds what a crashed VS Code left.
 *
 * @typedef {{
 *   workspace: string,
 *   vsixOrExtensionDir?: string | undefined,
 *   userDataDir?: string | undefined,
 *   extensionsDir?: string | undefined,
 *   port?: number | undefined,
 *   locale?: 'en' | 'pt-pt' | 'pt-br' | undefined,
 *   theme?: import('./vscodeFolders.mjs').Theme | undefined,
 *   settings?: Record<string, unknown> | undefined,
 *   env?: Record<string, string> | undefined,
 *   logFile?: string | undefined,
 * }} VsCodeOptions
 */

/**
 * Starts code-server on a folder, with the extension installed from a VSIX or linked from its folder.
 * @param {VsCodeOptions} options
 * @returns {Promise<VsCode>}
 */
export async function startCodeServer(options) {
  const began = Date.now();
  const place = prepare(options);
  const config = join(place.userDataDir, 'code-server.yaml');
  if (!existsSync(config)) writeFileSync(config, 'auth: none\ncert: false\n');
  const entry = join(CODE_SERVER, 'out', 'node', 'entry.js');
  const common = [
    '--config',
    config,
    '--user-data-dir',
    place.userDataDir,
    '--extensions-dir',
    place.extensionsDir,
  ];
  if (options.vsixOrExtensionDir?.endsWith('.vsix') === true) {
    await run(
      NODE,
      [entry, ...common, '--force', '--install-extension', resolve(options.vsixOrExtensionDir)],
      {
        env: place.env,
        timeoutMs: 120_000,
      },
    );
  }
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const server = await startProcess(
    NODE,
    [
      entry,
      ...common,
      '--auth=none',
      `--bind-addr=127.0.0.1:${port}`,
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      '--ignore-last-opened',
      ...localeArguments(options.locale),
      place.workspace,
    ],
    { env: place.env, logFile: place.logFile, name: 'code-server' },
  );
  const url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(place.workspace)}`;
  await untilItAnswers(server, `http://127.0.0.1:${port}/healthz`, place.logFile);
  return handle(server, { ...place, url, port, startupMs: Date.now() - began });
}

/**
 * Starts the inner server that runs an extension's test suite once a browser opens `url` (see test/integration/runner.mjs).
 * @param {VsCodeOptions & {extensionDir: string, testsPath: string, testEnv?: Record<string, string>}} options
 *   `testsPath`: the built module that exports `run()`. `testEnv` reaches the extension host, and so the suite.
 * @returns {Promise<VsCode>}
 */
export async function startTestServer(options) {
  const began = Date.now();
  const place = prepare(options);
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const server = await startProcess(
    NODE,
    [
      join(CODE_SERVER, 'lib', 'vscode', 'out', 'server-main.js'),
      '--host=127.0.0.1',
      `--port=${port}`,
      '--without-connection-token',
      '--accept-server-license-terms',
      `--server-data-dir=${place.userDataDir}`,
      `--user-data-dir=${place.userDataDir}`,
      `--extensions-dir=${place.extensionsDir}`,
      '--telemetry-level=off',
      '--disable-workspace-trust',
      // Without it a built workbench ignores the payload below.
      '--enable-smoke-test-driver',
      ...localeArguments(options.locale),
    ],
    { env: { ...place.env, ...options.testEnv }, logFile: place.logFile, name: 'VS Code server' },
  );
  const remote = (/** @type {string} */ path) => `vscode-remote://127.0.0.1:${port}${resolve(path)}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(options.extensionDir)],
    ['extensionTestsPath', remote(options.testsPath)],
  ]);
  const url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(place.workspace)}&payload=${encodeURIComponent(payload)}`;
  await untilItAnswers(server, `http://127.0.0.1:${port}/version`, place.logFile);
  return handle(server, { ...place, url, port, startupMs: Date.now() - began });
}

/** @typedef {{workspace: string, userDataDir: string, extensionsDir: string, logFile: string, temporary: boolean, env: NodeJS.ProcessEnv}} Place */

/**
 * @param {VsCodeOptions} options
 * @returns {Place}
 */
function prepare(options) {
  if (!existsSync(NODE) || !existsSync(CODE_SERVER)) {
    throw new Error('VS Code is not installed for the tests: run `node test/lab/setup.mjs vscode`.');
  }
  const temporary = options.userDataDir === undefined;
  const userDataDir = resolve(options.userDataDir ?? mkdtempSync(join(tmpdir(), 'afina-vscode-')));
  const extensionsDir = resolve(options.extensionsDir ?? join(userDataDir, 'extensions'));
  mkdirSync(extensionsDir, { recursive: true });
  writeUserSettings(userDataDir, {
    ...(options.theme === undefined ? {} : { theme: options.theme }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  if (options.locale !== undefined && options.locale !== 'en')
    installLanguagePack(userDataDir, extensionsDir, options.locale);
  const extension = options.vsixOrExtensionDir;
  if (extension !== undefined && !extension.endsWith('.vsix')) linkExtension(extensionsDir, extension);
  const env = {
    ...process.env,
    ...options.env,
    // The extension host takes its `node` and its language from the environment; neither may come from ours.
    PATH: `${dirname(NODE)}${delimiter}${process.env.PATH ?? ''}`,
    // No marketplace: nothing of what the tests type may leave the machine, and no answer may depend on a network.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '' }),
    VSCODE_NLS_CONFIG: undefined,
    NODE_OPTIONS: undefined,
    ELECTRON_RUN_AS_NODE: undefined,
  };
  return {
    workspace: resolve(options.workspace),
    userDataDir,
    extensionsDir,
    logFile: options.logFile ?? join(userDataDir, 'server.log'),
    temporary,
    env,
  };
}

/** @param {string | undefined} locale */
function localeArguments(locale) {
  return locale === undefined ? [] : [`--locale=${locale}`];
}

/**
 * @param {import('./processes.mjs').Running} server
 * @param {string} url
 * @param {string} logFile
 */
async function untilItAnswers(server, url, logFile) {
  try {
    await waitFor(
      `${server.name} answers`,
      async () => {
        if (!server.running()) throw new Error(`${server.name} ended at once:\n${tail(logFile)}`);
        return fetch(url).then(
          (response) => response.ok,
          () => false,
        );
      },
      { timeoutMs: 60_000, everyMs: 100, hint: () => tail(logFile) },
    );
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

/**
 * @param {import('./processes.mjs').Running} server
 * @param {Place & {url: string, port: number, startupMs: number}} place
 * @returns {VsCode}
 */
function handle(server, { url, port, startupMs, userDataDir, extensionsDir, workspace, logFile, temporary }) {
  const remove = () => {
    if (temporary) rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const takeBack = onExit(remove);
  return {
    url,
    pid: server.pid,
    port,
    startupMs,
    userDataDir,
    extensionsDir,
    workspace,
    log: () => tail(logFile, 200),
    async stop() {
      await server.stop(5000);
      remove();
      takeBack();
    },
    async kill() {
      await server.stop(0);
    },
  };
}
