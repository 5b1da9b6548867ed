// Runs test files with mocha, the report of every test on stdout and the counts in a file.
//   node test/lab/mochaRun.mjs REPORT.json FILE…       AFINA_TEST_GREP runs only the tests whose title matches it
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

const [report, ...files] = process.argv.slice(2);
if (report === undefined || files.length === 0) {
  console.error('Usage: node test/lab/mochaRun.mjs REPORT.json FILE…');
  process.exit(2);
}
// The bundles carry their source maps: stacks then name the sources.
process.setSourceMapsEnabled(true);
const grep = process.env.AFINA_TEST_GREP;
const mocha = new Mocha({
  ui: 'bdd',
  reporter: 'spec',
  timeout: 30_000,
  ...(grep === undefined ? {} : { grep: new RegExp(grep) }),
});
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

const result = { passed: 0, failed: 0, skipped: 0 };
const runner = mocha.run((failures) => {
  writeFileSync(report, JSON.stringify(result));
  // A handle that a test forgot would keep this process, and so the whole run, from ending.
  process.exit(failures === 0 ? 0 : 1);
});
runner.on('pass', () => (result.passed += 1));
runner.on('pending', () => (result.skipped += 1));
runner.on('fail', () => (result.failed += 1));
