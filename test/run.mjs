// `npm test`: sets up what the suites need, runs them one after another, and closes with "N passed, N failed".
//   node test/run.mjs [SUITE…]       AFINA_TEST_GREP=TEXT runs only the tests whose title matches it
import { onExit, allPids, isAlive, nameOf, readProc, sendSignal } from './lab/processes.mjs';
import { paths } from './lab/paths.mjs';
import { setUp } from './lab/setup.mjs';
import { sweepLabs } from './lab/slurm.mjs';
import { SUITES } from './lab/suites.mjs';

// Whatever the suites start inherits it, and so can be found again.
const MARK = `AFINA_TEST_RUN=${process.pid}-${Date.now()}`;

/** @param {string[]} names */
function choose(names) {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no suite ${unknown.join(', ')}. Suites: ${SUITES.map((suite) => suite.name).join(', ')}.`,
    );
    process.exit(2);
  }
  return SUITES.filter((suite) => names.length === 0 || names.includes(suite.name));
}

/** Ends what the suites left running, and says what it was: a test that leaves something behind has a mistake. */
function clearAway() {
  const left = allPids().filter(
    (pid) => pid !== process.pid && isAlive(pid) && readProc(pid, 'environ').split('\0').includes(MARK),
  );
  if (left.length > 0)
    console.log(
      `Left running by the tests, and ended now: ${left.map((pid) => `${nameOf(pid)} (${pid})`).join(', ')}`,
    );
  for (const pid of left) sendSignal(pid, 'SIGKILL');
  const labs = sweepLabs();
  if (labs > 0) console.log(`Labs left behind by killed tests, and ended now: ${labs}`);
}

async function main() {
  const suites = choose(process.argv.slice(2));
  try {
    await setUp([...new Set(suites.flatMap((suite) => suite.stages))]);
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
    return;
  }
  onExit(clearAway);
  const [name = '', value = ''] = MARK.split('=');
  const env = { ...process.env, AFINA_HOME: paths.afinaHome, [name]: value };
  const rows = [];
  for (const suite of suites) {
    console.log(`\n── ${suite.name} ${'─'.repeat(60 - suite.name.length)}`);
    const began = Date.now();
    let counts = { passed: 0, failed: 1, skipped: 0 };
    try {
      counts = await suite.run(env);
    } catch (error) {
      console.log(error instanceof Error ? error.stack : error);
    }
    const empty = counts.passed + counts.failed === 0;
    if (empty) console.log('  ✖ this suite ran no test');
    rows.push({
      name: suite.name,
      ...counts,
      failed: empty ? 1 : counts.failed,
      seconds: (Date.now() - began) / 1000,
    });
  }
  clearAway();
  report(rows);
}

/** @param {{name: string, passed: number, failed: number, skipped: number, seconds: number}[]} rows */
function report(rows) {
  const cell = (/** @type {string | number} */ value) => String(value).padStart(9);
  console.log(`\n${'suite'.padEnd(12)}${['passed', 'failed', 'skipped', 'seconds'].map(cell).join('')}`);
  for (const row of rows) {
    console.log(
      row.name.padEnd(12) + [row.passed, row.failed, row.skipped, row.seconds.toFixed(1)].map(cell).join(''),
    );
  }
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    rows.reduce((total, row) => total + row[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

await main();
