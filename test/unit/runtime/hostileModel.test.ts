import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { UserError } from '../../../src/protocol/errors';
import { RuntimeClient } from '../../../src/runtime/client';
import { readGguf } from '../../../src/runtime/gguf';
import type { Answer } from '../../../src/runtime/protocol';
import { random } from '../../bench/measure';
import { temporaryFolder, text, u32, write } from './ggufBytes';
import { mutate } from './hostile';
import { writeLora } from './loraFile';
import { TINY, buildRuntimeProcess, requireTiny } from './support';

/** Pass every check of a header, and make llama.cpp abort: its own checks are assertions. */
const DEADLY: Readonly<Record<string, number>> = {
  'llama.attention.head_count': 0,
  'llama.attention.head_count_kv': 0,
  'llama.block_count': 0,
  'tokenizer.ggml.unknown_token_id': 0xff_ffff,
};
const MUTATIONS = 12;

describe('models that crash llama.cpp', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let client: RuntimeClient;
  let valid: Buffer;

  before(async () => {
    requireTiny();
    valid = await readFile(TINY);
    const script = await buildRuntimeProcess();
    client = new RuntimeClient({ script, env: { AFINA_THREADS: '1' }, backoffSeconds: 0.001 });
  });
  after(() => client.dispose());

  const answer = (gguf: string, adapter: string | null = null): Promise<Answer> =>
    client.answer({
      model: { gguf },
      adapter: adapter === null ? null : { gguf: adapter, scale: 1 },
      messages: [{ role: 'user', content: 'Olá' }],
      sampling: { seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens: 4 },
    });

  for (const [key, value] of Object.entries(DEADLY)) {
    it(`end their process alone, with its last words: ${key} = ${value}`, async () => {
      const bytes = Buffer.from(valid);
      u32(value).copy(bytes, bytes.indexOf(text(key)) + text(key).length + 4);
      const gguf = await write(folder.file(), bytes);
      await readGguf(gguf);
      await assert.rejects(
        answer(gguf),
        (error) =>
          error instanceof UserError &&
          error.code === 'runtime/crashed' &&
          /SIGABRT.*(GGML_ASSERT|what\(\))/.test(error.message),
      );
      assert.equal((await answer(TINY)).tokens, 4);
    });
  }

  it('or not, end in an answer or an error', async () => {
    const next = random(7);
    const adapter = await readFile(await writeLora(folder.file(), TINY, { rank: 2 }));
    for (let index = 0; index < MUTATIONS; index++) {
      const tuned = index % 2 === 0;
      const { name, bytes } = mutate(tuned ? adapter : valid, next);
      const file = await write(folder.file(), bytes);
      await (tuned ? answer(TINY, file) : answer(file)).then(
        ({ tokens }) => assert.ok(tokens <= 4),
        (error: unknown) => assert.ok(error instanceof UserError, `${name}: ${String(error)}`),
      );
    }
    assert.equal((await answer(TINY)).tokens, 4);
  });
});
