import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TransportPool } from '../../../src/cluster/clusters';
import { planJob } from '../../../src/jobs/resolve';
import type { JobPlan } from '../../../src/jobs/resolve';
import { RunStore } from '../../../src/jobs/runStore';
import { loadProject } from '../../../src/project/project';

export interface TestProject {
  readonly root: string;
  /** AFINA_HOME of the local cluster. */
  readonly home: string;
  readonly payload: string;
  readonly store: RunStore;
  readonly pool: TransportPool;
  write(file: string, text: string): Promise<void>;
  /** What the training does: steps, seconds a step, `complete`, `fail` or `silent`. */
  training(steps: number, pause: number, ending?: 'complete' | 'fail' | 'silent'): Promise<void>;
  plan(job?: string): Promise<JobPlan>;
  remove(): Promise<void>;
}

export function record(id: string, status = 'approved'): string {
  return JSON.stringify({
    id,
    messages: [
      { role: 'user', content: `O que é ${id}?` },
      { role: 'assistant', content: 'É um navio.' },
    ],
    meta: { status },
  });
}

/** A project with a model, a dataset of 12 records and a job, in a folder whose name needs quoting. */
export async function makeProject(config = ''): Promise<TestProject> {
  const top = await mkdtemp(path.join(tmpdir(), "afina jobs 'á-"));
  const root = path.join(top, 'project');
  const home = path.join(top, 'home');
  const payload = path.join(top, 'payload');
  await cp(path.resolve('test/fixtures/jobs/payload'), payload, { recursive: true });
  await mkdir(path.join(root, 'jobs'), { recursive: true });
  await mkdir(path.join(root, 'datasets'));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  };
  await write(
    'afina.yaml',
    `version: 1\nmodels:\n  tiny:\n    gguf: models/tiny.gguf\nclusters:\n  local:\n    type: local\n    root: ${JSON.stringify(home)}\n${config}`,
  );
  await write('models/tiny.gguf', 'GGUF and so on');
  await write(
    'datasets/a.jsonl',
    Array.from({ length: 12 }, (_, index) => `${record(`r${index}`)}\n`).join(''),
  );
  await write('jobs/first.yaml', 'version: 1\ndataset: datasets/a.jsonl\nbase: tiny\n');
  const project: TestProject = {
    root,
    home,
    payload,
    store: new RunStore(root),
    pool: new TransportPool(),
    write,
    training: (steps, pause, ending = 'complete') =>
      writeFile(path.join(payload, 'options.txt'), `${steps}\n${pause}\n${ending}\n`),
    async plan(job = 'jobs/first.yaml') {
      return planJob({ project: await loadProject(root), jobFile: job, payload });
    },
    async remove() {
      await project.pool.close();
      await rm(top, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await project.training(3, 0.05);
  return project;
}

/** How often the training of a run folder was started. */
export async function starts(folder: string): Promise<number> {
  const text = await readFile(path.join(folder, 'starts'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '').length;
}
