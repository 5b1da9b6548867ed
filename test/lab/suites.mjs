// The suites of `npm test`: what each needs set up, and how it is run and counted.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { paths, ROOT } from './paths.mjs';
import { startProcess } from './processes.mjs';

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Counts
 * @typedef {{name: string, stages: string[], run(env: NodeJS.ProcessEnv): Promise<Counts>}} Suite
 */

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function runToEnd(file, args, env) {
  const child = await startProcess(file, args, {
    cwd: ROOT,
    env,
    onOutput: (text) => process.stdout.write(text),
  });
  return child.stopped;
}

/** @param {string} name */
function freshReport(name) {
  mkdirSync(paths.reports, { recursive: true });
  const file = join(paths.reports, name);
  rmSync(file, { force: true });
  return file;
}

/**
 * All files below `folder` that end in `suffix`.
 * @param {string} folder
 * @param {string} suffix
 */
function filesBelow(folder, suffix) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix) && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .sort();
}

/**
 * A suite of mocha's. One process for all of its files, or one for each (`separately`), where files must not share what
 * they start or one that hangs must not take the others with it.
 * @param {string} name
 * @param {{stages: string[], folder: string, suffix: string, separately?: boolean}} options
 * @returns {Suite}
 */
function mochaSuite(name, { stages, folder, suffix, separately = false }) {
  return {
    name,
    stages,
    async run(env) {
      const files = filesBelow(folder, suffix);
      const counts = { passed: 0, failed: 0, skipped: 0 };
      for (const group of separately ? files.map((file) => [file]) : files.length === 0 ? [] : [files]) {
        const report = freshReport(`${name}.json`);
        const { code, signal } = await runToEnd(
          process.execPath,
          ['test/lab/mochaRun.mjs', report, ...group],
          env,
        );
        /** @type {Counts} */
        const part = existsSync(report)
          ? JSON.parse(readFileSync(report, 'utf8'))
          : { passed: 0, failed: 0, skipped: 0 };
        // Ended before its last test, or refused to load: that is a failure that no test could report.
        if (code !== 0 && part.failed === 0) {
          console.log(
            `  ✖ ${group.join(', ')} ended with ${signal ?? `exit code ${code}`} before its report`,
          );
          part.failed = 1;
        }
        counts.passed += part.passed;
        counts.failed += part.failed;
        counts.skipped += part.skipped;
      }
      return counts;
    },
  };
}

/** @type {Suite} */
const checkSuite = {
  name: 'check',
  stages: ['node'],
  async run(env) {
    const { code } = await runToEnd('npm', ['run', '--silent', 'check'], env);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  },
};

/** @type {Suite} */
const payloadSuite = {
  name: 'payload',
  stages: ['node', 'python', 'model', 'fixtures'],
  async run(env) {
    const report = freshReport('payload.xml');
    const options = ['-q', '-p', 'no:cacheprovider', `--junitxml=${report}`, '--durations=5'];
    const { code, signal } = await runToEnd(
      paths.venvPython,
      ['-m', 'pytest', ...options, 'test/unit/payload'],
      env,
    );
    const xml = existsSync(report) ? readFileSync(report, 'utf8') : '';
    const number = (/** @type {string} */ name) =>
      Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
    const failed = number('failures') + number('errors');
    const skipped = number('skipped');
    // pytest says 5 when it found no test; that is judged by the counts.
    if (failed === 0 && code !== 0 && code !== 5) {
      console.log(`  ✖ pytest ended with ${signal ?? `exit code ${code}`} before its report`);
      return { passed: 0, failed: 1, skipped };
    }
    return { passed: number('tests') - failed - skipped, failed, skipped };
  },
};

/** @type {Suite} */
const integrationSuite = {
  name: 'integration',
  stages: ['node', 'build', 'apt', 'vscode', 'python', 'model', 'fixtures'],
  async run(env) {
    const report = freshReport('integration.json');
    const { code } = await runToEnd(
      process.execPath,
      ['test/integration/runner.mjs', '--report', report],
      env,
    );
    if (existsSync(report)) return JSON.parse(readFileSync(report, 'utf8'));
    return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  },
};

/** @type {readonly Suite[]} */
export const SUITES = [
  checkSuite,
  mochaSuite('lab', { stages: ['node', 'apt'], folder: 'test/lab', suffix: '.test.mjs' }),
  mochaSuite('unit', {
    stages: ['node', 'build', 'apt', 'python', 'model', 'fixtures'],
    folder: 'out/test/unit',
    suffix: '.test.js',
  }),
  payloadSuite,
  integrationSuite,
  mochaSuite('e2e', {
    stages: ['node', 'build', 'apt', 'vscode', 'python', 'model', 'fixtures', 'vsix'],
    folder: 'out/test/e2e',
    suffix: '.test.js',
    separately: true,
  }),
];
