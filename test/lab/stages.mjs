// The stages of set-up, in order; each is skipped while the hash of its inputs is what it was.
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptStage } from './aptStage.mjs';
import { LAB, paths, ROOT } from './paths.mjs';
import { fixturesStage, modelStage, pythonStage } from './pythonStages.mjs';

/** @typedef {import('./setup.mjs').Stage} Stage */

const LAB_PACKAGE = join(ROOT, 'test', 'lab');

/** @param {string} file */
const text = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/**
 * The environment for npm in another folder: what the npm that started us said of its own project must not reach it, nor
 * of the Node it runs on (code-server reads the version that it is installed by from `npm_config_user_agent`).
 * @param {NodeJS.ProcessEnv} [more]
 */
function npmEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package_|lifecycle_|config_(user_agent|local_prefix|global_prefix|noproxy)$|node_execpath$|command$)/.test(
        name,
      ),
  );
  return { ...Object.fromEntries(kept), ...more };
}

/** @type {Stage} */
const nodeStage = {
  name: 'node',
  does: "the project's npm packages",
  usually: 'half a minute',
  // Inside node_modules, so that removing that folder brings the packages back.
  stamp: join(ROOT, 'node_modules', '.afina-stamp'),
  inputs: () => [text(join(ROOT, 'package-lock.json')), process.platform, process.arch],
  async work(tools) {
    const options = { cwd: ROOT, env: npmEnvironment(), hint: 'Is the npm registry reachable?' };
    try {
      await tools.run('npm', ['ci', '--no-audit', '--no-fund'], options);
    } catch (error) {
      // npm ci refuses a lock file as incomplete also where a registry lacks an optional package of another platform.
      if (!String(error).includes('in sync') && !text(join(LAB, 'logs', 'node.log')).includes('EUSAGE'))
        throw error;
      tools.say('npm ci refuses the lock file here; installing by it without changing it');
      await tools.run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], options);
    }
  },
};

/** @type {Stage} */
const buildStage = {
  name: 'build',
  does: 'the bundles of the extension, the command line and the tests',
  usually: 'a few seconds',
  stamp: join(LAB, 'stamps', 'build'),
  inputs: () => (existsSync(join(ROOT, 'dist', 'extension.mjs')) ? sourceState() : undefined),
  work: (tools) =>
    tools.run(process.execPath, ['esbuild.mjs'], { cwd: ROOT, hint: 'Run `npm run check`: it says more.' }),
};

/** @type {Stage} */
const vsixStage = {
  name: 'vsix',
  does: 'the package that people install',
  usually: 'half a minute',
  stamp: join(LAB, 'stamps', 'vsix'),
  inputs: () => (existsSync(paths.vsix) ? [...sourceState(), text(join(ROOT, 'README.md'))] : undefined),
  work: (tools) => tools.run('npm', ['run', 'package'], { cwd: ROOT, env: npmEnvironment() }),
};

/** Name, size and time of every file that the bundles are made of: cheaper than reading them, and it sees removals. */
function sourceState() {
  const files = ['package.json', 'package-lock.json', 'esbuild.mjs', 'tsconfig.json'];
  for (const folder of ['src', 'webview', 'media', 'syntaxes', 'test']) {
    if (!existsSync(join(ROOT, folder))) continue;
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      if (entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      files.push(...(entry.isDirectory() ? filesBelow(path) : [path]));
    }
  }
  return files.sort().map((file) => {
    const { size, mtimeMs } = statSync(join(ROOT, file), { throwIfNoEntry: false }) ?? {
      size: 0,
      mtimeMs: 0,
    };
    return `${file} ${size} ${mtimeMs}`;
  });
}

/** @param {string} folder */
function filesBelow(folder) {
  /** @type {string[]} */
  const files = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (['node_modules', '__pycache__', '.pytest_cache'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...filesBelow(path));
    else files.push(path);
  }
  return files;
}

/** @type {Stage} */
const vscodeStage = {
  name: 'vscode',
  does: 'a real VS Code (code-server) and the Node it runs on',
  usually: 'two to four minutes, 800 MB: its native modules are compiled',
  stamp: join(LAB_PACKAGE, 'node_modules', '.afina-stamp'),
  inputs: () => [text(join(LAB_PACKAGE, 'package-lock.json')), process.platform, process.arch],
  async work(tools) {
    const bin = join(LAB_PACKAGE, 'node_modules', '.bin');
    const quiet = ['--no-audit', '--no-fund'];
    rmSync(join(LAB_PACKAGE, 'node_modules'), { recursive: true, force: true });
    // First everything without scripts, then Node 24, then the scripts of the others by that Node.
    await tools.run('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: LAB_PACKAGE, env: npmEnvironment() });
    await tools.run('npm', ['rebuild', 'node', ...quiet], { cwd: LAB_PACKAGE, env: npmEnvironment() });
    const platform = `node-${process.platform}-${process.arch}`;
    const headers = [
      join(LAB_PACKAGE, 'node_modules', 'node', 'node_modules', platform),
      join(LAB_PACKAGE, 'node_modules', platform),
    ].find((folder) => existsSync(join(folder, 'include', 'node', 'node.h')));
    if (headers === undefined) throw new Error(`The npm package "node" brought no headers for ${platform}.`);
    await tools.run('npm', ['rebuild', ...quiet], {
      cwd: LAB_PACKAGE,
      env: npmEnvironment({
        PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
        // node-gyp would download the headers from a place of its own otherwise.
        npm_config_nodedir: headers,
      }),
      hint: 'Compilers or headers may be missing: run `node test/lab/setup.mjs apt`.',
    });
  },
};

/** @type {readonly Stage[]} */
export const STAGES = [
  nodeStage,
  buildStage,
  aptStage,
  vscodeStage,
  pythonStage,
  modelStage,
  fixturesStage,
  vsixStage,
];
