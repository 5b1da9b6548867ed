import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { chmod, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { sha256File } from '../../../src/cluster/files';
import { LocalTransport } from '../../../src/cluster/localTransport';
import { LocalScheduler } from '../../../src/cluster/localScheduler';
import { cancelRun } from '../../../src/jobs/cancelRun';
import { fetchRun } from '../../../src/jobs/fetchRun';
import { Monitor } from '../../../src/jobs/monitor';
import type { Run } from '../../../src/jobs/run';
import { resumeSubmission, submitJob } from '../../../src/jobs/submit';
import type { SubmitOptions, SubmitProgress } from '../../../src/jobs/submit';
import { baseGguf, pairs, writeAdapter } from '../adapter/adapterFiles';
import { makeProject, starts } from './project';
import type { TestProject } from './project';

describe('runs on the local cluster', function () {
  this.timeout(120_000);
  let project: TestProject;
  let options: SubmitOptions;
  let monitor: Monitor;

  beforeEach(async () => {
    project = await makeProject();
    options = { runStore: project.store, transportFor: project.pool.transportFor, environmentPollMs: 50 };
    monitor = new Monitor({ ...options, intervals: { local: 50, grace: 300 } });
  });
  afterEach(async () => {
    await monitor.stop();
    for (const run of (await project.store.list()).runs)
      await cancelRun(run.id, options).catch(() => undefined);
    await project.remove();
  });

  it('go all the way, and everything arrives here', async () => {
    const plan = await project.plan();
    assert.equal(plan.counts.train + plan.counts.eval, 12);
    assert.equal(plan.bytesLeaving, 0);
    assert.deepEqual(plan.spec.base, { gguf: path.join(project.root, 'models/tiny.gguf') });
    const progress: SubmitProgress['step'][] = [];
    const run = await submitJob(plan, { ...options, onProgress: ({ step }) => progress.push(step) });
    assert.equal(run.id, plan.runId);
    assert.match(run.id, /^\d{8}-\d{6}-first-[0-9a-f]{6}$/);
    assert.ok(run.jobId !== null);
    assert.deepEqual([...new Set(progress)], ['connect', 'upload', 'environment', 'submit']);
    const seen: Run[] = [];
    const ended: string[] = [];
    monitor.onChange((each) => seen.push(each));
    monitor.onEnd((each) => ended.push(each.id));
    monitor.start();
    const final = await monitor.waitForEnd(run.id);
    assert.equal(final.state, 'completed', final.reason ?? '');
    assert.equal(final.step, 3);
    assert.equal(final.maxSteps, 3);
    assert.equal(final.loss, 97.5);
    assert.equal(final.evalLoss, 1.25);
    assert.ok(final.startedAt !== null && final.endedAt !== null);
    assert.equal((await project.store.metrics(run.id)).length, 4);
    assert.match(await project.store.logTail(run.id, 1000), /olá, treino[^]*done\n$/);
    for (const name of ['metrics.jsonl', 'train.log']) {
      assert.deepEqual(
        await readFile(path.join(project.store.folder(run.id), name)),
        await readFile(path.join(run.remote.folder, name)),
      );
    }
    assert.deepEqual(ended, [run.id]);
    assert.ok(seen.length > 0);
    assert.equal(await starts(run.remote.folder), 1);
    const spec = JSON.parse(await readFile(path.join(run.remote.folder, 'spec.json'), 'utf8')) as {
      run: string;
    };
    assert.equal(spec.run, run.id);
    assert.equal(await readFile(path.join(project.root, '.afina/.gitignore'), 'utf8'), '*\n');
    assert.ok(!existsSync(plan.folder), 'the plan became the run');
  });

  it('are not started twice by the same plan, nor by a resumption', async () => {
    const plan = await project.plan();
    const run = await submitJob(plan, options);
    await assert.rejects(submitJob(plan, options), { code: 'run/exists' });
    assert.deepEqual((await resumeSubmission(run.id, options)).jobId, run.jobId);
    await monitor.waitForEnd(run.id);
    assert.equal(await starts(run.remote.folder), 1);
  });

  it('say that the job is being submitted to whoever comes second', async () => {
    const [one, two] = [await project.plan(), await project.plan()];
    const results = await Promise.allSettled([submitJob(one, options), submitJob(two, options)]);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.equal((refused[0]!.reason as { code: string }).code, 'job/being-submitted');
    assert.equal((await project.store.list()).runs.length, 1);
  });

  it('start exactly once, wherever the submission is cut off', async () => {
    const scheduler = new LocalScheduler();
    const transport = new LocalTransport();
    const folder = path.join(project.home, 'runs', 'cut off');
    let whole = 0;
    const cuts = 14;
    for (let cut = 0; cut <= cuts; cut += 1) {
      await rm(folder, { recursive: true, force: true });
      await transport.script('mkdir -p "$1" && cp "$2"/* "$1"', [folder, project.payload]);
      const request = { run: 'cut', folder, resources: {} };
      const controller = new AbortController();
      const began = Date.now();
      // The first one is left alone: it tells how long the others have.
      const wait = (whole * cut) / cuts;
      if (cut > 0) setTimeout(() => controller.abort(), wait);
      const first = await scheduler
        .submit(transport, request, { signal: controller.signal })
        .catch(() => undefined);
      if (cut === 0) whole = Date.now() - began;
      const [second, third] = await Promise.all([
        scheduler.submit(transport, request),
        scheduler.submit(transport, request),
      ]);
      assert.equal(second.jobId, third.jobId, `cut after ${wait} ms`);
      if (first !== undefined) assert.equal(first.jobId, second.jobId);
      await waitUntil(async () =>
        (await readFile(path.join(folder, 'status.json'), 'utf8').catch(() => '')).includes('completed'),
      );
      assert.equal(await starts(folder), 1, `cut after ${wait} ms`);
    }
  });

  it('are cancelled with everything they started', async () => {
    await project.training(1000, 1);
    const run = await submitJob(await project.plan(), options);
    monitor.start();
    await waitUntil(async () => (await project.store.get(run.id)).state === 'running');
    const pid = Number(run.jobId?.split('@')[0]);
    assert.ok(await groupAlive(pid));
    await cancelRun(run.id, options);
    assert.equal((await monitor.waitForEnd(run.id)).state, 'cancelled');
    assert.ok(!(await groupAlive(pid)));
    assert.equal((await cancelRun(run.id, options)).state, 'cancelled');
  });

  it('that are killed are seen as failed, with the reason', async () => {
    await project.training(1000, 1);
    const run = await submitJob(await project.plan(), options);
    await waitUntil(() => Promise.resolve(existsSync(path.join(run.remote.folder, 'status.json'))));
    process.kill(-Number(run.jobId?.split('@')[0]), 'SIGKILL');
    const final = await monitor.waitForEnd(run.id);
    assert.equal(final.state, 'failed');
    assert.match(final.reason ?? '', /process is gone/);
  });

  it('whose process number another process has now are not taken for alive', async () => {
    const run = await submitJob(await project.plan(), options);
    await monitor.waitForEnd(run.id);
    const state = async (jobId: string): Promise<unknown> => {
      const scheduler = new LocalScheduler();
      const { stdout } = await new LocalTransport().script(`${scheduler.statesFunction}\nstates "$@"`, [
        jobId,
      ]);
      return scheduler.parseStates(stdout.toString(), [jobId]).get(jobId)?.state;
    };
    const [, where = ''] = run.jobId!.split('@');
    assert.equal(await state(`${process.pid}@${where}`), 'gone');
    assert.equal(await state(`${process.pid}@elsewhere:1-2`), 'unknown');
  });

  it('tell what the training says of its failure', async () => {
    await project.training(2, 0, 'fail');
    const run = await submitJob(await project.plan(), options);
    const final = await monitor.waitForEnd(run.id);
    assert.equal(final.state, 'failed');
    assert.deepEqual(final.error, { type: 'oom', message: 'out of memory', hint: 'smaller batch' });
  });

  it('share one environment, and say why it cannot be made', async () => {
    const first = await submitJob(await project.plan(), options);
    await submitJob(await project.plan(), options);
    assert.equal((await readFile(`${first.remote.environment!}.count`, 'utf8')).length, 2, 'made once');
    await project.write(
      'afina.yaml',
      (await readFile(path.join(project.root, 'afina.yaml'), 'utf8')) +
        '    python:\n      interpreter: no-such-python\n      pipArgs: [--no-index]\n',
    );
    const plan = await project.plan();
    await assert.rejects(submitJob(plan, options), {
      code: 'environment/failed',
      message: /Python not found: no-such-python/,
    });
    const failed = await project.store.get(plan.runId);
    assert.equal(failed.state, 'failed');
    assert.equal(failed.jobId, null);
  });

  it('go on after the disk was full', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const transport = new LocalTransport();
    await transport.run(['mkdir', '-p', project.home]);
    const mounted = await transport.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', project.home]);
    if (mounted.code !== 0) this.skip();
    try {
      await project.write(
        'datasets/a.jsonl',
        (await readFile(path.join(project.root, 'datasets/a.jsonl'), 'utf8')) +
          `{"id":"big","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"${'y'.repeat(200_000)}"}],"meta":{"status":"approved"}}\n`,
      );
      const plan = await project.plan();
      await assert.rejects(submitJob(plan, options), { code: 'cluster/disk-full' });
      assert.equal((await project.store.get(plan.runId)).state, 'failed');
      assert.deepEqual(
        (await readdir(path.join(project.home, 'store'))).filter((name) => name.includes('tmp')),
        [],
      );
      await transport.run(['mount', '-o', 'remount,size=32m', project.home]);
      const run = await resumeSubmission(plan.runId, options);
      assert.equal((await monitor.waitForEnd(run.id)).state, 'completed');
      assert.equal(await starts(run.remote.folder), 1);
    } finally {
      await transport.run(['umount', '-l', project.home]);
    }
  });

  it('can be read after the editor was closed in the middle', async () => {
    await project.training(20, 0.05);
    const run = await submitJob(await project.plan(), options);
    await waitUntil(async () => {
      await monitor.pollNow();
      return ((await project.store.get(run.id)).step ?? 0) >= 3;
    });
    await monitor.stop();
    // A crash between the append and run.json, and one that tore the append.
    const metrics = path.join(project.store.folder(run.id), 'metrics.jsonl');
    await writeFile(metrics, (await readFile(metrics, 'utf8')) + '{"type":"train","st');
    const other = new Monitor({ ...options, intervals: { local: 30 } });
    const second = new Monitor({ ...options, intervals: { local: 30 } });
    try {
      other.start();
      second.start();
      assert.equal((await other.waitForEnd(run.id)).state, 'completed');
    } finally {
      await other.stop();
      await second.stop();
    }
    assert.deepEqual(await readFile(metrics), await readFile(path.join(run.remote.folder, 'metrics.jsonl')));
    assert.equal((await project.store.metrics(run.id)).length, 21);
  });

  it('follow metrics that a resumed training replaced', async () => {
    await project.training(1000, 1);
    const run = await submitJob(await project.plan(), options);
    const remote = path.join(run.remote.folder, 'metrics.jsonl');
    await waitUntil(async () => {
      await monitor.pollNow();
      return (await project.store.metrics(run.id)).length > 0;
    });
    const line = (step: number): string => `{"type":"train","step":${step},"epoch":1,"loss":7,"time":"x"}\n`;
    const text = [1, 2, 3, 4, 5, 6].map(line).join('');
    await writeFile(`${remote}.new`, text);
    await new LocalTransport().run(['mv', `${remote}.new`, remote]);
    await waitUntil(async () => {
      await monitor.pollNow();
      return (await readFile(path.join(project.store.folder(run.id), 'metrics.jsonl'), 'utf8')).startsWith(
        text,
      );
    });
  });

  it('bring their adapter, converted, once; and again when it was damaged here', async () => {
    const modules = pairs(['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'], () => 4);
    await writeAdapter(project.payload, {}, modules);
    await rename(
      path.join(project.payload, 'adapter_model.safetensors'),
      path.join(project.payload, 'weights.txt'),
    );
    await writeFile(path.join(project.root, 'models/tiny.gguf'), baseGguf());
    const fetching = { runStore: options.runStore, transportFor: options.transportFor };
    const plan = await project.plan();
    const submitted = await submitJob(plan, options);
    await assert.rejects(fetchRun(submitted.id, fetching), { code: 'run/not-completed' });
    await monitor.waitForEnd(submitted.id);
    const [one, two] = await Promise.all([
      fetchRun(submitted.id, fetching),
      fetchRun(submitted.id, fetching),
    ]);
    assert.deepEqual(one.fetched, two.fetched);
    const { gguf, sha256, bytes } = one.fetched!;
    assert.equal(gguf, path.join(project.store.folder(submitted.id), 'adapter.gguf'));
    assert.deepEqual([await sha256File(gguf), (await stat(gguf)).size], [sha256, bytes]);
    await writeFile(gguf, 'damaged');
    await rm(path.join(one.fetched!.adapterDir, 'adapter_config.json'));
    await fetchRun(submitted.id, fetching);
    assert.equal(await sha256File(gguf), sha256);
    await rm(path.join(project.root, 'models/tiny.gguf'));
    await writeFile(gguf, 'damaged');
    await assert.rejects(fetchRun(submitted.id, fetching), { code: 'run/no-base' });
  });

  it('refuse an adapter that is not what the run wrote', async () => {
    const run = await submitJob(await project.plan(), options);
    await monitor.waitForEnd(run.id);
    const weights = path.join(run.remote.folder, 'adapter/adapter_model.safetensors');
    await chmod(weights, 0o644);
    await writeFile(weights, 'not really weightz');
    await assert.rejects(
      fetchRun(run.id, { runStore: options.runStore, transportFor: options.transportFor }),
      { code: 'cluster/changed' },
    );
    assert.equal((await project.store.get(run.id)).fetched, null);
    const result = path.join(run.remote.folder, 'result.json');
    await writeFile(result, (await readFile(result, 'utf8')).replace('adapter_config.json', '../../../evil'));
    await assert.rejects(
      fetchRun(run.id, { runStore: options.runStore, transportFor: options.transportFor }),
      { code: 'run/no-result' },
    );
  });
});

async function waitUntil(probe: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await probe())) {
    if (Date.now() > end) throw new Error('not within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Zombies left out: nobody may collect them in a container. */
async function groupAlive(pid: number): Promise<boolean> {
  const { stdout } = await new LocalTransport().run(['ps', '-eo', 'pgid=,stat=']);
  return stdout
    .toString()
    .split('\n')
    .some((line) => {
      const [group, state] = line.trim().split(/\s+/);
      return Number(group) === pid && !state!.startsWith('Z');
    });
}
