import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { after, before, describe, it } from 'mocha';
import { tryLock } from '../../../src/jobs/fileLock';
import type { Run } from '../../../src/jobs/run';
import { RunStore } from '../../../src/jobs/runStore';

function makeRun(id: string, createdAt = '2026-01-01T00:00:00Z'): Run {
  return {
    version: 1,
    id,
    job: 'j',
    jobFile: 'jobs/j.yaml',
    dataset: 'datasets/a.jsonl',
    cluster: 'local',
    clusterConfig: { type: 'local' },
    base: { model: 'm', gguf: null, hf: null },
    createdAt,
    state: 'running',
    reason: null,
    jobId: '1',
    remote: { root: '/r', folder: `/r/runs/${id}`, environment: null },
    phase: null,
    step: 0,
    maxSteps: null,
    epoch: null,
    loss: null,
    evalLoss: null,
    startedAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    error: null,
    counts: { train: 1, eval: 0 },
    offsets: { metrics: 0, log: 0 },
    fetched: null,
  };
}

describe('the run store', function () {
  this.timeout(60_000);
  let root: string;
  let store: RunStore;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'afina-runs-'));
    store = new RunStore(root);
  });
  after(() => rm(root, { recursive: true, maxRetries: 3 }));

  it('lists the newest first, and names what it cannot read', async () => {
    await store.create(makeRun('20260101-a-111111'));
    await store.create(makeRun('20260102-b-222222', '2026-01-02T00:00:00Z'));
    await mkdir(store.folder('broken'), { recursive: true });
    await writeFile(path.join(store.folder('broken'), 'run.json'), '{"version": 1,');
    await mkdir(store.folder('empty'));
    const { runs, broken } = await store.list();
    assert.deepEqual(
      runs.map(({ id }) => id),
      ['20260102-b-222222', '20260101-a-111111'],
    );
    assert.deepEqual(
      broken.map(({ id }) => id),
      ['broken'],
    );
    await assert.rejects(store.get('broken'), { code: 'run/broken' });
    await assert.rejects(store.create(makeRun('20260101-a-111111')), { code: 'run/exists' });
  });

  it('finds a run by the beginning or the end of its id', async () => {
    assert.equal((await store.get('222222')).id, '20260102-b-222222');
    assert.equal((await store.get('20260101')).id, '20260101-a-111111');
    await assert.rejects(store.get('2026'), { code: 'run/unknown', message: /several/ });
    await assert.rejects(store.get('nothing'), { code: 'run/unknown' });
    await assert.rejects(store.get('..'), { code: 'run/unknown' });
  });

  it('keeps what a newer version wrote', async () => {
    const id = '20260101-a-111111';
    const file = path.join(store.folder(id), 'run.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), future: [1] }));
    await store.update(id, () => ({ step: 5 }));
    assert.deepEqual((JSON.parse(await readFile(file, 'utf8')) as { future: unknown }).future, [1]);
  });

  it('loses no update of several processes, one of which is killed again and again', async () => {
    const id = 'contended';
    await store.create(makeRun(id));
    const script = path.join(root, 'worker.cjs');
    await build({
      stdin: {
        contents: `import { RunStore } from './src/jobs/runStore';
          const [root, id, count] = process.argv.slice(2);
          const store = new RunStore(root);
          void (async () => {
            for (let i = 0; i < Number(count); i++) {
              await store.update(id, (run) => ({ step: (run.step ?? 0) + 1 }));
              const { offsets } = await store.get(id);
              const data = Buffer.from('x'.repeat(7) + '\\n');
              await store.absorb(id, { from: { metrics: offsets.metrics, log: offsets.log }, metrics: Buffer.alloc(0), log: data }, () => ({}));
            }
          })();`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: script,
    });
    const start = (count: number): ReturnType<typeof spawn> =>
      spawn(process.execPath, [script, root, id, String(count)], { stdio: 'inherit' });
    const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
      new Promise((resolve) => child.once('exit', resolve));
    const workers = [start(40), start(40), start(40)];
    const done = Promise.all(workers.map(ended));
    for (let round = 0; round < 4; round += 1) {
      const victim = start(1_000_000);
      await new Promise((resolve) => setTimeout(resolve, 300 + 70 * round));
      victim.kill('SIGKILL');
      await ended(victim);
    }
    assert.deepEqual(await done, [0, 0, 0]);
    const run = await store.get(id);
    assert.ok((run.step ?? 0) >= 120);
    // Every stored byte belongs to exactly one append.
    const log = await readFile(path.join(store.folder(id), 'train.log'), 'utf8');
    assert.equal(log.slice(0, run.offsets.log), 'xxxxxxx\n'.repeat(run.offsets.log / 8));
    assert.deepEqual(
      (await readdir(store.folder(id))).filter((name) => name.endsWith('.break')),
      [],
    );
  });

  it('announces changes of other windows', async () => {
    const other = new RunStore(root);
    let stop = (): void => undefined;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no announcement')), 10_000);
      stop = store.watchChanges(() => {
        clearTimeout(timer);
        resolve();
      });
      setTimeout(() => void other.update('contended', () => ({ reason: 'seen' })), 300);
    });
    stop();
  });

  it('gives up the lock of a process that is gone, not that of a living one', async () => {
    const file = path.join(root, 'some.lock');
    const release = await tryLock(file);
    assert.ok(release !== undefined);
    assert.equal(await tryLock(file), undefined);
    await release();
    const again = await tryLock(file);
    assert.ok(again !== undefined);
    const owner = JSON.parse(await readFile(file, 'utf8')) as { pid: number };
    const dead = spawn('true');
    await new Promise((resolve) => dead.once('exit', resolve));
    await writeFile(file, JSON.stringify({ ...owner, pid: dead.pid }));
    const taken = await tryLock(file);
    assert.ok(taken !== undefined);
    await again();
    assert.equal(await tryLock(file), undefined, 'whoever lost the lock does not remove its new owner');
    await taken();
  });
});
