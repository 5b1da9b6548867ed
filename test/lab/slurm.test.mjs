// The lab itself: what the other suites build on must hold first.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ROOT } from './paths.mjs';
import { allPids, isAlive, readProc, run, startProcess, waitFor } from './processes.mjs';
import { startLab, sweepLabs } from './slurm.mjs';

describe('the Slurm lab', function () {
  this.timeout(60_000);
  /** @type {Awaited<ReturnType<typeof startLab>>} */
  let lab;

  before(async () => {
    lab = await startLab({ env: { AFINA_LAB_WORD: 'maré alta' } });
  });

  after(async () => {
    await lab.stop();
  });

  it('runs a job on both nodes, submitted over ssh', async () => {
    const { stdout, stderr, code } = await lab.ssh("srun -N2 -n2 sh -c 'echo $SLURMD_NODENAME' | sort");
    assert.equal(stdout, 'n1\nn2\n', stderr);
    assert.equal(code, 0);
  });

  it('gives ssh sessions the variables it was asked for', async () => {
    assert.equal((await lab.ssh('echo "$AFINA_LAB_WORD"')).stdout, 'maré alta\n');
  });

  it('refuses an unknown partition and a time over the limit', async () => {
    const submit = (/** @type {string} */ options) => lab.ssh(`sbatch ${options} --wrap=true`);
    assert.match((await submit('-p nowhere')).stderr, /invalid partition/);
    assert.match((await submit(`-p debug -t 10`)).stderr, /time limit is invalid/);
  });

  it('schedules a job that asks for a GPU', async () => {
    const { stdout } = await lab.ssh("srun --gres=gpu:a100:1 sh -c 'echo $SLURM_JOB_PARTITION'");
    assert.equal(stdout, `${lab.partitions.default}\n`);
  });

  it('shows a wrong host key as such', async () => {
    const { code, stderr } = await run(
      'ssh',
      ['-F', lab.wrongHostKeyConfig, '-o', 'BatchMode=yes', lab.host, 'true'],
      {
        allowFailure: true,
      },
    );
    assert.equal(code, 255);
    assert.match(stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
  });

  it('keeps its jobs when slurmctld restarts, and comes back when sshd does', async () => {
    const id = (await lab.ssh('sbatch --parsable --wrap="sleep 60"')).stdout.trim();
    await lab.restartSlurmctld();
    await lab.killSshd();
    assert.equal((await lab.ssh('true')).code, 255);
    await lab.startSshd();
    assert.match((await lab.ssh(`squeue -h -j ${id} -o %i`)).stdout, new RegExp(`^${id}$`, 'm'));
    await lab.ssh(`scancel ${id}`);
  });

  it('cuts a connection after the bytes it was told, once', async () => {
    const proxy = await lab.startCutProxy();
    const ssh = async (/** @type {string} */ command) =>
      run('ssh', ['-F', proxy.sshConfig, lab.host, command], { allowFailure: true });
    assert.equal((await ssh('echo whole')).stdout, 'whole\n');
    const before = proxy.transferred();
    proxy.setLimit(100_000, 'down');
    const broken = await ssh('head -c 1000000 /dev/zero');
    assert.equal(broken.code, 255);
    assert.ok(broken.stdout.length < 100_000, `${broken.stdout.length} bytes came through`);
    assert.equal(proxy.transferred().down - before.down, 100_000);
    assert.equal((await ssh('head -c 1000000 /dev/zero')).stdout.length, 1_000_000);
    await proxy.stop();
  });

  it('runs beside a second one and leaves nothing behind', async () => {
    const second = await startLab();
    assert.equal((await second.ssh('squeue -h | wc -l')).stdout.trim(), '0');
    await second.ssh('sbatch --wrap="sleep 600"');
    const jobs = () => pidsWith(second.slurmConf);
    await waitFor('the job runs', () => jobs().length > 0);
    await second.stop();
    assert.deepEqual(jobs(), []);
    assert.ok(!existsSync(second.dir));
    assert.equal((await lab.ssh('sinfo -h -o %P')).code, 0, 'the first lab must not notice');
  });

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGKILL'])) {
    it(`is cleared away after its owner got ${signal}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'afina-owner-'));
      const script = join(folder, 'owner.mjs');
      const told = join(folder, 'lab.json');
      writeFileSync(
        script,
        `import { writeFileSync } from 'node:fs';
         import { startLab } from ${JSON.stringify(join(ROOT, 'test/lab/slurm.mjs'))};
         const lab = await startLab();
         await lab.ssh('sbatch --wrap="sleep 600"');
         writeFileSync(${JSON.stringify(told)}, JSON.stringify({ dir: lab.dir, slurmConf: lab.slurmConf }));
         setInterval(() => {}, 1000);`,
      );
      const owner = await startProcess(process.execPath, [script]);
      await waitFor('the owner has its lab', () => existsSync(told), { timeoutMs: 30_000 });
      const { slurmConf } = JSON.parse(readFileSync(told, 'utf8'));
      process.kill(owner.pid, signal);
      await owner.stopped;
      if (signal === 'SIGKILL') assert.ok(sweepLabs() >= 1);
      await waitFor('its processes are gone', () => pidsWith(slurmConf).length === 0, { timeoutMs: 5000 });
      rmSync(folder, { recursive: true });
    });
  }
});

/** @param {string} slurmConf */
function pidsWith(slurmConf) {
  return allPids().filter(
    (pid) => isAlive(pid) && (readProc(pid, 'environ') + readProc(pid, 'cmdline')).includes(slurmConf),
  );
}
