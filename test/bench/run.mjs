// `npm run bench`: sets up what the benchmarks need and runs them one after another.
//   node test/bench/run.mjs [NAME…]      all without a name; results on stdout, one JSON object a line, the rest on stderr
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../lab/paths.mjs';
import { setUp } from '../lab/setup.mjs';

/** Each benchmark and the stages of set-up that it needs. */
const BENCHES = new Map([
  ['activation', ['node', 'build']],
  ['checks', ['node', 'build', 'apt', 'python']],
  ['converter', ['node', 'build', 'apt', 'python', 'model', 'fixtures']],
  ['editor', ['node', 'build', 'apt', 'vscode']],
  ['preview', ['node', 'build', 'model']],
]);

/** @param {string} text */
const say = (text) => process.stderr.write(text);

async function main() {
  const given = process.argv.slice(2);
  const unknown = given.filter((name) => !BENCHES.has(name));
  if (unknown.length > 0) {
    say(`There is no benchmark ${unknown.join(', ')}. Benchmarks: ${[...BENCHES.keys()].join(', ')}.\n`);
    process.exitCode = 2;
    return;
  }
  const names = given.length === 0 ? [...BENCHES.keys()] : given;
  await setUp([...new Set(names.flatMap((name) => BENCHES.get(name) ?? []))], { write: say });
  for (const name of names) {
    say(`\n── ${name} ${'─'.repeat(60 - name.length)}\n`);
    try {
      const script = join(ROOT, 'out', 'test', 'bench', `${name}.js`);
      await (await import(pathToFileURL(script).href)).run();
    } catch (error) {
      // The others may still tell something.
      say(`${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

main().catch((error) => {
  say(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
