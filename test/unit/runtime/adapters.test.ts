import { strict as assert } from 'node:assert';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import { RuntimeClient } from '../../../src/runtime/client';
import type { AdapterRef } from '../../../src/runtime/client';
import { HeldAdapters } from '../../../src/runtime/heldAdapters';
import { temporaryFolder } from './ggufBytes';
import { writeLora } from './loraFile';
import { TINY, buildRuntimeProcess, requireTiny } from './support';

describe('adapters of one base', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const model = { gguf: TINY };
  let client: RuntimeClient;
  /** How often a model was read, and contexts made. */
  let loads = 0;
  let contexts = 0;

  before(async () => {
    requireTiny();
    const script = await buildRuntimeProcess();
    await mkdir(folder.file('temporary'));
    client = new RuntimeClient({ script, env: { AFINA_THREADS: '1', TMPDIR: folder.file('temporary') } });
    client.onDidLog(({ text }) => {
      contexts += text.match(/constructing llama_context/g)?.length ?? 0;
    });
  });
  after(() => client.dispose());

  const lora = (name: string, seed: number): Promise<string> =>
    writeLora(folder.file(name), TINY, { seed, rank: 4, size: 0.2 });

  /** What comes next with an adapter: any change of it shows. */
  async function next(adapter: AdapterRef | null): Promise<string> {
    await client.answer(
      {
        model,
        adapter,
        messages: [{ role: 'user', content: 'Olá' }],
        sampling: { seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens: 1 },
      },
      {
        progress: (value) => {
          if (value.phase === 'loading' && value.fraction === 0) loads++;
        },
      },
    );
    return JSON.stringify(await client.nextToken({ model, adapter, tokens: [1, 5, 9, 12], top: 20 }));
  }

  it('are switched without loading the base again, also more of them than there are contexts', async () => {
    const files = await Promise.all([1, 2, 3, 4, 5].map((seed) => lora(`${seed}.gguf`, seed)));
    const base = await next(null);
    const first: string[] = [];
    for (const gguf of files) first.push(await next({ gguf, scale: 1 }));
    assert.equal(new Set([base, ...first]).size, 6);
    const again: string[] = [];
    for (const gguf of files) again.push(await next({ gguf, scale: 1 }));
    assert.deepEqual(again, first);
    assert.equal(await next(null), base);
    assert.equal(loads, 1);
  });

  it('change their strength without a new context', async () => {
    const gguf = folder.file('1.gguf');
    const base = await next(null);
    const full = await next({ gguf, scale: 1 });
    const before = contexts;
    const half = await next({ gguf, scale: 0.5 });
    assert.equal(await next({ gguf, scale: 0 }), base);
    assert.equal(await next({ gguf, scale: 1 }), full);
    assert.equal(await next({ gguf, scale: 0.5 }), half);
    assert.equal(new Set([base, full, half]).size, 3);
    assert.equal(contexts, before);
    assert.ok(contexts > 0 && loads === 1);
  });

  it('answer as what their file holds now, without loading the base again', async () => {
    const [old, other] = [folder.file('1.gguf'), folder.file('2.gguf')];
    const gguf = folder.file('run.gguf');
    await copyFile(old, gguf);
    assert.equal(await next({ gguf, scale: 1 }), await next({ gguf: old, scale: 1 }));
    const expected = await next({ gguf: other, scale: 1 });
    // As a fetched run replaces it; with the same time, as an unpacked archive would have it.
    const incoming = folder.file('incoming.gguf');
    await copyFile(other, incoming);
    await utimes(incoming, 1e9, 1e9);
    await utimes(gguf, 1e9, 1e9);
    await next({ gguf, scale: 1 });
    await rename(incoming, gguf);
    assert.equal(await next({ gguf, scale: 1 }), expected);
    assert.equal(loads, 1);
    assert.deepEqual(readdirSync(folder.file('temporary')), []);
  });
});

describe('HeldAdapters', () => {
  const folder = temporaryFolder();
  const name = (file: string): Promise<string> => Promise.resolve(file);
  const version = (file: string, key: string, bytes = 1): { file: string; key: string; bytes: number } => ({
    file,
    key,
    bytes,
  });

  it('gives every content of a file a path of its own, and always the same one', async () => {
    const held = new HeldAdapters();
    const file = folder.file('a.gguf');
    assert.equal(await held.use(version(file, '1'), name), file);
    const second = await held.use(version(file, '2'), name);
    const third = await held.use(version(file, '3'), name);
    assert.equal(new Set([file, second, third]).size, 3);
    assert.equal(path.basename(second), 'a.gguf');
    assert.equal(await held.use(version(file, '2'), name), second);
    assert.equal(await held.use(version(file, '1'), name), file);
  });

  it('does not take for held what could not be loaded, nor gives its path again', async () => {
    const held = new HeldAdapters();
    const file = folder.file('b.gguf');
    await assert.rejects(
      held.use(version(file, '1'), () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.notEqual(await held.use(version(file, '1'), name), file);
  });

  it('asks for the base to be loaded anew before unused ones fill the memory', async () => {
    const held = new HeldAdapters();
    const large = version('a', '1', 1.5e9);
    assert.equal(held.hasRoomFor(large), true);
    await held.use(large, name);
    assert.equal(held.hasRoomFor(large), true);
    assert.equal(held.hasRoomFor(version('b', '2', 1e6)), true);
    assert.equal(held.hasRoomFor(version('b', '2', 1e9)), false);
  });
});
