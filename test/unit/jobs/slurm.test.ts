import { strict as assert } from 'node:assert';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { sha256File } from '../../../src/cluster/files';
import { SshTransport } from '../../../src/cluster/sshTransport';
import { cancelRun } from '../../../src/jobs/cancelRun';
import { Monitor } from '../../../src/jobs/monitor';
import type { Run } from '../../../src/jobs/run';
import { resumeSubmission, submitJob } from '../../../src/jobs/submit';
import type { SubmitOptions } from '../../../src/jobs/submit';
import { startLab } from './lab';
import type { CutProxy, Lab } from './lab';
import { makeProject, starts } from './project';
import type { TestProject } from './project';

/** mulberry32: the same cuts in every run of the tests. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('runs on a Slurm cluster', function () {
  this.timeout(120_000);
  let lab: Lab;
  let wrappers: string;
  let project: TestProject;
  let options: SubmitOptions;
  let monitor: Monitor;

  before(async () => {
    wrappers = path.resolve('.lab', `wrappers-${process.pid}`);
    await mkdir(wrappers, { recursive: true });
    // Commands of ours come first on the PATH of every ssh session: how the tests break sbatch at a chosen point.
    lab = await startLab({ env: { PATH: `${wrappers}:${process.env.PATH ?? ''}` } });
  });
  after(async () => {
    await lab.stop();
    await rm(wrappers, { recursive: true, force: true });
  });

  const clusters = (sshConfig: string, more = ''): string =>
    `  lab:\n    type: slurm\n    host: ${lab.host}\n    sshConfig: ${sshConfig}\n    root: ${lab.root}/it's a root\n    country: PT\n${more}`;
  const open = async (config: string): Promise<void> => {
    project = await makeProject(config);
    await project.write(
      'jobs/first.yaml',
      'version: 1\ndataset: datasets/a.jsonl\nbase: tiny\ncluster: lab\n',
    );
    options = { runStore: project.store, transportFor: project.pool.transportFor, environmentPollMs: 100 };
    monitor = new Monitor({ ...options, intervals: { remote: 200, grace: 3000, maxBackoff: 1000 } });
  };
  const wrap = async (name: string, text: string): Promise<void> => {
    await writeFile(path.join(wrappers, name), `#!/bin/sh\n${text}\n`);
    await chmod(path.join(wrappers, name), 0o755);
  };
  const jobsOf = async (run: string): Promise<string[]> => {
    const text = await lab.slurm(
      'squeue',
      '--noheader',
      '--states=all',
      `--name=afina-${run}`,
      '--format=%i',
    );
    return text.split('\n').filter((line) => line !== '');
  };

  beforeEach(async () => {
    await open(clusters(lab.sshConfig));
  });
  afterEach(async () => {
    await monitor.stop();
    for (const name of await readdir(wrappers)) await rm(path.join(wrappers, name));
    await lab.ssh('scancel --user=$(id -un)');
    await project.remove();
  });

  it('go all the way over ssh', async () => {
    const plan = await project.plan();
    assert.ok(plan.files.every(({ leavesMachine }) => leavesMachine));
    assert.deepEqual(plan.spec.base, { gguf: 'base.gguf' });
    assert.equal(
      plan.bytesLeaving,
      plan.files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const run = await submitJob(plan, options);
    assert.match(run.jobId ?? '', /^\d+$/);
    monitor.start();
    const final = await monitor.waitForEnd(run.id);
    assert.equal(final.state, 'completed', `${final.reason ?? ''}\n${lab.log()}`);
    assert.equal(final.evalLoss, 1.25);
    assert.equal((await project.store.metrics(run.id)).length, 4);
    assert.equal(await readFile(path.join(run.remote.folder, 'base.gguf'), 'utf8'), 'GGUF and so on');
    assert.equal(await starts(run.remote.folder), 1);
    // A second run sends only what differs.
    const sent: string[] = [];
    await submitJob(await project.plan(), {
      ...options,
      onProgress: (progress) => {
        if (progress.step === 'upload') sent.push(progress.file);
      },
    });
    assert.ok(!sent.some((name) => /gguf|train|job\.sh/.test(name)), sent.join());
  });

  it('download what the run wrote, byte for byte', async () => {
    const transport = new SshTransport({ host: lab.host, sshConfig: lab.sshConfig });
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) % 256));
    await mkdir(lab.root, { recursive: true });
    const remote = path.join(lab.root, 'some bytes');
    await writeFile(remote, bytes);
    const sha256 = (await transport.run(['sha256sum', remote])).stdout.toString().slice(0, 64);
    const local = path.join(project.root, 'copy');
    await transport.download([{ local, remote, sha256, bytes: bytes.length }]);
    assert.ok(bytes.equals(await readFile(local)));
    await assert.rejects(
      transport.download([
        { local: `${local}2`, remote, sha256: sha256.replace(/./g, '0'), bytes: bytes.length },
      ]),
      {
        code: 'cluster/corrupt',
      },
    );
    assert.deepEqual(
      (await readdir(project.root)).filter((name) => name.includes('copy')),
      ['copy'],
    );
  });

  it('upload large and small files, each whole or not at all', async () => {
    const transport = new SshTransport({ host: lab.host, sshConfig: lab.sshConfig });
    const folder = path.join(lab.root, "up it's", 'deep');
    const files = await Promise.all(
      [0, 1, 100_000, 5_000_000, 10, 3_000_000, 2_000_000].map(async (bytes, index) => {
        const local = path.join(project.root, `file${index}`);
        await writeFile(local, Buffer.alloc(bytes, index));
        return { local, remote: path.join(folder, `to ${index}`), bytes, sha256: await sha256File(local) };
      }),
    );
    const seen: number[] = [];
    await transport.upload(files, { onProgress: (done) => seen.push(done) });
    assert.equal(seen.at(-1), 10_100_011);
    for (const { local, remote } of files) assert.ok((await readFile(local)).equals(await readFile(remote)));
    await writeFile(files[3]!.local, Buffer.alloc(5_000_000, 9));
    await writeFile(files[4]!.local, Buffer.alloc(10, 9));
    for (const file of [files[3]!, files[4]!]) {
      await assert.rejects(transport.upload([{ ...file, remote: `${file.remote}x` }]), {
        code: 'cluster/changed',
      });
    }
    assert.equal((await readdir(folder)).length, files.length, 'neither a part nor a temporary file');
  });

  it('say that the quota is full, and go on when it is not', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const root = path.join(lab.root, "it's a root");
    await mkdir(root, { recursive: true });
    const { code } = await lab.ssh(`mount -t tmpfs -o size=16k none '${root.replaceAll("'", "'\\''")}'`);
    if (code !== 0) this.skip();
    try {
      const plan = await project.plan();
      await assert.rejects(submitJob(plan, options), {
        code: 'cluster/disk-full',
        message: /afina-lab.*root/,
      });
      assert.deepEqual(
        (await readdir(path.join(root, 'store'))).filter((name) => name.includes('tmp')),
        [],
      );
      await lab.ssh(`mount -o remount,size=16m '${root.replaceAll("'", "'\\''")}'`);
      const run = await resumeSubmission(plan.runId, options);
      assert.equal((await monitor.waitForEnd(run.id)).state, 'completed');
    } finally {
      await lab.ssh(`umount -l '${root.replaceAll("'", "'\\''")}'`);
    }
  });

  it('tell a remote 255 from a lost connection', async () => {
    const transport = new SshTransport({ host: lab.host, sshConfig: lab.sshConfig });
    assert.equal((await transport.run(['sh', '-c', 'exit 255'])).code, 255);
    assert.equal(
      (await transport.script('echo "$2"; exit 7', ['a', "it's\n$(b)"])).stdout.toString(),
      "it's\n$(b)\n",
    );
    assert.equal((await transport.script('exit 7', [])).code, 7);
    const killSession =
      'p=$$; until case $(ps -o comm= -p $p) in sshd*) true ;; *) false ;; esac; do p=$(ps -o ppid= -p $p | tr -d " "); done; kill -9 $p; sleep 1';
    await assert.rejects(transport.script(killSession, []), { code: 'ssh/lost' });
    assert.equal((await transport.run(['true'])).code, 0, 'the next command connects anew');
  });

  it('submit exactly once, wherever the connection is cut', async function () {
    this.timeout(400_000);
    const proxy: CutProxy = await lab.startCutProxy();
    await project.remove();
    await open(clusters(proxy.sshConfig));
    await project.training(1, 0);
    const disconnect = (): Promise<void> =>
      new SshTransport({ host: lab.host, sshConfig: proxy.sshConfig }).disconnect();
    await disconnect();
    // The first creates the environment; the second tells how many bytes a submission takes, and where its last step begins.
    await submitJob(await project.plan(), options);
    await disconnect();
    const start = proxy.transferred();
    let last = start;
    await submitJob(await project.plan(), {
      ...options,
      onProgress: ({ step }) => {
        if (step === 'submit') last = proxy.transferred();
      },
    });
    const end = proxy.transferred();
    const whole = { up: end.up - start.up, down: end.down - start.down };
    const before = { up: last.up - start.up, down: last.down - start.down };
    const next = random(20_260);
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < 24; round += 1) {
      await disconnect();
      const direction = next() < 0.5 ? 'up' : 'down';
      const from = round % 3 === 0 ? 0 : before[direction];
      const limit = Math.floor(from + (whole[direction] - from) * next());
      const plan = await project.plan();
      proxy.setLimit(limit, direction);
      let run: Run;
      try {
        run = await submitJob(plan, options);
        outcomes.whole = (outcomes.whole ?? 0) + 1;
      } catch (error) {
        assert.match((error as { code: string }).code, /^ssh\//, `${direction} ${limit}: ${String(error)}`);
        const broken = await project.store.get(plan.runId);
        assert.ok(
          broken.state === 'submitting' || broken.state === 'unknown',
          `${broken.state}: ${String(error)}`,
        );
        outcomes[broken.state] = (outcomes[broken.state] ?? 0) + 1;
        proxy.setLimit(null);
        run = await resumeSubmission(plan.runId, options);
      }
      proxy.setLimit(null);
      assert.ok(run.jobId !== null);
      const jobs = await jobsOf(run.id);
      assert.deepEqual(jobs, [run.jobId], `${direction} ${limit}`);
    }
    assert.ok((outcomes.submitting ?? 0) >= 5, JSON.stringify(outcomes));
    assert.ok((outcomes.unknown ?? 0) >= 2, JSON.stringify(outcomes));
    await proxy.stop();
  });

  it('are found again when the shell dies between sbatch and job_id', async () => {
    await wrap('sbatch', '/usr/bin/sbatch "$@"\nkill -9 $(ps -o ppid= -p $PPID) $PPID');
    const plan = await project.plan();
    await assert.rejects(submitJob(plan, options));
    const broken = await project.store.get(plan.runId);
    assert.equal(broken.jobId, null);
    await rm(path.join(wrappers, 'sbatch'));
    const run = await resumeSubmission(plan.runId, options);
    assert.deepEqual(await jobsOf(run.id), [run.jobId]);
    assert.equal((await monitor.waitForEnd(run.id)).state, 'completed');
    assert.equal(await starts(run.remote.folder), 1);
  });

  it('are found again when they wait in the queue, with no output yet', async () => {
    await wrap('sbatch', '/usr/bin/sbatch --hold "$@"\nkill -9 $(ps -o ppid= -p $PPID) $PPID');
    const plan = await project.plan();
    await assert.rejects(submitJob(plan, options));
    await rm(path.join(wrappers, 'sbatch'));
    const run = await resumeSubmission(plan.runId, options);
    assert.deepEqual(await jobsOf(run.id), [run.jobId]);
    await monitor.pollNow();
    const waiting = await project.store.get(run.id);
    assert.equal(waiting.state, 'queued');
    assert.match(waiting.reason ?? '', /JobHeld/);
    await cancelRun(run.id, options);
    assert.equal((await monitor.waitForEnd(run.id)).state, 'cancelled');
  });

  it('are not submitted again while Slurm says nothing', async () => {
    await wrap(
      'sbatch',
      '/usr/bin/sbatch --hold "$@" >/dev/null\necho "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2\nexit 1',
    );
    await wrap('squeue', 'exit 0');
    const plan = await project.plan();
    await assert.rejects(submitJob(plan, options), { code: 'slurm/unknown' });
    assert.equal((await project.store.get(plan.runId)).state, 'unknown');
    await assert.rejects(resumeSubmission(plan.runId, options), { code: 'slurm/unknown' });
    await rm(path.join(wrappers, 'squeue'));
    const run = await resumeSubmission(plan.runId, options);
    assert.deepEqual(await jobsOf(run.id), [run.jobId]);
  });

  it('are not given up while squeue answers with nothing', async () => {
    await project.training(100, 0.1);
    const run = await submitJob(await project.plan(), options);
    await wrap('squeue', 'exit 0');
    await wrap('scontrol', 'exit 0');
    const patient = new Monitor({ ...options, intervals: { grace: 0 } });
    for (let round = 0; round < 5; round += 1) await patient.pollNow();
    assert.ok(['queued', 'preparing', 'running'].includes((await project.store.get(run.id)).state));
    await cancelRun(run.id, options);
  });

  it('that the cluster has forgotten without a result are lost', async () => {
    await project.training(1, 0, 'silent');
    const run = await submitJob(await project.plan(), options);
    const final = await monitor.waitForEnd(run.id);
    assert.equal(final.state, 'failed');
    assert.match(final.reason ?? '', /without saying how/);
    await wrap('squeue', 'echo "JOBID|STATE|REASON|START_TIME"');
    await wrap('scontrol', 'echo "slurm_load_jobs error: Invalid job id specified"; exit 1');
    await project.store.update(run.id, () => ({ state: 'running', endedAt: null }));
    assert.equal((await monitor.waitForEnd(run.id)).state, 'lost');
  });

  it('survive a host that goes away and comes back', async () => {
    await project.training(20, 0.1);
    const run = await submitJob(await project.plan(), options);
    const errors: (string | undefined)[] = [];
    monitor.onError((_cluster, error) =>
      errors.push(error === undefined ? undefined : (error as unknown as { code: string }).code),
    );
    monitor.start();
    await lab.killSshd();
    for (let tries = 0; errors.length === 0 && tries < 300; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await lab.startSshd();
    assert.equal((await monitor.waitForEnd(run.id)).state, 'completed');
    assert.ok(
      errors.some((code) => code?.startsWith('ssh/')),
      errors.join(),
    );
  });

  it('are cancelled while they run', async () => {
    await project.training(1000, 0.2);
    const run = await submitJob(await project.plan(), options);
    monitor.start();
    while ((await project.store.get(run.id)).state !== 'running')
      await new Promise((resolve) => setTimeout(resolve, 100));
    await cancelRun(run.id, options);
    assert.equal((await monitor.waitForEnd(run.id)).state, 'cancelled');
  });

  const refusals: [string, string, string, RegExp][] = [
    [
      'an unknown partition',
      'partition: debgu',
      'slurm/partition',
      /no partition "debgu". Did you mean "debug"\? It has: .*normal/,
    ],
    ['a time over the limit', 'partition: debug\n  time: 10:00:00', 'slurm/time', /10:00:00.*"debug".*5:00/],
    ['more GPUs than there are', 'gpus: 8', 'slurm/resources', /No node .* gpus/],
    ['more memory than there is', 'memory: 900G', 'slurm/resources', /memory/],
  ];
  for (const [name, resources, code, message] of refusals) {
    it(`say what to change after ${name}`, async () => {
      await project.write(
        'jobs/first.yaml',
        `version: 1\ndataset: datasets/a.jsonl\nbase: tiny\ncluster: lab\nresources:\n  ${resources}\n`,
      );
      const plan = await project.plan();
      await assert.rejects(submitJob(plan, options), { code, message });
      assert.equal((await project.store.get(plan.runId)).state, 'failed');
      assert.equal(await lab.slurm('squeue', '--noheader', '--format=%i'), '');
      // Corrected on the cluster's side or not, trying again asks anew.
      await assert.rejects(resumeSubmission(plan.runId, options), { code });
    });
  }

  it('give no connection to a host with a wrong key, and none without ssh', async () => {
    await project.remove();
    await open(clusters(lab.wrongHostKeyConfig));
    const plan = await project.plan();
    await assert.rejects(submitJob(plan, options), {
      code: 'ssh/host-key-changed',
      message: /wrong_known_hosts \(line 1\)/,
    });
    assert.equal((await project.store.get(plan.runId)).state, 'failed');
    const unknown = path.join(project.root, 'ssh_config');
    await writeFile(
      unknown,
      (await readFile(lab.sshConfig, 'utf8')).replace(
        /UserKnownHostsFile .*/,
        'UserKnownHostsFile /dev/null',
      ),
    );
    const run = (sshConfig: string, program?: string): Promise<unknown> =>
      new SshTransport({ host: lab.host, sshConfig, program }).run(['true']);
    await assert.rejects(run(unknown), { code: 'ssh/host-key-unknown' });
    await assert.rejects(run(lab.sshConfig, 'no-such-ssh'), { code: 'ssh/missing' });
    const denied = path.join(project.root, 'denied_config');
    await writeFile(
      denied,
      (await readFile(lab.sshConfig, 'utf8')).replace(/IdentityFile .*/, 'IdentityFile /dev/null'),
    );
    await assert.rejects(run(denied), { code: 'ssh/denied' });
    const nobody = path.join(project.root, 'nobody_config');
    await writeFile(nobody, (await readFile(lab.sshConfig, 'utf8')).replace(/Port .*/, 'Port 1'));
    await assert.rejects(run(nobody), { code: 'ssh/refused' });
  });

  it('work from the login node itself, without ssh', async () => {
    const before = process.env.SLURM_CONF;
    process.env.SLURM_CONF = lab.env.SLURM_CONF;
    try {
      await project.remove();
      await open(`  lab:\n    type: slurm\n    root: ${lab.root}/direct\n`);
      const plan = await project.plan();
      assert.equal(plan.bytesLeaving, 0);
      const run = await submitJob(plan, options);
      assert.equal((await monitor.waitForEnd(run.id)).state, 'completed');
    } finally {
      if (before === undefined) delete process.env.SLURM_CONF;
      else process.env.SLURM_CONF = before;
    }
  });
});
