// What a person does to a preview: chooses another adapter, its strength, and goes on typing.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { AdapterRef, RuntimeClient } from '../../src/runtime/client';
import { paths } from '../lab/paths.mjs';
import { writeLora } from '../unit/runtime/loraFile';
import { withTemporary } from './inputs';
import { percentile, report, say } from './measure';

const RANK = 16;
const ROUNDS = 5;
const CANCELS = 20;
const MODEL = { gguf: paths.model, context: 2048 };
const QUESTION = [{ role: 'user' as const, content: '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16' }];
const LONG = [{ role: 'user' as const, content: 'O navio sai do porto de Lisboa. '.repeat(120) }];

const greedy = (maxTokens: number) => ({ seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens });

export async function benchControl(makeClient: () => RuntimeClient): Promise<void> {
  await withTemporary('loras', async (folder) => {
    await mkdir(folder);
    const files: string[] = [];
    for (let seed = 0; seed < ROUNDS + 3; seed++) {
      files.push(
        await writeLora(path.join(folder, `${String(seed)}.gguf`), paths.model, { seed, rank: RANK }),
      );
    }
    const client = makeClient();
    try {
      await benchAdapters(client, files);
      await benchCancel(client);
    } finally {
      await client.dispose();
    }
  });
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

function tell(metric: string, values: readonly number[], unit: string): void {
  say(`  ${metric}: ${values.map((value) => value.toPrecision(3)).join(', ')}`);
  report({
    bench: 'preview',
    case: `SmolLM2-135M Q4_1, adapters of rank ${String(RANK)}, 1 thread`,
    metric,
    value: median(values),
    unit,
  });
}

async function benchAdapters(client: RuntimeClient, files: readonly string[]): Promise<void> {
  /** Milliseconds until the model begins to read the prompt: what switching takes, whatever the prompt. */
  async function untilReading(adapter: AdapterRef | null): Promise<number> {
    const began = performance.now();
    const params = { model: MODEL, adapter, messages: QUESTION, sampling: greedy(1) };
    const { firstTokenSeconds } = await client.answer(params);
    return performance.now() - began - 1000 * firstTokenSeconds;
  }
  await untilReading(null);
  const same: number[] = [];
  const fresh: number[] = [];
  const back: number[] = [];
  const again: number[] = [];
  const strength: number[] = [];
  for (const gguf of files.slice(0, ROUNDS)) {
    fresh.push(await untilReading({ gguf, scale: 1 }));
    strength.push(await untilReading({ gguf, scale: 0.5 }));
    same.push(await untilReading({ gguf, scale: 0.5 }));
    await untilReading(null);
    back.push(await untilReading({ gguf, scale: 0.5 }));
  }
  // More adapters in turn than contexts are kept: every one has lost its own when it is asked again.
  for (let round = 0; round < 2; round++) {
    for (const gguf of files.slice(0, ROUNDS)) {
      const taken = await untilReading({ gguf, scale: 1 });
      if (round > 0) again.push(taken);
    }
  }
  tell('no other adapter', same, 'ms');
  tell('switch to an adapter, first use of its file', fresh, 'ms');
  tell('switch to an adapter whose context is kept', back, 'ms');
  tell('switch to an adapter whose context was given up', again, 'ms');
  tell('change of an adapter’s strength', strength, 'ms');
}

async function benchCancel(client: RuntimeClient): Promise<void> {
  const writing: number[] = [];
  const tokens: number[] = [];
  const reading: number[] = [];
  for (let index = 0; index < CANCELS; index++) {
    for (const phase of ['text', 'reading'] as const) {
      const abort = new AbortController();
      let perSecond = NaN;
      const answer = client.answer(
        {
          model: MODEL,
          adapter: null,
          // Another beginning each time, so that there is something to read.
          messages: phase === 'text' ? QUESTION : [{ role: 'system', content: String(index) }, ...LONG],
          sampling: greedy(500),
        },
        {
          signal: abort.signal,
          progress: (value) => {
            if (value.phase !== phase) return;
            if (value.phase === 'text') perSecond = value.tokensPerSecond;
            if (value.tokens < (phase === 'text' ? 8 + index : 64) || abort.signal.aborted) return;
            // A key is pressed at any moment, not when a token arrives.
            setTimeout(() => abort.abort(), (index * 1000) / (CANCELS * (perSecond || 10)));
          },
        },
      );
      await answer.catch(() => undefined);
      // Answered as soon as the model is free.
      const began = performance.now();
      await client.load({ model: MODEL });
      const taken = performance.now() - began;
      if (phase === 'reading') reading.push(taken);
      else {
        writing.push(taken);
        tokens.push((taken / 1000) * perSecond);
      }
    }
  }
  tell('cancel while writing, until the model is free', writing, 'ms');
  tell('cancel while writing, in tokens', tokens, 'tokens');
  tell('cancel while reading, until the model is free', reading, 'ms');
}
