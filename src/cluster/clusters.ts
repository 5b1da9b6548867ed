import { homedir } from 'node:os';
import path from 'node:path';
import { afinaHome } from '../project/afinaHome';
import type { ClusterConfig } from '../project/config';
import { LocalScheduler } from './localScheduler';
import { LocalTransport } from './localTransport';
import type { Scheduler } from './scheduler';
import { SlurmScheduler } from './slurmScheduler';
import { SshTransport } from './sshTransport';
import type { Transport } from './transport';

export interface ConnectionOptions {
  /** The ssh program. Default: `ssh` on the PATH. */
  readonly sshProgram?: string;
  /** Environment with which ssh can ask its user (SSH_ASKPASS, and what that program needs). Without it ssh never asks. */
  readonly askpass?: Readonly<Record<string, string>>;
}

/** Host of a cluster that is reached over ssh, or null when it is this machine. */
export function hostOf(config: ClusterConfig): string | null {
  return config.type === 'slurm' ? (config.host ?? null) : null;
}

/** Absolute folder on the cluster for runs, uploaded files and environments. */
export function clusterRoot(config: ClusterConfig): string {
  if (config.type === 'slurm') return path.posix.normalize(config.root).replace(/(?<=.)\/+$/, '');
  return config.root === undefined ? afinaHome() : path.resolve(expandHome(config.root));
}

export function openTransport(config: ClusterConfig, options: ConnectionOptions = {}): Transport {
  const host = hostOf(config);
  if (config.type === 'local' || host === null) return new LocalTransport();
  return new SshTransport({
    host,
    sshConfig: config.sshConfig === undefined ? undefined : path.resolve(expandHome(config.sshConfig)),
    program: options.sshProgram,
    askpass: options.askpass,
  });
}

export function schedulerOf(config: ClusterConfig): Scheduler {
  return config.type === 'slurm' ? new SlurmScheduler() : new LocalScheduler();
}

/** What tells one cluster from another: runs with the same key are polled together. */
export function clusterKey(config: ClusterConfig): string {
  return config.type === 'slurm' ? `slurm\0${config.host ?? ''}\0${config.sshConfig ?? ''}` : 'local';
}

/** Shares one transport for each cluster: `transportFor` is what `submitJob`, `Monitor`, `fetchRun` and `cancelRun` take. */
export class TransportPool {
  private readonly open = new Map<string, Transport>();

  constructor(private readonly options: ConnectionOptions = {}) {}

  readonly transportFor = (config: ClusterConfig): Transport => {
    const key = clusterKey(config);
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const transport = openTransport(config, this.options);
    this.open.set(key, transport);
    return transport;
  };

  async close(): Promise<void> {
    const all = [...this.open.values()];
    this.open.clear();
    await Promise.all(all.map((transport) => transport.close()));
  }
}

function expandHome(name: string): string {
  return name === '~' || name.startsWith('~/') ? path.join(homedir(), name.slice(1)) : name;
}
