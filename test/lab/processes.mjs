// Child processes and ports, as the lab's scripts use them: a process is {pid, stopped, stop()}, and nothing that was
// started outlives the process that started it unless it was asked to.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * @typedef {{code: number | null, signal: NodeJS.Signals | null}} Exit
 * @typedef {{pid: number, name: string, stopped: Promise<Exit>, running(): boolean, stop(graceMs?: number): Promise<Exit>}} Running
 */

// One list for the whole process: each bundled test file carries a copy of this module, and with a handler of its own
// each would wait for the others to end the process.
const everyCopy = /** @type {Record<symbol, {actions: Set<() => void>, hooked: boolean}>} */ (globalThis);
const atExit = (everyCopy[Symbol.for('afina.lab.atExit')] ??= { actions: new Set(), hooked: false });

/**
 * Runs `action` (synchronous) when this process ends, by itself or by SIGINT, SIGTERM or SIGHUP.
 * @param {() => void} action
 * @returns {() => void} takes the action back
 */
export function onExit(action) {
  atExit.actions.add(action);
  if (!atExit.hooked) {
    atExit.hooked = true;
    const runAll = () => {
      for (const each of [...atExit.actions].reverse()) {
        atExit.actions.delete(each);
        try {
          each();
        } catch {
          // One failing clean-up must not keep the others from running.
        }
      }
    };
    process.once('exit', runAll);
    for (const [signal, number] of /** @type {const} */ ([
      ['SIGHUP', 1],
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ])) {
      process.on(signal, () => {
        // Whoever listens too (`npm start`) stops in its own way and time; the exit handler runs either way.
        if (process.listenerCount(signal) === 1) process.exit(128 + number);
      });
    }
  }
  return () => atExit.actions.delete(action);
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  // A zombie answers signal 0 too; only its parent can clear it away.
  return !/^State:\s+Z/m.test(readProc(pid, 'status'));
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {number} pid
 * @param {'status' | 'cmdline' | 'environ' | 'stat'} file
 */
export function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** @returns {number[]} */
export function allPids() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** @param {number} pid */
export function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
}

/** @param {number} pid */
export function nameOf(pid) {
  return /^Name:\s+(\S+)/m.exec(readProc(pid, 'status'))?.[1] ?? '';
}

/**
 * All processes below `pid`, nearest first.
 * @param {number} pid
 * @returns {number[]}
 */
export function descendantsOf(pid) {
  const children = new Map();
  for (const each of allPids()) {
    const parent = parentOf(each);
    children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const found = [];
  const queue = [pid];
  while (queue.length > 0) {
    const below = children.get(queue.shift()) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/**
 * Starts a program in a process group of its own. Its output goes to `logFile`, to `onOutput`, or nowhere.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, logFile?: string, onOutput?: (text: string) => void, outlive?: boolean, name?: string, interactive?: boolean}} [options]
 *   `outlive`: keep it running when this process ends. `interactive`: it may ask on the terminal (sudo's password).
 * @returns {Promise<Running>}
 */
export async function startProcess(file, args, options = {}) {
  const name = options.name ?? file;
  const interactive = options.interactive ?? false;
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const output = log ?? (options.onOutput === undefined ? 'ignore' : 'pipe');
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [interactive ? 'inherit' : 'ignore', output, output],
    // A group of its own, so that a stop reaches what it starts; only the terminal's own group may read from it.
    detached: !interactive,
  });
  if (log !== undefined) closeSync(log);
  const { onOutput } = options;
  if (onOutput !== undefined) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text) => onOutput(String(text)));
    }
  }
  /** @type {Exit | undefined} */
  let exit;
  /** @type {() => unknown} */
  let forget = () => undefined;
  /** @type {Promise<Exit>} */
  const stopped = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      forget();
      resolve(exit);
    });
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
  });
  const pid = /** @type {number} */ (child.pid);
  if (options.outlive === true) child.unref();
  else forget = onExit(() => killGroup(pid, 'SIGKILL'));
  return {
    pid,
    name,
    stopped,
    running: () => exit === undefined,
    async stop(graceMs = 3000) {
      if (exit === undefined) killGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), graceMs);
      const result = await stopped;
      clearTimeout(timer);
      // Grandchildren that ignored SIGTERM would otherwise hold ports and files.
      killGroup(pid, 'SIGKILL');
      return result;
    },
  };
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function killGroup(pid, signal) {
  if (!sendSignal(-pid, signal)) sendSignal(pid, signal);
}

/**
 * Runs a program to its end and gives back its output; throws with that output when it fails.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, allowFailure?: boolean, timeoutMs?: number}} [options]
 * @returns {Promise<{stdout: string, stderr: string, code: number | null}>}
 */
export async function run(file, args, options = {}) {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const timer =
    options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('close', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
    child.once('error', (error) => reject(new Error(`${file} could not be started: ${error.message}`)));
  });
  clearTimeout(timer);
  if (code !== 0 && options.allowFailure !== true) {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    throw new Error(`${file} ${args.join(' ')} failed (${how}):\n${(stderr || stdout).trim().slice(-4000)}`);
  }
  return { stdout, stderr, code };
}

/**
 * Free TCP ports on loopback, all different. The sockets are held open together, so that no port is given twice.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(undefined));
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The system gave no TCP port.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Waits until `probe` gives something other than undefined or false.
 * @template T
 * @param {string} what for the error: "X did not happen within N s"
 * @param {() => Promise<T | undefined | false> | T | undefined | false} probe
 * @param {{timeoutMs?: number, everyMs?: number, hint?: () => string}} [options]
 * @returns {Promise<T>}
 */
export async function waitFor(what, probe, options = {}) {
  const { timeoutMs = 20_000, everyMs = 50 } = options;
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) {
      const hint = options.hint?.().trim() ?? '';
      throw new Error(`${what}: not within ${timeoutMs / 1000} s.${hint === '' ? '' : `\n${hint}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * The last lines of a log, for error messages.
 * @param {string} file
 * @param {number} [lines]
 */
export function tail(file, lines = 15) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
