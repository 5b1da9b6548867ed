import { strict as assert } from 'node:assert';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import * as z from 'zod/mini';
import { Channel, method } from '../../../src/protocol/channel';
import type { Handlers, Transport } from '../../../src/protocol/channel';
import { CancelledError, UserError, isCancelled } from '../../../src/protocol/errors';

const serverApi = {
  methods: {
    double: method<number>()(z.object({ value: z.number() })),
    countTo: method<string, number>()(z.object({ n: z.number() })),
    fail: method<never>()(z.object({ user: z.boolean() })),
    hang: method<never>()(z.object({})),
  },
  events: { tick: z.object({ n: z.number() }) },
} as const;
const clientApi = { methods: {}, events: { ping: z.object({ text: z.string() }) } } as const;

function portTransport(port: MessagePort): Transport {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', listener),
    onClose: (listener) => void port.on('close', () => listener(new Error('the other side went away'))),
  };
}

describe('Channel', () => {
  let hung: AbortSignal | undefined;
  const handlers: Handlers<typeof serverApi> = {
    double: ({ value }) => value * 2,
    countTo: ({ n }, { progress }) => {
      for (let i = 1; i <= n; i++) progress(i);
      return 'done';
    },
    fail: ({ user }) => {
      throw user
        ? new UserError('full', 'The disk is full', { place: { file: 'a.jsonl', line: 3 } })
        : new TypeError('a defect');
    },
    hang: (_params, { signal }) => {
      hung = signal;
      return new Promise<never>(() => undefined);
    },
  };
  let ports: MessageChannel;
  let server: Channel<typeof serverApi, typeof clientApi>;
  let client: Channel<typeof clientApi, typeof serverApi>;

  beforeEach(() => {
    hung = undefined;
    ports = new MessageChannel();
    server = new Channel(serverApi, clientApi, handlers, portTransport(ports.port1));
    client = new Channel(clientApi, serverApi, {}, portTransport(ports.port2));
  });
  afterEach(() => {
    ports.port1.close();
    ports.port2.close();
  });

  it('answers concurrent requests each with its own result', async () => {
    const answers = await Promise.all([1, 2, 3].map((value) => client.request('double', { value })));
    assert.deepEqual(answers, [2, 4, 6]);
  });

  it('delivers progress in order, before the result', async () => {
    const seen: number[] = [];
    assert.equal(await client.request('countTo', { n: 5 }, { progress: (n) => seen.push(n) }), 'done');
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  });

  it('carries a user error over with its code and place, and a defect with its name', async () => {
    await assert.rejects(client.request('fail', { user: true }), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'full');
      assert.deepEqual(error.details.place, { file: 'a.jsonl', line: 3 });
      return true;
    });
    await assert.rejects(client.request('fail', { user: false }), { name: 'TypeError', message: 'a defect' });
  });

  it('refuses parameters that do not fit the schema, and unknown methods', async () => {
    await assert.rejects(
      client.request('double', { value: 'x' as unknown as number }),
      /bad parameters of double/,
    );
    await assert.rejects(
      client.request('toString' as 'double', {
        value: 1,
      }),
      /unknown method toString/,
    );
  });

  it('cancels on both sides', async () => {
    const controller = new AbortController();
    const answer = client.request('hang', {}, { signal: controller.signal });
    while (hung === undefined) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await assert.rejects(answer, isCancelled);
    while (!hung.aborted) await new Promise((resolve) => setImmediate(resolve));
  });

  it('rejects what is under way, and what comes later, when it is disposed', async () => {
    const answer = client.request('hang', {});
    client.dispose(new CancelledError('closed'));
    await assert.rejects(answer, { message: 'closed' });
    await assert.rejects(client.request('double', { value: 1 }), { message: 'closed' });
  });

  it('rejects what is under way when the other side goes away', async () => {
    const answer = client.request('hang', {});
    while (hung === undefined) await new Promise((resolve) => setImmediate(resolve));
    ports.port1.close();
    await assert.rejects(answer, { message: 'the other side went away' });
  });

  it('delivers events that fit their schema and drops everything else', async () => {
    const seen: number[] = [];
    const first = new Promise<void>((resolve) =>
      client.on('tick', ({ n }) => {
        seen.push(n);
        if (n === 2) resolve();
      }),
    );
    ports.port1.postMessage('noise');
    ports.port1.postMessage({ kind: 'event', event: 'tick', value: { n: 'one' } });
    ports.port1.postMessage({ kind: 'response', id: 99, result: 1 });
    server.emit('tick', { n: 1 });
    server.emit('tick', { n: 2 });
    await first;
    assert.deepEqual(seen, [1, 2]);
  });
});
