// Sets up what the suites, the demonstration and `npm start` need. Only Node's built-ins: it runs before any `npm ci`.
//   node test/lab/setup.mjs [STAGE…]      all stages without a name; a second run does nothing
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMain, LAB } from './paths.mjs';
import { isAlive, onExit, startProcess, tail, waitFor } from './processes.mjs';
import { STAGES } from './stages.mjs';

/**
 * @typedef {{
 *   name: string,
 *   does: string,
 *   usually: string,
 *   stamp: string,
 *   inputs(): string[] | undefined,
 *   work(tools: Tools): Promise<void>,
 * }} Stage
 *   `inputs`: texts whose hash says whether the work is still done; undefined when what the stage made is gone.
 *   `usually`: how long, shown while one waits. `stamp`: the file that holds the hash.
 *
 * @typedef {{
 *   say(text: string): void,
 *   run(file: string, args: readonly string[], options?: {cwd?: string, env?: NodeJS.ProcessEnv, hint?: string, interactive?: boolean}): Promise<void>,
 * }} Tools
 */

export class SetupError extends Error {
  /**
   * @param {string} stage
   * @param {string} message
   */
  constructor(stage, message) {
    super(message);
    this.name = 'SetupError';
    this.stage = stage;
  }
}

/**
 * Brings the named stages up to date, in the order in which they build on each other.
 * @param {readonly string[]} names
 * @param {{write?: (text: string) => void}} [options]
 */
export async function setUp(names, options = {}) {
  const write = options.write ?? ((text) => process.stdout.write(text));
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = STAGES.map((stage) => stage.name).join(', ');
    throw new SetupError(unknown[0] ?? '', `There is no stage ${unknown.join(', ')}. Stages: ${known}.`);
  }
  mkdirSync(join(LAB, 'logs'), { recursive: true });
  const wanted = STAGES.filter((stage) => names.includes(stage.name));
  if (wanted.every(isDone)) {
    write(`set-up   ${wanted.map((stage) => stage.name).join(', ')}: up to date\n`);
    return;
  }
  const release = await takeLock(write);
  try {
    for (const stage of wanted) await bring(stage, write);
  } finally {
    release();
  }
}

/** @param {Stage} stage */
function hashOf(stage) {
  const inputs = stage.inputs();
  return inputs === undefined ? undefined : createHash('sha256').update(inputs.join('\0')).digest('hex');
}

/** @param {Stage} stage */
function isDone(stage) {
  return existsSync(stage.stamp) && readFileSync(stage.stamp, 'utf8') === hashOf(stage);
}

/**
 * @param {Stage} stage
 * @param {(text: string) => void} write
 */
async function bring(stage, write) {
  const label = stage.name.padEnd(8);
  if (isDone(stage)) {
    write(`${label} up to date\n`);
    return;
  }
  const began = Date.now();
  const logFile = join(LAB, 'logs', `${stage.name}.log`);
  rmSync(logFile, { force: true });
  rmSync(stage.stamp, { force: true });
  write(`${label} ${stage.does} (${stage.usually}) …\n`);
  try {
    await stage.work({
      say: (text) => write(`${' '.repeat(9)}${text}\n`),
      run: async (file, args, run = {}) => {
        const { code, signal } = await execute(file, args, { ...run, logFile });
        if (code === 0) return;
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        const hint = run.hint === undefined ? '' : `${run.hint}\n`;
        throw new Error(
          `${file} ${args.join(' ')}: ${how}\n${tail(logFile, 25)}\n${hint}(whole log: ${logFile})`,
        );
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SetupError(stage.name, `Set-up failed at "${stage.name}" (${stage.does}):\n${message}`);
  }
  // Some inputs, such as a package's version, are there only afterwards.
  const hash = hashOf(stage);
  if (hash === undefined)
    throw new SetupError(stage.name, `"${stage.name}" ended without making what it should; see ${logFile}`);
  mkdirSync(dirname(stage.stamp), { recursive: true });
  writeFileSync(stage.stamp, hash);
  write(`${label} done in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, logFile: string, interactive?: boolean}} options
 */
async function execute(file, args, { interactive = false, ...options }) {
  const child = await startProcess(file, args, { ...options, interactive });
  return child.stopped;
}

/**
 * Two set-ups at once would install over each other: the second waits.
 * @param {(text: string) => void} write
 */
async function takeLock(write) {
  const lock = join(LAB, 'setup.lock');
  let told = false;
  await waitFor(
    'the other set-up ends',
    () => {
      try {
        writeFileSync(lock, String(process.pid), { flag: 'wx' });
        return true;
      } catch {
        const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
        if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
        else if (!told) {
          told = true;
          write(`set-up   waits for another one (process ${owner})\n`);
        }
        return false;
      }
    },
    { timeoutMs: 30 * 60_000, everyMs: 250 },
  );
  const remove = () => rmSync(lock, { force: true });
  const takeBack = onExit(remove);
  return () => {
    remove();
    takeBack();
  };
}

if (isMain('test/lab/setup.mjs')) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : STAGES.map((stage) => stage.name);
  const began = Date.now();
  setUp(names).then(
    () => console.log(`set-up   complete (${((Date.now() - began) / 1000).toFixed(1)} s)`),
    (error) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
