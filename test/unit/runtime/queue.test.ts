import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { CancelledError } from '../../../src/protocol/errors';
import { RuntimeClient } from '../../../src/runtime/client';
import type { PreviewProgress, Turn } from '../../../src/runtime/protocol';
import { Queue } from '../../../src/runtime/queue';
import type { Priority } from '../../../src/runtime/queue';
import { MODEL, buildRuntimeProcess, requireModel } from './support';

const isCancellation = (error: unknown): boolean => error instanceof CancelledError;

describe('Queue', () => {
  let order: string[];
  let queue: Queue;
  beforeEach(() => {
    order = [];
    queue = new Queue();
  });
  const note = (name: string, priority: Priority, signal?: AbortSignal): Promise<void> =>
    queue.run(
      async () => {
        order.push(name);
        await setImmediate();
      },
      signal,
      priority,
    );

  it('runs one task at a time, what is on screen first', async () => {
    await Promise.all([
      note('first', 'background'),
      note('b1', 'background'),
      note('s1', 'screen'),
      note('b2', 'background'),
      note('s2', 'screen'),
    ]);
    assert.deepEqual(order, ['first', 's1', 's2', 'b1', 'b2']);
  });

  it('lets what is on screen go before the rest of a background task, and then goes on with it', async () => {
    const batch = queue.run(
      async ({ giveWay }) => {
        for (let step = 1; step <= 3; step++) {
          order.push(`step ${String(step)}`);
          await setImmediate();
          if (await giveWay()) order.push('again');
        }
      },
      undefined,
      'background',
    );
    const other = note('other batch', 'background');
    await Promise.all([note('s1', 'screen'), note('s2', 'screen'), batch, other]);
    assert.deepEqual(order, ['step 1', 's1', 's2', 'again', 'step 2', 'step 3', 'other batch']);
  });

  it('does not make a task on screen wait for another', async () => {
    const long = queue.run(async ({ giveWay }) => {
      await setImmediate();
      assert.equal(await giveWay(), false);
      order.push('long');
    });
    await Promise.all([long, note('next', 'screen')]);
    assert.deepEqual(order, ['long', 'next']);
  });

  it('never starts a task that was cancelled while it waited, and tells at once', async () => {
    let open = (): void => undefined;
    const blocked = queue.run(() => new Promise<void>((resolve) => (open = resolve)));
    const abort = new AbortController();
    const waiting = note('cancelled', 'screen', abort.signal);
    const after = note('after', 'background');
    abort.abort();
    await assert.rejects(waiting, isCancellation);
    await assert.rejects(note('late', 'screen', abort.signal), isCancellation);
    open();
    await Promise.all([blocked, after]);
    assert.deepEqual(order, ['after']);
  });

  it('ends a background task that is cancelled while it gives way', async () => {
    let open = (): void => undefined;
    const abort = new AbortController();
    const batch = queue.run(
      async ({ giveWay }) => {
        await setImmediate();
        await giveWay();
        order.push('went on');
      },
      abort.signal,
      'background',
    );
    const screen = queue.run(() => new Promise<void>((resolve) => (open = resolve)));
    await setImmediate();
    await setImmediate();
    abort.abort();
    await assert.rejects(batch, isCancellation);
    open();
    await screen;
    await note('free', 'background');
    assert.deepEqual(order, ['free']);
  });

  it('goes on after a task that failed', async () => {
    await assert.rejects(
      queue.run(() => Promise.reject(new Error('no'))),
      /no/,
    );
    await note('next', 'screen');
    assert.deepEqual(order, ['next']);
  });
});

describe('priorities of answers', function () {
  this.timeout(60_000);
  const messages: Turn[] = [{ role: 'user', content: '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16' }];
  const sampling = { seed: 5, temperature: 0.7, topP: 0.95, topK: 40, maxTokens: 48 };
  let client: RuntimeClient;
  before(async () => {
    requireModel();
    client = new RuntimeClient({ script: await buildRuntimeProcess(), env: { AFINA_THREADS: '1' } });
  });
  after(() => client.dispose());

  for (const [what, context] of [
    ['with the same context', 2048],
    ['with another context', 1024],
  ] as const) {
    it(`one on screen interrupts one of the background at a token, unnoticed: ${what}`, async () => {
      const params = { model: { gguf: MODEL }, adapter: null, messages, sampling };
      const alone = await client.answer(params);
      const order: string[] = [];
      const seen: (PreviewProgress & { phase: 'text' })[] = [];
      const screens: Promise<unknown>[] = [];
      const background = await client.answer(params, {
        priority: 'background',
        progress: (value) => {
          if (value.phase !== 'text') return;
          seen.push(value);
          if (value.tokens !== 5 && value.tokens !== 12) return;
          const short = { ...sampling, maxTokens: 2 };
          screens.push(
            client
              .answer({ ...params, model: { gguf: MODEL, context }, sampling: short })
              .then(() => order.push('screen')),
          );
        },
      });
      order.push('background');
      await Promise.all(screens);
      assert.deepEqual(order, ['screen', 'screen', 'background']);
      assert.equal(background.text, alone.text);
      assert.equal(seen.map(({ text }) => text).join(''), alone.text);
      const counts = seen.map(({ tokens }) => tokens);
      assert.deepEqual(
        counts,
        [...new Set(counts)].sort((a, b) => a - b),
      );
    });
  }
});
