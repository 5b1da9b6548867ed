// `npm run demo`: the whole loop on the sample project and a real small model, on this machine.
// Ends with one line of JSON. AFINA_DEMO_MODEL=PATH uses another GGUF.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, paths } from './paths.mjs';
import { setUp } from './setup.mjs';

const RECORD = 'dm-0001';
const DATASET = 'datasets/direito-maritimo.jsonl';
const JOB = 'jobs/direito-maritimo-local.yaml';
const ownModel = process.env.AFINA_DEMO_MODEL;

/** Prints a heading of the summary. */
function station(title) {
  console.log(`\n\u001b[1m${title}\u001b[0m`);
}

/** An answer for the summary; the JSON line at the end has it whole. */
function onOneLine(answer) {
  const text = answer.replace(/\s+/g, ' ').trim();
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/** Runs `afina …` in the workspace; its progress (stderr) is shown, its JSON document is returned. */
function afina(workspace, args) {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), ...args, '--json'], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, AFINA_HOME: paths.afinaHome },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      let value;
      try {
        value = JSON.parse(stdout);
      } catch {
        reject(new Error(`afina ${args[0]} ended with ${signal ?? code} and no JSON document:\n${stdout}`));
        return;
      }
      if (code === 0) resolve(value);
      else
        reject(new Error(value.error?.message ?? `afina ${args[0]} ended with ${signal ?? code}: ${stdout}`));
    });
  });
}

/** A fresh copy of the sample, with the model that is to be used here named in afina.local.yaml. */
function copySample(model) {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '').replace('T', '-');
  const workspace = path.join(ROOT, '.lab', 'demo', stamp);
  mkdirSync(path.dirname(workspace), { recursive: true });
  cpSync(path.join(ROOT, 'media', 'sample'), workspace, { recursive: true });
  const local = { models: { smollm2: { title: path.basename(model), gguf: model } } };
  writeFileSync(path.join(workspace, 'afina.local.yaml'), `${JSON.stringify(local, null, 2)}\n`);
  return workspace;
}

async function main() {
  await setUp(ownModel === undefined ? ['node', 'build', 'model'] : ['node', 'build']);
  const started = performance.now();
  const workspace = copySample(ownModel === undefined ? paths.model : path.resolve(ownModel));
  console.log(`\nAfina, the loop on one machine. Project: ${workspace}`);

  station('1  Check');
  const check = await afina(workspace, ['check', DATASET]);
  const errors = check.findings.filter((finding) => finding.severity === 'error').length;
  console.log(`   ${check.records} records, ${check.findings.length} findings, ${errors} of them errors`);

  station('2  Preview with the base');
  const ask = ['preview', DATASET, '--id', RECORD, '--seed', '42', '--max-tokens', '120'];
  const base = await afina(workspace, ask);
  console.log(`   Question:  ${base.question}`);
  console.log(`   Base:      ${onOneLine(base.answer)}`);

  station('3  Submit the fine-tune job');
  const submitted = await afina(workspace, ['submit', JOB, '--yes']);
  console.log(`   Run ${submitted.run} on ${submitted.cluster}`);

  station('4  Watch');
  const run = await afina(workspace, ['watch', submitted.run]);
  if (run.state !== 'completed')
    throw new Error(`the run ended as ${run.state}: ${run.reason ?? 'see its train.log'}`);

  station('5  Fetch and convert the adapter');
  const fetched = await afina(workspace, ['fetch', submitted.run]);
  console.log(`   ${fetched.gguf} (${(fetched.ggufBytes / 1e6).toFixed(1)} MB), sha256 verified`);

  station('6  Preview with the adapter');
  const tuned = await afina(workspace, [...ask, '--adapter', fetched.gguf]);
  console.log(`   Question:  ${tuned.question}`);
  console.log(`   Base:      ${onOneLine(base.answer)}`);
  console.log(`   Tuned:     ${onOneLine(tuned.answer)}`);
  console.log(`   Reference: ${tuned.reference}`);

  const result = JSON.parse(readFileSync(path.join(fetched.folder, 'result.json'), 'utf8'));
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.log(
    `\nLoss ${result.metrics.firstLoss.toFixed(2)} → ${result.metrics.lastLoss.toFixed(2)} in ${seconds} s. ` +
      '`npm start` opens this in VS Code.\n',
  );
  console.log(
    JSON.stringify({
      records: check.records,
      train: submitted.train,
      eval: submitted.eval,
      run: run.run,
      state: run.state,
      firstLoss: result.metrics.firstLoss,
      lastLoss: result.metrics.lastLoss,
      evalLoss: result.metrics.evalLoss,
      adapterBytes: fetched.adapterBytes,
      ggufBytes: statSync(fetched.gguf).size,
      baseAnswer: base.answer,
      tunedAnswer: tuned.answer,
      seconds,
    }),
  );
}

try {
  await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
