import assert from 'node:assert/strict';
import { RuntimeClient } from '../../../src/runtime/client';
import { Engine } from '../../../src/runtime/engine';
import { readGguf } from '../../../src/runtime/gguf';
import { memoryNeed } from '../../../src/runtime/memory';
import { MODEL, buildRuntimeProcess, requireModel } from './support';

const MIB = 1024 * 1024;

describe('memory of a model', () => {
  before(requireModel);

  it('is what llama.cpp allocates', async () => {
    const client = new RuntimeClient({ script: await buildRuntimeProcess() });
    const log: string[] = [];
    client.onDidLog(({ text }) => log.push(text));
    try {
      for (const context of [512, 4096]) {
        log.length = 0;
        await client.answer({
          model: { gguf: MODEL, context },
          adapter: null,
          messages: [{ role: 'user', content: 'Olá' }],
          sampling: { seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens: 1 },
        });
        const logged = (pattern: RegExp): number => Number(pattern.exec(log.join('\n'))?.[1] ?? NaN) * MIB;
        const need = memoryNeed(await readGguf(MODEL), context);
        assert.equal(need.cache, logged(/KV buffer size = +([\d.]+) MiB/));
        assert.ok(Math.abs(need.work / logged(/compute buffer size = +([\d.]+) MiB/) - 1) < 0.05);
        assert.ok(need.total > need.weights + need.cache + need.work);
      }
    } finally {
      await client.dispose();
    }
  }).timeout(60_000);

  it('is compared with what is free before anything is loaded, and refused with numbers', async () => {
    const { total } = memoryNeed(await readGguf(MODEL), 2048);
    const engine = new Engine({ gpu: false, log: () => undefined, freeMemory: () => total / 2 });
    const { signal } = new AbortController();
    const params = { model: { gguf: MODEL } };
    await assert.rejects(
      Promise.resolve(engine.handlers['runtime/load'](params, { signal, progress: () => undefined })),
      {
        code: 'runtime/memory',
        message:
          /takes 401 MB \(weights 96\.6 MB, 2,048 tokens of context 47\.2 MB, working memory 107 MB\), and 200 MB are free/,
      },
    );
  });
});
