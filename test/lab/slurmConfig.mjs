// The configuration files of the lab's cluster. Debian 12 has Slurm 22.05, Debian 13 has 24.11; both must take them.
import { writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** What the tests may rely on; `batch` is where a job goes that names no partition. */
export const PARTITIONS = /** @type {const} */ ({
  default: 'batch',
  normal: { name: 'normal', nodes: ['n1', 'n2'], maxTime: '2-00:00:00' },
  debug: { name: 'debug', nodes: ['n1', 'n2'], maxTime: '00:05:00' },
  batch: { name: 'batch', nodes: ['n1', 'n2'], maxTime: '1-00:00:00' },
});

export const NODES = /** @type {const} */ (['n1', 'n2']);

/**
 * @param {{dir: string, mungeSocket: string, controllerPort: number, nodePorts: readonly number[], version: readonly [number, number]}} options
 * @returns {string} path of slurm.conf
 */
export function writeSlurmConfig({ dir, mungeSocket, controllerPort, nodePorts, version }) {
  const file = join(dir, 'slurm.conf');
  const host = hostname().split('.')[0];
  const user = userInfo().username;
  const nodes = NODES.map(
    (name, index) =>
      `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[index]} ` +
      'CPUs=2 RealMemory=16000 Gres=gpu:a100:1 State=UNKNOWN',
  );
  writeFileSync(
    file,
    [
      'ClusterName=afina-lab',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${controllerPort}`,
      `SlurmUser=${user}`,
      `SlurmdUser=${user}`,
      'AuthType=auth/munge',
      `AuthInfo=socket=${mungeSocket}`,
      'CredType=cred/munge',
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core',
      // No slurmdbd: sacct answers that accounting is off, as on some real clusters.
      'AccountingStorageType=accounting_storage/none',
      'MpiDefault=none',
      'ReturnToService=2',
      // The nodes are invented: two cores, 16 GB and one GPU each, whatever this machine has.
      'SlurmdParameters=config_overrides',
      'GresTypes=gpu',
      // Refuse at submission what could never run, as the centres do.
      'EnforcePartLimits=ALL',
      // Jobs start when they can, not at the next round of the scheduler.
      'SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0',
      'KillWait=5',
      'MinJobAge=600',
      'SlurmctldTimeout=120',
      'SlurmdTimeout=60',
      'JobRequeue=1',
      'PrivateData=none',
      `StateSaveLocation=${join(dir, 'state')}`,
      `SlurmdSpoolDir=${join(dir, 'spool-%n')}`,
      `SlurmctldPidFile=${join(dir, 'slurmctld.pid')}`,
      `SlurmdPidFile=${join(dir, 'slurmd-%n.pid')}`,
      `SlurmctldLogFile=${join(dir, 'slurmctld.log')}`,
      `SlurmdLogFile=${join(dir, 'slurmd-%n.log')}`,
      ...nodes,
      `PartitionName=normal Nodes=n1,n2 MaxTime=${PARTITIONS.normal.maxTime} DefaultTime=00:30:00 State=UP`,
      `PartitionName=debug Nodes=n1,n2 MaxTime=${PARTITIONS.debug.maxTime} DefaultTime=00:05:00 State=UP`,
      `PartitionName=batch Nodes=n1,n2 MaxTime=${PARTITIONS.batch.maxTime} DefaultTime=00:30:00 Default=YES State=UP`,
      '',
    ].join('\n'),
  );
  // Slurm only books the GPU (task/none confines nothing), so any device file does and jobs that ask for one are scheduled.
  writeFileSync(
    join(dir, 'gres.conf'),
    NODES.map((name) => `NodeName=${name} Name=gpu Type=a100 File=/dev/zero\n`).join(''),
  );
  // Since 23.11 slurmd looks for a cgroup plugin whatever tracks the processes; in a container there may be none.
  // Before that the word "disabled" is not known.
  if (version[0] > 23 || (version[0] === 23 && version[1] >= 11)) {
    writeFileSync(join(dir, 'cgroup.conf'), 'CgroupPlugin=disabled\n');
  }
  return file;
}
