// Debian packages for the tests: which are missing, and how they are installed, as root or through sudo.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { LAB } from './paths.mjs';

/** @typedef {import('./setup.mjs').Stage} Stage */

const APT_PACKAGES = [
  // The cluster.
  ...['slurm-wlm', 'munge', 'openssh-server', 'openssh-client', 'rsync', 'procps'],
  // The browser.
  'chromium',
  // code-server's native modules; `git` for llama.cpp's converters.
  ...[
    'build-essential',
    'pkg-config',
    'libkrb5-dev',
    'libx11-dev',
    'libxkbfile-dev',
    'libsecret-1-dev',
    'git',
  ],
];
/** Services that Debian would start by itself; the lab starts its own, on ports of its own. */
const UNWANTED_SERVICES = new Map([
  ['openssh-server', ['ssh.socket', 'ssh.service']],
  ['munge', ['munge.service']],
  ['slurm-wlm', ['slurmctld.service', 'slurmd.service']],
]);

/** @returns {string[]} */
function missingPackages() {
  return APT_PACKAGES.filter((name) => {
    // dpkg keeps one file list a package (with the architecture for some): far quicker to look at than to ask dpkg-query.
    const info = '/var/lib/dpkg/info';
    return !['', ':amd64', ':arm64'].some((architecture) =>
      existsSync(join(info, `${name}${architecture}.list`)),
    );
  });
}

/** @type {Stage} */
export const aptStage = {
  name: 'apt',
  does: 'Debian packages: Slurm, munge, sshd, Chromium, compilers',
  usually: 'a minute or two',
  stamp: join(LAB, 'stamps', 'apt'),
  inputs: () => (missingPackages().length === 0 ? APT_PACKAGES : undefined),
  async work(tools) {
    const names = [];
    for (const name of APT_PACKAGES) {
      // A removed package whose configuration stays has a list too, so dpkg-query has the last word.
      const { stdout } = await run('dpkg-query', ['-W', '-f=${db:Status-Abbrev}', name], {
        allowFailure: true,
      }).catch(() => {
        throw new Error(
          `This system has no dpkg. Install the equivalents of ${APT_PACKAGES.join(' ')}, or use a Debian container.`,
        );
      });
      if (!stdout.startsWith('ii')) names.push(name);
    }
    await installPackages(names, tools);
  },
};

/**
 * @param {readonly string[]} names
 * @param {import('./setup.mjs').Tools} tools
 */
export async function installPackages(names, tools) {
  if (names.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const root = process.getuid?.() === 0;
  if (!root && (await run('sudo', ['-V'], { allowFailure: true }).catch(() => undefined)) === undefined) {
    throw new Error(
      `These packages are missing, and there is neither root nor sudo to install them with. As root:\n  ${command}`,
    );
  }
  const prefix = root ? [] : ['sudo', ...(process.stdin.isTTY ? [] : ['-n'])];
  /** @param {string[]} args */
  const asRoot = (...args) => {
    const [file = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    const hint = `Install them yourself, as root:\n  apt-get update && ${command}`;
    return tools.run(file, rest, { interactive: prefix.length > 0 && process.stdin.isTTY, hint });
  };
  tools.say(`installing ${names.join(' ')}`);
  await asRoot('apt-get', 'update', '-q');
  await asRoot('apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names);
  if (!existsSync('/run/systemd/system')) return;
  for (const service of names.flatMap((name) => UNWANTED_SERVICES.get(name) ?? [])) {
    await asRoot('systemctl', 'disable', '--now', service).catch(() => undefined);
  }
}
