import { strict as assert } from 'node:assert';
import { config } from '@vscode/l10n';
import { advance, describeProgress, finish, waitingSteps } from '../../../src/features/jobs/submitText';
import { problemsOf, summaryOf } from '../../../src/features/jobs/submissionSummary';
import type { JobPlan } from '../../../src/jobs/resolve';
import { jobSchema } from '../../../src/jobs/spec';
import { makeFormat } from '../../../src/protocol/format';
import { submissionState } from '../../../src/protocol/submission';

const format = makeFormat('en');

function plan(type: 'local' | 'slurm', method: object = {}): JobPlan {
  const job = jobSchema.parse({
    version: 1,
    dataset: 'datasets/d.jsonl',
    base: 'm',
    cluster: 'c',
    statuses: ['approved', 'review'],
    resources: { time: '00:30:00' },
    ...method,
  });
  const leaves = type === 'slurm';
  return {
    job,
    jobName: 'j',
    jobFile: '/p/jobs/j.yaml',
    dataset: '/p/datasets/d.jsonl',
    project: { root: '/p' },
    cluster: {
      name: 'c',
      root: '/scratch/afina',
      host: leaves ? 'login.example' : null,
      config: leaves
        ? {
            type,
            root: '/scratch/afina',
            host: 'login.example',
            resources: { partition: 'gpu', gpus: 2, gpuType: 'a100', time: '02:00:00' },
          }
        : { type },
    },
    model: { key: 'm', config: { gguf: 'hf:a/b/c.gguf', title: 'Model M' }, gguf: null },
    spec: { base: { hf: 'a/b', revision: null }, seed: 42 },
    counts: { train: 54, eval: 6, skipped: 30 },
    files: [
      { label: 'Training records', path: 'data/train.jsonl', bytes: 1000, leavesMachine: leaves },
      { label: 'Settings', path: 'spec.json', bytes: 10, leavesMachine: leaves },
    ],
    bytesLeaving: leaves ? 1010 : 0,
  } as unknown as JobPlan;
}

describe('summary before a submission', () => {
  before(() => config({ contents: {} }));

  it('says that nothing leaves the machine when nothing does', () => {
    const summary = summaryOf(plan('local'), format);
    assert.equal(summary.cluster.local, true);
    assert.equal(summary.bytesLeaving, 0);
    assert.ok(summary.files.every(({ leaves }) => !leaves));
  });

  it('names the host, every file, and the resources with those of the job over those of the cluster', () => {
    const summary = summaryOf(plan('slurm'), format);
    const facts = Object.fromEntries(summary.cluster.facts.map(({ label, value }) => [label, value]));
    assert.equal(summary.cluster.where, 'login.example');
    assert.equal(facts.Partition, 'gpu');
    assert.equal(facts.GPU, '2 × a100');
    assert.equal(facts['Time limit'], '00:30:00');
    assert.deepEqual(
      summary.files.map(({ path, bytes, leaves }) => [path, bytes, leaves]),
      [
        ['data/train.jsonl', 1000, true],
        ['spec.json', 10, true],
      ],
    );
    assert.equal(summary.dataset.leftOut, 30);
    assert.match(summary.dataset.leftOutReason, /approved, in review/);
  });

  it('tells conversations from preferences', () => {
    const learned = (method: object): Record<string, string> =>
      Object.fromEntries(
        summaryOf(plan('local', method), format).settings.map(({ label, value }) => [label, value]),
      );
    assert.equal(learned({})['What is learned'], 'conversations (SFT)');
    assert.match(learned({})['Learning rate'] ?? '', /^0\.0002 /);
    const preferences = learned({ method: 'dpo', dpo: { beta: 0.3 } });
    assert.equal(preferences['What is learned'], 'preferences (DPO), beta 0.3, loss sigmoid');
    assert.match(preferences['Learning rate'] ?? '', /^0\.00002 /);
  });

  it('fits the schema with which the panel reads it', () => {
    const state = {
      title: 'x',
      phase: 'ready',
      summary: summaryOf(plan('slurm'), format),
      problems: [],
      unfinished: null,
      steps: waitingSteps(),
      error: null,
      run: null,
    };
    assert.deepEqual(submissionState.parse(state), state);
  });

  it('gives problems their place from the project, and their position', () => {
    const place = { file: '/p/jobs/j.yaml', line: 4, column: 7 };
    const problems = problemsOf(
      [{ message: 'wrong', severity: 'error', path: [], place, endLine: 4, endColumn: 9 }],
      '/p',
    );
    assert.deepEqual(problems, [
      { message: 'wrong', severity: 'error', file: 'jobs/j.yaml', line: 4, index: 0 },
    ]);
  });
});

describe('steps of a submission', () => {
  before(() => config({ contents: {} }));

  it('are done before the one that goes on, and waiting after it', () => {
    const steps = advance(
      waitingSteps(),
      { step: 'upload', done: 50, total: 200, file: 'train.jsonl' },
      format,
    );
    assert.deepEqual(
      steps.map(({ state }) => state),
      ['done', 'active', 'waiting', 'waiting'],
    );
    assert.equal(steps[1]?.fraction, 0.25);
    assert.match(steps[1].detail, /50 B of 200 B/);
  });

  it('never show more than the whole, nor a share of nothing', () => {
    const over = advance(waitingSteps(), { step: 'upload', done: 300, total: 200, file: '' }, format);
    assert.equal(over[1]?.fraction, 1);
    const unknown = advance(
      waitingSteps(),
      { step: 'environment', message: 'pip', done: 3, total: 0 },
      format,
    );
    assert.equal(unknown[2]?.fraction, null);
    assert.equal(unknown[2].detail, 'pip');
  });

  it('end all done, or with the one under way as what failed', () => {
    const active = advance(waitingSteps(), { step: 'environment', message: '', done: 0, total: 0 }, format);
    assert.deepEqual(
      finish(active, 'failed').map(({ state }) => state),
      ['done', 'done', 'failed', 'waiting'],
    );
    assert.ok(finish(active, 'done').every(({ state }) => state === 'done'));
  });

  it('are one line in a notification', () => {
    assert.equal(describeProgress({ step: 'connect' }, format), 'Connecting');
    assert.equal(
      describeProgress({ step: 'environment', message: 'installing torch', done: 1, total: 9 }, format),
      'Python environment: installing torch',
    );
  });
});
