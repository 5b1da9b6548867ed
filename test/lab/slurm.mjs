// A real Slurm cluster of two nodes with munge and sshd, on loopback: what the tests submit to.
//   node test/lab/slurm.mjs start|stop|status       a lab to work with by hand
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { startCutProxy } from './cutProxy.mjs';
import { isMain, LAB } from './paths.mjs';
import {
  allPids,
  descendantsOf,
  freePorts,
  isAlive,
  nameOf,
  onExit,
  readProc,
  run,
  sendSignal,
  startProcess,
  tail,
  waitFor,
} from './processes.mjs';
import { NODES, PARTITIONS, writeSlurmConfig } from './slurmConfig.mjs';
import { createSshd, HOST_ALIAS } from './sshd.mjs';

const PREFIX = 'afina-lab-';
const HAND_LAB = join(LAB, 'slurm.json');
// munged's socket must fit a sockaddr_un (108 bytes), ssh's ControlPath under the lab's folder too.
const LONGEST_DIR = 60;

/**
 * @typedef {{
 *   dir: string,
 *   host: string,
 *   user: string,
 *   port: number,
 *   sshConfig: string,
 *   wrongHostKeyConfig: string,
 *   root: string,
 *   slurmConf: string,
 *   env: Record<string, string>,
 *   version: string,
 *   partitions: typeof PARTITIONS,
 *   nodes: typeof NODES,
 *   startupMs: number,
 *   ssh(command: string): Promise<{stdout: string, stderr: string, code: number | null}>,
 *   slurm(file: string, ...args: string[]): Promise<string>,
 *   killSshd(): Promise<void>,
 *   startSshd(): Promise<void>,
 *   stopSlurmctld(): Promise<void>,
 *   startSlurmctld(): Promise<void>,
 *   restartSlurmctld(): Promise<void>,
 *   startCutProxy(): Promise<import('./cutProxy.mjs').CutProxy & {sshConfig: string}>,
 *   log(): string,
 *   stop(): Promise<void>,
 * }} Lab
 */

/**
 * Starts a cluster of its own; any number can run at once. It is gone, with its jobs, after `stop()` and also when
 * this process ends in any way but SIGKILL (see `sweepLabs`).
 * @param {{dir?: string, env?: Record<string, string>, outlive?: boolean, keepFiles?: boolean}} [options]
 *   `dir`: an empty or new folder with a short path; a temporary one otherwise, removed by `stop()`.
 *   `env`: variables that ssh sessions, and so jobs, have besides SLURM_CONF (say AFINA_HOME).
 * @returns {Promise<Lab>}
 */
export async function startLab(options = {}) {
  const began = Date.now();
  const outlive = options.outlive ?? false;
  if (options.dir !== undefined) mkdirSync(options.dir, { recursive: true, mode: 0o755 });
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), PREFIX)) : resolve(options.dir);
  if (dir.length > LONGEST_DIR) {
    throw new Error(
      `The lab's folder ${dir} has too long a path for its sockets (${LONGEST_DIR} characters at most).`,
    );
  }
  chmodSync(dir, 0o755);
  const version = await slurmVersion();
  const [controllerPort = 0, nodePort1 = 0, nodePort2 = 0, sshPort = 0] = await freePorts(4);
  const root = join(dir, 'cluster');
  for (const each of ['state', 'spool-n1', 'spool-n2', 'munge', 'cluster'])
    mkdirSync(join(dir, each), { recursive: true });

  const mungeSocket = join(dir, 'munge', 'munge.sock');
  const slurmConf = writeSlurmConfig({
    dir,
    mungeSocket,
    controllerPort,
    nodePorts: [nodePort1, nodePort2],
    version: version.numbers,
  });
  const sessionEnv = { SLURM_CONF: slurmConf, ...options.env };
  const env = { ...process.env, ...sessionEnv };
  writeFileSync(join(dir, 'lab.json'), JSON.stringify({ dir, owner: outlive ? null : process.pid }));
  const removeFiles = () => {
    if (options.keepFiles !== true) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const takeBack = outlive
    ? () => undefined
    : onExit(() => {
        sweep(dir);
        removeFiles();
      });

  const controllerLog = join(dir, 'slurmctld.log');
  /** @type {import('./processes.mjs').Running | undefined} */
  let controller;
  const startSlurmctld = async () => {
    if (controller?.running() === true) return;
    controller = await startProcess('slurmctld', ['-D', '-f', slurmConf], {
      env,
      outlive,
      name: 'slurmctld',
    });
    const mine = controller;
    await waitFor(
      'slurmctld answers',
      async () => {
        if (!mine.running()) throw new Error(`slurmctld ended at once:\n${tail(controllerLog)}`);
        return (await run('scontrol', ['ping'], { env, allowFailure: true })).stdout.includes('is UP');
      },
      { everyMs: 100, hint: () => tail(controllerLog) },
    );
  };
  const stopSlurmctld = async () => {
    await controller?.stop(10_000);
  };

  try {
    const sshd = await createSshd({ dir: join(dir, 'ssh'), port: sshPort, env: sessionEnv, outlive });
    await startMunge(dir, mungeSocket, outlive);
    await Promise.all([
      sshd.start(),
      startSlurmctld(),
      ...NODES.map(async (node) =>
        startProcess('slurmd', ['-D', '-N', node, '-f', slurmConf], { env, outlive, name: `slurmd ${node}` }),
      ),
    ]);
    await waitFor(
      'both nodes are idle',
      async () => {
        const { stdout } = await run('sinfo', ['-h', '-N', '-p', PARTITIONS.default, '-o', '%N %t'], {
          env,
          allowFailure: true,
        });
        return NODES.every((node) => stdout.includes(`${node} idle\n`));
      },
      { everyMs: 100, hint: () => `${tail(join(dir, 'slurmd-n1.log'))}\n${tail(controllerLog)}` },
    );
    writeFileSync(
      join(dir, 'lab.json'),
      JSON.stringify({ dir, owner: outlive ? null : process.pid, sshConfig: sshd.sshConfig }),
    );

    /** @type {Set<import('./cutProxy.mjs').CutProxy>} */
    const proxies = new Set();
    let stopped = false;
    return {
      dir,
      host: HOST_ALIAS,
      user: userInfo().username,
      port: sshPort,
      sshConfig: sshd.sshConfig,
      wrongHostKeyConfig: sshd.wrongHostKeyConfig,
      root,
      slurmConf,
      env: { SLURM_CONF: slurmConf },
      version: version.text,
      partitions: PARTITIONS,
      nodes: NODES,
      startupMs: Date.now() - began,
      ssh: (command) =>
        run('ssh', ['-F', sshd.sshConfig, HOST_ALIAS, command], { allowFailure: true, timeoutMs: 60_000 }),
      slurm: async (file, ...args) => (await run(file, args, { env, timeoutMs: 60_000 })).stdout,
      killSshd: () => sshd.kill(),
      startSshd: () => sshd.start(),
      stopSlurmctld,
      startSlurmctld,
      async restartSlurmctld() {
        await stopSlurmctld();
        await startSlurmctld();
      },
      async startCutProxy() {
        const proxy = await startCutProxy({ targetPort: sshPort });
        proxies.add(proxy);
        return { ...proxy, sshConfig: sshd.configThrough(proxy.port) };
      },
      log: () =>
        ['slurmctld', 'slurmd-n1', 'slurmd-n2', 'ssh/sshd']
          .map((name) => `== ${name}\n${tail(join(dir, `${name}.log`), 60)}`)
          .join('\n'),
      async stop() {
        if (stopped) return;
        stopped = true;
        await Promise.all([...proxies].map((proxy) => proxy.stop()));
        await stopEverything(dir, env);
        takeBack();
        removeFiles();
      },
    };
  } catch (error) {
    sweep(dir);
    takeBack();
    removeFiles();
    throw error;
  }
}

/** @returns {Promise<{text: string, numbers: [number, number]}>} */
async function slurmVersion() {
  try {
    const { stdout } = await run('slurmctld', ['-V']);
    const match = /(\d+)\.(\d+)/.exec(stdout);
    return {
      text: stdout.trim().replace(/^\S+\s+/, ''),
      numbers: [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)],
    };
  } catch (error) {
    throw new Error(
      `The lab needs Slurm, munge, sshd and rsync: run \`node test/lab/setup.mjs apt\`. (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    );
  }
}

/**
 * @param {string} dir
 * @param {string} socket
 * @param {boolean} outlive
 */
async function startMunge(dir, socket, outlive) {
  const key = join(dir, 'munge', 'munge.key');
  const log = join(dir, 'munge', 'munged.log');
  writeFileSync(key, randomBytes(1024), { mode: 0o400 });
  const munged = await startProcess(
    'munged',
    [
      '--foreground',
      '--force',
      `--key-file=${key}`,
      `--socket=${socket}`,
      `--pid-file=${join(dir, 'munge', 'munged.pid')}`,
      `--seed-file=${join(dir, 'munge', 'munged.seed')}`,
    ],
    { logFile: log, outlive, name: 'munged' },
  );
  await waitFor(
    'munged listens',
    () => {
      if (!munged.running()) throw new Error(`munged ended at once:\n${tail(log)}`);
      return existsSync(socket);
    },
    { everyMs: 20, hint: () => tail(log) },
  );
}

/**
 * Ends jobs first, since they would outlive slurmd, then the daemons, then whatever is left.
 * @param {string} dir
 * @param {NodeJS.ProcessEnv} env
 */
async function stopEverything(dir, env) {
  await run('scancel', ['--full', '--signal=KILL', '--user', userInfo().username], {
    env,
    allowFailure: true,
    timeoutMs: 5000,
  });
  for (const pid of processesOf(dir)) sendSignal(pid, 'SIGTERM');
  await waitFor('the lab stops', () => processesOf(dir).length === 0, { timeoutMs: 4000, everyMs: 50 }).catch(
    () => sweep(dir),
  );
}

const DAEMONS = /^(munged|slurmctld|slurmd|slurmstepd|sshd|sshd-session|sshd-auth|ssh|slurmscriptd)$/;

/**
 * Every process that belongs to the lab in `dir`: its daemons, ssh clients that use its configuration, jobs and ssh
 * sessions (known by SLURM_CONF), and what these started.
 * @param {string} dir
 * @returns {number[]}
 */
function processesOf(dir) {
  const conf = `SLURM_CONF=${join(dir, 'slurm.conf')}`;
  const found = new Set();
  for (const pid of allPids()) {
    if (pid === process.pid) continue;
    const daemon = DAEMONS.test(nameOf(pid));
    if (daemon && readProc(pid, 'cmdline').includes(dir)) found.add(pid);
    const environ = readProc(pid, 'environ').split('\0');
    if (
      environ.includes(conf) &&
      (daemon || environ.some((each) => /^(SLURM_JOB_ID|SSH_CONNECTION)=/.test(each)))
    )
      found.add(pid);
  }
  for (const pid of [...found]) for (const below of descendantsOf(pid)) found.add(below);
  return [...found].filter(isAlive);
}

/**
 * Kills at once, without waiting: for exit handlers.
 * @param {string} dir
 */
function sweep(dir) {
  // Twice: a process may have been starting another one while it was looked at.
  for (let round = 0; round < 2; round += 1) for (const pid of processesOf(dir)) sendSignal(pid, 'SIGKILL');
}

/** Ends labs whose owner was killed before it could do so, and removes their folders. Gives back how many. */
export function sweepLabs() {
  let swept = 0;
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const dir = join(tmpdir(), name);
    const lab = readJson(join(dir, 'lab.json'));
    if (lab === undefined || lab.dir !== dir || typeof lab.owner !== 'number' || isAlive(lab.owner)) continue;
    sweep(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    swept += 1;
  }
  return swept;
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string | undefined} command */
async function main(command) {
  const known = readJson(HAND_LAB);
  const running = known === undefined ? [] : processesOf(known.dir);
  if (command === 'start') {
    if (running.length > 0) {
      console.log(`A lab runs already in ${known.dir}.`);
      return;
    }
    const lab = await startLab({ outlive: true });
    mkdirSync(dirname(HAND_LAB), { recursive: true });
    writeFileSync(HAND_LAB, JSON.stringify({ dir: lab.dir, sshConfig: lab.sshConfig }));
    console.log(
      [
        `Slurm ${lab.version}, nodes ${lab.nodes.join(' and ')} on ${hostname()}, up in ${lab.startupMs} ms, in ${lab.dir}`,
        `  ssh -F ${lab.sshConfig} ${lab.host} sinfo`,
        `  SLURM_CONF=${lab.slurmConf} squeue`,
        'Stop it with: node test/lab/slurm.mjs stop',
      ].join('\n'),
    );
    process.exit(0);
  }
  if (command === 'stop') {
    if (known === undefined) {
      console.log('No lab runs.');
      return;
    }
    await stopEverything(known.dir, { ...process.env, SLURM_CONF: join(known.dir, 'slurm.conf') });
    rmSync(known.dir, { recursive: true, force: true, maxRetries: 3 });
    rmSync(HAND_LAB, { force: true });
    console.log('The lab is stopped.');
    return;
  }
  if (command === 'status') {
    console.log(
      running.length === 0
        ? 'No lab runs.'
        : `A lab runs in ${known.dir} (ssh -F ${known.sshConfig} ${HOST_ALIAS}):`,
    );
    for (const pid of running) console.log(`  ${pid} ${nameOf(pid)}`);
    return;
  }
  console.error('Usage: node test/lab/slurm.mjs start|stop|status');
  process.exitCode = 2;
}

if (isMain('test/lab/slurm.mjs')) {
  main(process.argv[2]).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
