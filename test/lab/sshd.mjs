// An OpenSSH server on loopback with keys of its own, and client configurations that find it. It never touches ~/.ssh.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { descendantsOf, nameOf, run, sendSignal, startProcess, tail, waitFor } from './processes.mjs';

export const HOST_ALIAS = 'afina-lab';

/**
 * @typedef {{
 *   port: number,
 *   sshConfig: string,
 *   wrongHostKeyConfig: string,
 *   configThrough(port: number): string,
 *   pid(): number | undefined,
 *   start(): Promise<void>,
 *   kill(): Promise<void>,
 *   stop(): Promise<void>,
 * }} Sshd
 */

/**
 * @param {{dir: string, port: number, env: Record<string, string>, outlive: boolean}} options
 * @returns {Promise<Sshd>}
 */
export async function createSshd({ dir, port, env, outlive }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const hostKey = join(dir, 'host_key');
  const otherHostKey = join(dir, 'other_host_key');
  const userKey = join(dir, 'user_key');
  await Promise.all(
    [hostKey, otherHostKey, userKey].map((file) =>
      run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', HOST_ALIAS, '-f', file]),
    ),
  );
  const authorized = join(dir, 'authorized_keys');
  writeFileSync(authorized, readFileSync(`${userKey}.pub`));
  chmodSync(authorized, 0o600);
  const knownHosts = join(dir, 'known_hosts');
  const wrongKnownHosts = join(dir, 'wrong_known_hosts');
  // The alias, not an address and port, so that the same entry holds for sshd itself and for a proxy in front of it.
  writeFileSync(knownHosts, `${HOST_ALIAS} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  writeFileSync(wrongKnownHosts, `${HOST_ALIAS} ${readFileSync(`${otherHostKey}.pub`, 'utf8')}`);

  const serverConfig = join(dir, 'sshd_config');
  const log = join(dir, 'sshd.log');
  const setEnv = Object.entries(env).map(([name, value]) => `"${name}=${value}"`);
  writeFileSync(
    serverConfig,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${authorized}`,
      `PidFile ${join(dir, 'sshd.pid')}`,
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UseDNS no',
      'PrintMotd no',
      'MaxStartups 100',
      'MaxSessions 100',
      'Subsystem sftp internal-sftp',
      // One line: of several SetEnv lines sshd takes the first only.
      ...(setEnv.length === 0 ? [] : [`SetEnv ${setEnv.join(' ')}`]),
      '',
    ].join('\n'),
  );

  /**
   * @param {string} name
   * @param {number} clientPort
   * @param {string} hosts
   */
  const clientConfig = (name, clientPort, hosts) => {
    const file = join(dir, name);
    writeFileSync(
      file,
      [
        `Host ${HOST_ALIAS}`,
        '  HostName 127.0.0.1',
        `  Port ${clientPort}`,
        `  User ${userInfo().username}`,
        `  HostKeyAlias ${HOST_ALIAS}`,
        `  UserKnownHostsFile ${hosts}`,
        '  GlobalKnownHostsFile /dev/null',
        '  StrictHostKeyChecking yes',
        `  IdentityFile ${userKey}`,
        '  IdentitiesOnly yes',
        '  IdentityAgent none',
        '  PreferredAuthentications publickey',
        '  ConnectTimeout 10',
        '',
      ].join('\n'),
    );
    return file;
  };

  /** @type {import('./processes.mjs').Running | undefined} */
  let daemon;
  const sessions = () =>
    daemon === undefined ? [] : descendantsOf(daemon.pid).filter((pid) => nameOf(pid).startsWith('sshd'));

  const start = async () => {
    if (daemon?.running() === true) return;
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    // sshd re-executes itself for each connection and insists on an absolute path.
    daemon = await startProcess('/usr/sbin/sshd', ['-D', '-e', '-f', serverConfig], {
      logFile: log,
      outlive,
      name: 'sshd',
    });
    const mine = daemon;
    await waitFor('sshd listens', async () => (mine.running() ? await canConnect(port) : fail(log)), {
      timeoutMs: 10_000,
      everyMs: 20,
      hint: () => tail(log),
    });
  };

  return {
    port,
    sshConfig: clientConfig('ssh_config', port, knownHosts),
    wrongHostKeyConfig: clientConfig('wrong_ssh_config', port, wrongKnownHosts),
    configThrough: (proxyPort) => clientConfig(`ssh_config_${proxyPort}`, proxyPort, knownHosts),
    pid: () => (daemon?.running() === true ? daemon.pid : undefined),
    start,
    async kill() {
      if (daemon === undefined) return;
      // Sessions are children that outlive their listener: a lost host takes both.
      const pids = sessions();
      const { stopped } = daemon;
      sendSignal(daemon.pid, 'SIGKILL');
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      await stopped;
    },
    async stop() {
      if (daemon === undefined) return;
      const pids = sessions();
      await daemon.stop();
      for (const pid of pids) sendSignal(pid, 'SIGTERM');
    },
  };
}

/** @param {string} log */
function fail(log) {
  throw new Error(`sshd ended at once:\n${tail(log)}`);
}

/** @param {number} port */
async function canConnect(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
