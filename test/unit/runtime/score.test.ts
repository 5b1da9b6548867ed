import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { CancelledError, UserError } from '../../../src/protocol/errors';
import { RuntimeClient } from '../../../src/runtime/client';
import type { AnswerScore, Turn } from '../../../src/runtime/protocol';
import { ROOT, paths } from '../../lab/paths.mjs';
import { MODEL, buildRuntimeProcess, requireModel } from './support';

const talk = (...contents: readonly string[]): Turn[] =>
  contents.map((content, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content }));

const CONVERSATIONS: readonly (readonly Turn[])[] = [
  talk('O que é um navio?', 'Navio é o engenho flutuante destinado à navegação por água.'),
  [{ role: 'system', content: 'És um jurista.' }, ...talk('Quem é o armador?', 'É quem arma o navio. 🚢')],
  talk('Olá!', 'Olá.', 'Que é o frete?', '  É a retribuição, por mar, «em dinheiro».\n\nN.º 1: devida.  '),
  talk('Diz «a».', 'a'),
  talk('Enumera.', '\n\n- um\n- dois'),
  talk(
    'Explica o contrato de transporte. ' + 'O navio sai do porto de Lisboa. '.repeat(20),
    'É aquele em que uma das partes se obriga a deslocar mercadorias. '.repeat(6),
  ),
];

function referenceScores(gguf: string, conversations: typeof CONVERSATIONS): AnswerScore[] {
  const script = path.join(ROOT, 'test', 'unit', 'runtime', 'referenceScores.py');
  const done = spawnSync(paths.venvPython, [script, path.dirname(gguf), path.basename(gguf)], {
    input: JSON.stringify(conversations),
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false', OMP_NUM_THREADS: '1' },
  });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout) as AnswerScore[];
}

describe('runtime/score', function () {
  this.timeout(240_000);
  let client: RuntimeClient;

  before(async () => {
    requireModel();
    client = new RuntimeClient({ script: await buildRuntimeProcess(), env: { AFINA_THREADS: '1' } });
  });
  after(() => client.dispose());

  // llama.cpp keeps keys and values in 16 bits, and rounds what it multiplies quantised weights with to 8.
  for (const { what, gguf, each, mean } of [
    {
      what: 'float32 weights and a SentencePiece vocabulary',
      gguf: path.join(paths.tinyLlama, 'base.gguf'),
      each: 0.002,
      mean: 0.001,
    },
    { what: 'quantised weights and a byte-level vocabulary', gguf: MODEL, each: 0.3, mean: 0.1 },
  ]) {
    it(`is what transformers says with the trainer's loss mask: ${what}`, async () => {
      // The long one takes transformers a minute with the larger model.
      const conversations = gguf === MODEL ? CONVERSATIONS.slice(0, 5) : CONVERSATIONS;
      const expected = referenceScores(gguf, conversations);
      let apart = 0;
      for (const [at, messages] of conversations.entries()) {
        const { logProbability, tokens } = await client.score({ model: { gguf }, adapter: null, messages });
        assert.equal(tokens, expected[at]?.tokens, `tokens of conversation ${at}`);
        const difference = (logProbability - expected[at]!.logProbability) / tokens;
        assert.ok(Math.abs(difference) < each, `conversation ${at}: ${difference} nats a token apart`);
        apart += difference / conversations.length;
      }
      assert.ok(Math.abs(apart) < mean, `${apart} nats a token apart on average`);
    });
  }

  it('is the same whatever was asked before, and finds an answer likelier in its place than in another', async () => {
    const score = (messages: readonly Turn[]): Promise<AnswerScore> =>
      client.score({ model: { gguf: MODEL }, adapter: null, messages });
    const long = CONVERSATIONS[5]!;
    const first = await score(long);
    await client.answer({
      model: { gguf: MODEL },
      adapter: null,
      messages: long.slice(0, 1),
      sampling: { seed: 1, temperature: 0, topP: 1, topK: 1, maxTokens: 3 },
    });
    assert.deepEqual(await score(long), first);
    const fitting = await score(talk('What is the capital of France?', 'The capital of France is Paris.'));
    const strange = await score(talk('What is a ship?', 'The capital of France is Paris.'));
    assert.ok(fitting.logProbability > strange.logProbability);
  });

  it('knows an adapter, refuses what has no answer, and stops when cancelled', async () => {
    const gguf = path.join(paths.tinyLlama, 'base.gguf');
    const messages = CONVERSATIONS[0]!;
    await assert.rejects(
      client.score({ model: { gguf }, adapter: null, messages: talk('a', 'b', 'c') }),
      (error) => error instanceof UserError && error.code === 'runtime/noAnswer',
    );
    const stop = new AbortController();
    const scoring = client.score(
      { model: { gguf: MODEL }, adapter: null, messages },
      { signal: stop.signal },
    );
    stop.abort();
    await assert.rejects(scoring, (error) => error instanceof CancelledError);
    await client.score({ model: { gguf }, adapter: null, messages });
  });
});
