import { strict as assert } from 'node:assert';
import { config } from '@vscode/l10n';
import { RUN_STATES } from '../../../src/jobs/run';
import type { Metric, Run } from '../../../src/jobs/run';
import { cleanLog, lastLines } from '../../../src/features/runs/logText';
import { curvesOf, rate, secondsPerStep } from '../../../src/features/runs/runSnapshot';
import {
  actionsOf,
  contextOf,
  describeRun,
  elapsedSeconds,
  endMessage,
} from '../../../src/features/runs/runText';
import { makeFormat } from '../../../src/protocol/format';

const format = makeFormat('en');
const NOW = Date.parse('2026-11-24T10:05:00Z');

function run(change: Partial<Run> = {}): Run {
  return {
    version: 1,
    id: '20261124-100000-direito-abc123',
    job: 'direito',
    jobFile: 'jobs/direito.yaml',
    dataset: 'datasets/direito.jsonl',
    cluster: 'local',
    clusterConfig: { type: 'local' },
    base: { model: 'smollm2', gguf: null, hf: null },
    createdAt: '2026-11-24T10:00:00Z',
    state: 'running',
    reason: null,
    jobId: null,
    remote: { root: '/r', folder: '/r/runs/x', environment: null },
    phase: null,
    step: null,
    maxSteps: null,
    epoch: null,
    loss: null,
    evalLoss: null,
    startedAt: null,
    endedAt: null,
    cancelRequestedAt: null,
    error: null,
    counts: { train: 54, eval: 6 },
    offsets: { metrics: 0, log: 0 },
    fetched: null,
    ...change,
  };
}

const FETCHED = { adapterDir: 'adapter', gguf: 'adapter.gguf', sha256: '0'.repeat(64), bytes: 10 };

describe('what is said of runs', () => {
  before(() => config({ contents: {} }));

  it('tells step, loss and time of a run that trains', () => {
    const training = run({ step: 12, maxSteps: 40, loss: 1.234, startedAt: '2026-11-24T10:02:00Z' });
    assert.equal(describeRun(training, format, NOW), 'training · step 12/40 · loss 1.23 · 3 min 00 s');
  });

  it('says why one waits, and how one failed', () => {
    assert.match(describeRun(run({ state: 'queued', reason: 'Resources' }), format, NOW), /Resources$/);
    const error = { type: 'oom', message: 'out of memory', hint: null };
    assert.match(
      describeRun(run({ state: 'failed', reason: 'exit 1', error }), format, NOW),
      /out of memory$/,
    );
  });

  it('says that a run is being cancelled until it has ended', () => {
    const cancelRequestedAt = '2026-11-24T10:03:00Z';
    assert.match(describeRun(run({ cancelRequestedAt }), format, NOW), /^being cancelled/);
    assert.match(describeRun(run({ cancelRequestedAt, state: 'cancelled' }), format, NOW), /^cancelled/);
  });

  it('counts time to the end of a run, else to now, and never below 0', () => {
    const startedAt = '2026-11-24T10:02:00Z';
    assert.equal(elapsedSeconds(run(), NOW), null);
    assert.equal(elapsedSeconds(run({ startedAt }), NOW), 180);
    assert.equal(elapsedSeconds(run({ startedAt, endedAt: '2026-11-24T10:02:30Z' }), NOW), 30);
    assert.equal(elapsedSeconds(run({ startedAt: '2026-11-24T11:00:00Z' }), NOW), 0);
  });

  it('offers for every state only what can be done in it', () => {
    for (const state of RUN_STATES) {
      const actions = actionsOf(run({ state }));
      const ended = ['completed', 'failed', 'cancelled', 'lost'].includes(state);
      assert.equal(actions.includes('cancel'), !ended, state);
      assert.equal(actions.includes('resume'), state === 'submitting' || state === 'unknown', state);
      assert.equal(actions.includes('fetch'), state === 'completed', state);
      assert.equal(actions.includes('preview'), false, state);
      assert.ok(actions.includes('log'), state);
    }
    const fetched = actionsOf(run({ state: 'completed', fetched: FETCHED }));
    assert.equal(fetched[0], 'preview');
    assert.equal(fetched.includes('fetch'), false);
  });

  it('names the context that package.json compares', () => {
    assert.equal(contextOf(run({ state: 'completed' })), 'run.completed');
    assert.equal(contextOf(run({ state: 'completed', fetched: FETCHED })), 'run.completed.fetched');
  });

  it('tells at the end how far the loss fell, or why it failed', () => {
    assert.equal(
      endMessage(run({ state: 'completed', loss: 1.42 }), 'direito', 2.31, format),
      'The run "direito" has finished: loss 2.31 → 1.42.',
    );
    assert.equal(
      endMessage(run({ state: 'completed' }), 'direito', null, format),
      'The run "direito" has finished.',
    );
    assert.match(
      endMessage(run({ state: 'lost', reason: 'node gone' }), 'direito', 2, format),
      /failed: node gone/,
    );
    assert.match(endMessage(run({ state: 'cancelled' }), 'direito', 2, format), /cancelled/);
  });
});

describe('curves of a run', () => {
  it('keeps the last value of a step that a resumed training repeats, in the order of steps', () => {
    const train = (
      step: number,
      loss: number,
    ): { type: 'train'; step: number; epoch: number; loss: number } => ({
      type: 'train',
      step,
      epoch: 0,
      loss,
    });
    const curves = curvesOf([
      train(1, 3),
      train(2, 2.5),
      { type: 'eval', step: 2, epoch: 0, evalLoss: 2.6 },
      train(3, 2.4),
      train(2, 2.45),
      train(4, NaN),
    ]);
    assert.deepEqual(curves.train, [
      [1, 3],
      [2, 2.45],
      [3, 2.4],
    ]);
    assert.deepEqual(curves.eval, [[2, 2.6]]);
  });

  it('measures the time of a step between logged ones, since the training last began', () => {
    const at = (step: number, time: string | number): Metric => ({
      type: 'train',
      step,
      epoch: 0,
      loss: 1,
      time,
    });
    assert.equal(secondsPerStep([]), null);
    assert.equal(secondsPerStep([at(1, 100)]), null);
    assert.equal(secondsPerStep([at(1, 100), at(5, 108)]), 2);
    assert.equal(secondsPerStep([at(1, '2026-11-24T10:00:00Z'), at(3, '2026-11-24T10:00:03Z')]), 1.5);
    assert.equal(secondsPerStep([at(10, 100), at(20, 200), at(15, 5000), at(17, 5002)]), 1);
    assert.equal(secondsPerStep([at(1, 'soon'), at(2, 'later')]), null);
  });

  it('writes learning rates as they are written', () => {
    assert.equal(rate(0.0002), '2e-4');
    assert.equal(rate(0.00005), '5e-5');
    assert.equal(rate(0.1), '0.1');
  });
});

describe('log of a run', () => {
  it('keeps of a progress bar only what stays on a terminal', () => {
    assert.equal(cleanLog('a\n 1%|\r 50%|##\r100%|####\nb'), 'a\n100%|####\nb');
    assert.equal(cleanLog('windows\r\nline\r\n'), 'windows\nline\n');
    assert.equal(cleanLog('\u001b[31mred\u001b[0m'), 'red');
  });

  it('cuts to the last lines', () => {
    assert.equal(lastLines('a\nb\nc\n', 2), 'b\nc\n');
    assert.equal(lastLines('a\nb\nc', 2), 'b\nc');
    assert.equal(lastLines('a\nb', 5), 'a\nb');
    assert.equal(lastLines('', 5), '');
    assert.equal(lastLines('\nx', 1), 'x');
  });
});
