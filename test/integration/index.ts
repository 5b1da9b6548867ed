// Runs in the extension host: the entry that VS Code calls with `extensionTestsPath`, under code-server and Electron alike.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** One finished test, as the runner reads it from the marked console line. */
interface Outcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  readonly error?: string;
}

const MARK = '@@afina-test ';

/** Settles when all tests have run; rejects when one failed, as VS Code expects. */
export async function run(): Promise<void> {
  // The bundles carry their source maps: stacks then name the sources.
  process.setSourceMapsEnabled(true);
  const mocha = new Mocha({
    ui: 'bdd',
    color: false,
    // Under the project's own runner the marked lines below are the report.
    reporter: process.env.AFINA_TEST_RUNNER === undefined ? 'spec' : Silent,
    timeout: 60_000,
    ...(process.env.AFINA_TEST_GREP === undefined ? {} : { grep: new RegExp(process.env.AFINA_TEST_GREP) }),
  });
  const folder = __dirname;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.js'),
  );
  for (const file of files.sort()) mocha.addFile(path.join(folder, file));

  await new Promise<void>((resolve, reject) => {
    let runner: Mocha.Runner;
    try {
      runner = mocha.run((failures) => {
        if (failures === 0) resolve();
        else reject(new Error(`${failures} failed`));
      });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    runner.on('pass', (test) => tell(test, 'passed'));
    runner.on('pending', (test) => tell(test, 'skipped'));
    // A failing hook comes here too, with the hook in the test's place.
    runner.on('fail', (test, error: Error) => tell(test, 'failed', error));
  });
}

class Silent extends Mocha.reporters.Base {
  override epilogue(): void {
    // The runner has told it all.
  }
}

function tell(test: Mocha.Test, state: Outcome['state'], error?: Error): void {
  const outcome: Outcome = {
    title: test.fullTitle(),
    state,
    durationMs: test.duration ?? 0,
    ...(error === undefined ? {} : { error: error.stack ?? error.message }),
  };
  // The console is what reaches the runner from both kinds of VS Code.
  console.log(MARK + JSON.stringify(outcome));
}
