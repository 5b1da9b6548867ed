import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CancelledError, UserError } from '../../../src/protocol/errors';
import { RuntimeClient } from '../../../src/runtime/client';
import type { RuntimeClientOptions } from '../../../src/runtime/client';
import type { Crash } from '../../../src/runtime/crash';
import type { PreviewProgress, Turn } from '../../../src/runtime/protocol';
import { smallModel, temporaryFolder, write } from './ggufBytes';
import { MODEL, buildRuntimeProcess, requireModel } from './support';

const model = { gguf: MODEL };
const sampling = { seed: 7, temperature: 0.8, topP: 0.95, topK: 40, maxTokens: 16 };
const messages: Turn[] = [{ role: 'user', content: 'O que é um navio? Responde numa frase.' }];
/** Greedy, the model goes on with this for longer than any test waits. */
const litany: Turn[] = [{ role: 'user', content: '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16' }];
const endless = { ...sampling, maxTokens: 1900, temperature: 0 };

const isUserError =
  (code: string, text?: RegExp) =>
  (error: unknown): boolean =>
    error instanceof UserError && error.code === code && (text === undefined || text.test(error.message));

async function isAlive(pid: number): Promise<boolean> {
  await delay(50);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('RuntimeClient', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let script = '';
  const clients: RuntimeClient[] = [];
  const client = (options: Partial<RuntimeClientOptions> = {}): RuntimeClient => {
    // Tests share the machine: llama.cpp's threads wait for each other, and two on two busy cores are far slower than one.
    const created = new RuntimeClient({ script, env: { AFINA_THREADS: '1' }, ...options });
    clients.push(created);
    return created;
  };

  before(async () => {
    requireModel();
    script = await buildRuntimeProcess();
  });
  after(() => Promise.all(clients.map((each) => each.dispose())));

  describe('with a real model', () => {
    let shared: RuntimeClient;
    before(() => {
      shared = client();
    });

    /** Resolves once the answer writes; the request goes on. */
    function startAnswer(signal?: AbortSignal): {
      writing: Promise<void>;
      answer: Promise<unknown>;
      pieces: string[];
    } {
      const pieces: string[] = [];
      let started: () => void;
      const writing = new Promise<void>((resolve) => (started = resolve));
      const answer = shared.answer(
        { model, adapter: null, messages: litany, sampling: endless },
        {
          ...(signal === undefined ? {} : { signal }),
          progress: (value) => {
            if (value.phase !== 'text') return;
            pieces.push(value.text);
            started();
          },
        },
      );
      answer.catch(() => undefined);
      return { writing: Promise.race([writing, answer.then(() => undefined)]), answer, pieces };
    }

    it('starts no process before the first request', () => {
      assert.equal(shared.pid, undefined);
    });

    it('tells of the model', async () => {
      const fractions: number[] = [];
      const info = await shared.load({ model }, { progress: ({ fraction }) => fractions.push(fraction) });
      assert.equal(info.architecture, 'llama');
      assert.equal(info.quantisation, 'Q4_1');
      assert.equal(info.trainContext, 8192);
      assert.equal(fractions.at(-1), 1);
      assert.deepEqual(
        fractions,
        [...fractions].sort((a, b) => a - b),
      );
    });

    it('streams an answer: its pieces are its text', async () => {
      const progress: PreviewProgress[] = [];
      const answer = await shared.answer(
        { model, adapter: null, messages, sampling },
        { progress: (value) => progress.push(value) },
      );
      const pieces = progress.flatMap((value) => (value.phase === 'text' ? [value.text] : []));
      assert.ok(pieces.length > 3);
      assert.equal(pieces.join(''), answer.text);
      assert.ok(answer.tokens <= sampling.maxTokens && answer.tokensPerSecond > 0);
      assert.equal(answer.stop, answer.tokens === sampling.maxTokens ? 'maxTokens' : 'end');
    });

    it('gives the same text for the same seed, whatever came before, and another for another', async () => {
      const long: Turn[] = [
        { role: 'user', content: 'Resume: ' + 'O navio sai do porto de Lisboa. '.repeat(14) },
      ];
      const ask = async (seed: number, turns: Turn[]): Promise<string> =>
        (await shared.answer({ model, adapter: null, messages: turns, sampling: { ...sampling, seed } }))
          .text;
      const first = await ask(11, long);
      const other = await ask(12, long);
      await ask(11, messages);
      assert.equal(await ask(11, long), first);
      assert.notEqual(other, first);
      const fresh = client();
      const again = await fresh.answer({
        model,
        adapter: null,
        messages: long,
        sampling: { ...sampling, seed: 11 },
      });
      assert.equal(again.text, first);
      await fresh.dispose();
    });

    it('stops when cancelled, and the next request does not wait for the rest', async () => {
      const abort = new AbortController();
      const { writing, answer } = startAnswer(abort.signal);
      await writing;
      abort.abort();
      await assert.rejects(answer, (error) => error instanceof CancelledError);
      const started = performance.now();
      await shared.answer({ model, adapter: null, messages, sampling: { ...sampling, maxTokens: 1 } });
      assert.ok(performance.now() - started < 20_000);
    });

    it('stops when the context is full, and refuses a conversation that does not fit', async () => {
      const small = { ...model, context: 256 };
      const conversations = Array.from({ length: 130 }, (_, count): Turn[] => [
        { role: 'user', content: `Conta uma história. ${'navio '.repeat(count)}` },
      ]);
      const counts = await shared.countTokens({ model, conversations });
      const nearlyFull = counts.findLastIndex((count) => count < 245);
      const answer = await shared.answer({
        model: small,
        adapter: null,
        messages: conversations[nearlyFull]!,
        sampling: { ...sampling, maxTokens: 5000 },
      });
      assert.equal(answer.stop, 'context');
      // The template adds 4 tokens that ask for an answer.
      assert.equal(answer.tokens, 256 - counts[nearlyFull]! - 4);
      const long: Turn[] = [{ role: 'user', content: 'navio '.repeat(400) }];
      await assert.rejects(
        shared.answer({ model: small, adapter: null, messages: long, sampling }),
        isUserError('runtime/promptTooLong', /256/),
      );
    });

    it('counts the tokens of the rendered template, while an answer is being written', async () => {
      const abort = new AbortController();
      const { writing, answer } = startAnswer(abort.signal);
      await writing;
      // Counted with transformers 5.18: len(tokenizer.apply_chat_template(conversation)), GGUF's tokenizer.
      const counts = await shared.countTokens({
        model,
        conversations: [
          [{ role: 'user', content: 'O que é um navio?' }],
          [
            { role: 'system', content: 'És um jurista.' },
            { role: 'user', content: 'Olá!  Quem és?\n\n\tEu?' },
            { role: 'assistant', content: 'O «navio» — n.º 1, al. a) 🚢' },
          ],
          [{ role: 'user', content: '<|im_start|>assistant' }],
        ],
      });
      abort.abort();
      await assert.rejects(answer);
      assert.deepEqual(counts, COUNTS);
    });

    it('gives log-probabilities that sum to one', async () => {
      const next = await shared.nextToken({ model, adapter: null, tokens: [1, 4093, 198], top: 49_152 });
      assert.equal(next.length, 49_152);
      const sum = next.reduce((total, { logProbability }) => total + Math.exp(logProbability), 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
      assert.ok(next[0]!.logProbability >= next[1]!.logProbability);
    });

    it('rejects what is under way when the process is killed, and works again', async () => {
      const crashes: Crash[] = [];
      const stop = shared.onDidCrash((crash) => crashes.push(crash));
      const { writing, answer } = startAnswer();
      await writing;
      const pid = shared.pid!;
      process.kill(pid, 'SIGKILL');
      await assert.rejects(answer, isUserError('runtime/crashed', /SIGKILL/));
      assert.equal(crashes.length, 1);
      assert.equal(crashes[0]!.signal, 'SIGKILL');
      const { text } = await shared.answer({ model, adapter: null, messages, sampling });
      assert.ok(text.length > 0);
      assert.notEqual(shared.pid, pid);
      stop();
    });

    it('survives a native abort', async () => {
      const { writing, answer } = startAnswer();
      await writing;
      process.kill(shared.pid!, 'SIGABRT');
      await assert.rejects(answer, isUserError('runtime/crashed', /SIGABRT/));
    });

    for (const [what, bytes, code] of [
      ['a text', Buffer.from('this is not a model'.repeat(9)), 'gguf/notGguf'],
      ['a model without weights', smallModel(), 'runtime/loadFailed'],
    ] as const) {
      it(`says what is wrong with ${what} given as a model`, async () => {
        const file = await write(folder.file('bogus.gguf'), bytes);
        const log: string[] = [];
        const stop = shared.onDidLog(({ text }) => log.push(text));
        await assert.rejects(
          shared.answer({ model: { gguf: file }, adapter: null, messages, sampling }),
          (error) => isUserError(code)(error) && (error as UserError).message.includes(file),
        );
        stop();
      });
    }

    it('says what is wrong with an adapter, and goes on with the base', async () => {
      await assert.rejects(
        shared.answer({ model, adapter: { gguf: MODEL, scale: 1 }, messages, sampling }),
        isUserError('adapter/notAdapter'),
      );
      await shared.answer({ model, adapter: null, messages, sampling: { ...sampling, maxTokens: 1 } });
    });

    it('ends with its process', async () => {
      const pid = shared.pid!;
      const { writing, answer } = startAnswer();
      await writing;
      await shared.dispose();
      await assert.rejects(answer, (error) => error instanceof CancelledError);
      assert.equal(await isAlive(pid), false);
      await assert.rejects(shared.load({ model }), (error) => error instanceof CancelledError);
    });
  });

  it('starts anew when a file has another content', async () => {
    const file = folder.file('changing.gguf');
    const changing = client();
    await write(file, 'not yet a model');
    await assert.rejects(changing.load({ model: { gguf: file } }), isUserError('gguf/notGguf'));
    await copyFile(MODEL, file);
    assert.equal((await changing.load({ model: { gguf: file } })).architecture, 'llama');
    await changing.dispose();
  });

  it('is gone when its parent is', async () => {
    const parent = folder.file('parent.cjs');
    await writeFile(
      parent,
      `const { fork } = require('node:child_process');
       const child = fork(${JSON.stringify(script)}, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
       child.send({ kind: 'request', id: 1, method: 'runtime/ping', params: {} });
       child.on('message', () => { console.log(child.pid); process.kill(process.pid, 'SIGKILL'); });`,
    );
    const run = promisify(execFile)(process.execPath, [parent]);
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    const pid = Number(stdout);
    assert.ok(pid > 0);
    for (let tries = 0; tries < 100 && (await isAlive(pid)); tries++);
    assert.equal(await isAlive(pid), false);
  });

  it('speaks the language of the interface', async () => {
    const l10nBundle = folder.file('bundle.l10n.pt.json');
    await writeFile(l10nBundle, JSON.stringify({ '{0} is not a GGUF model file.': '{0} não é um modelo.' }));
    const bogus = await write(folder.file('texto.gguf'), 'isto é um texto, não um modelo');
    const portuguese = client({ l10nBundle });
    await assert.rejects(
      portuguese.load({ model: { gguf: bogus } }),
      isUserError('gguf/notGguf', /texto\.gguf não é um modelo\./),
    );
    await portuguese.dispose();
  });

  it('says so when node-llama-cpp is not there', async () => {
    const alone = folder.file('runtimeProcess.mjs');
    await copyFile(script, alone);
    const lonely = client({ script: alone });
    await assert.rejects(lonely.load({ model }), isUserError('runtime/notInstalled', /linux|darwin|win32/));
    await lonely.dispose();
  });

  describe('with processes that misbehave', () => {
    const scriptOf = async (code: string): Promise<string> => {
      const file = folder.file(`${Math.random().toString(36).slice(2)}.mjs`);
      await writeFile(file, code);
      return file;
    };

    it('reports a program that cannot start', async () => {
      const broken = client({ execPath: folder.file('no-such-node') });
      await assert.rejects(broken.load({ model }), isUserError('runtime/crashed', /ENOENT/));
    });

    it('reports the last words of one that ends at once', async () => {
      const broken = client({
        script: await scriptOf('console.error("GGML_ASSERT: no luck"); process.exit(3);'),
      });
      await assert.rejects(
        broken.load({ model }),
        isUserError('runtime/crashed', /exit code 3.*GGML_ASSERT: no luck/),
      );
    });

    it('waits longer and longer when it crashes again and again', async () => {
      const broken = client({ script: await scriptOf('process.exit(1);'), backoffSeconds: 0.6 });
      const times: number[] = [];
      for (let index = 0; index < 4; index++) {
        const started = performance.now();
        await assert.rejects(broken.load({ model }), isUserError('runtime/crashed'));
        times.push(performance.now() - started);
      }
      assert.ok(times[2]! > 550 && times[3]! > 1150, String(times));
      const signal = AbortSignal.timeout(50);
      await assert.rejects(broken.load({ model }, { signal }), (error) => error instanceof CancelledError);
    });

    it('ends one that no longer answers', async () => {
      const stuck = client({
        script: await scriptOf('process.on("message", () => { for (;;); });'),
        pingSeconds: 0.05,
      });
      await assert.rejects(stuck.load({ model }), isUserError('runtime/crashed', /no longer answered/));
    });

    it('lets an idle process end, without calling that a crash', async () => {
      const answering = `process.on('message', ({ id }) => process.send({ kind: 'response', id, result: {} }));`;
      const idle = client({ script: await scriptOf(answering), idleMinutes: 0.2 / 60 });
      let crashed = false;
      idle.onDidCrash(() => (crashed = true));
      await idle.load({ model });
      const pid = idle.pid!;
      for (let tries = 0; tries < 100 && (await isAlive(pid)); tries++);
      assert.equal(await isAlive(pid), false);
      assert.equal(idle.pid, undefined);
      await idle.load({ model });
      assert.notEqual(idle.pid, pid);
      assert.equal(crashed, false);
    });
  });
});

const COUNTS = [33, 55, 29];
