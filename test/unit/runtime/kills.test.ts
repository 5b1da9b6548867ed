import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../../src/protocol/errors';
import { RuntimeClient } from '../../../src/runtime/client';
import type { PreviewProgress, Turn } from '../../../src/runtime/protocol';
import { random } from '../../bench/measure';
import { temporaryFolder } from './ggufBytes';
import { writeLora } from './loraFile';
import { TINY, buildRuntimeProcess, requireTiny } from './support';

const KILLS = 200;
const SEED = 20_261_126;
/** No answer takes nearly as long, also on a busy machine: whoever waits longer hangs. */
const HANGS_SECONDS = 60;
const MOMENTS = ['starting', 'any', 'loading', 'reading', 'writing', 'answered', 'idle'] as const;
/** Most are killed before they have loaded anything: a process takes half a second of a processor to get that far. */
const EARLY = 0.6;

describe('previews while their process is killed', function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let client: RuntimeClient;
  let adapter = '';

  before(async () => {
    requireTiny();
    adapter = await writeLora(folder.file('lora.gguf'), TINY, { rank: 4 });
    client = new RuntimeClient({
      script: await buildRuntimeProcess(),
      env: { AFINA_THREADS: '1' },
      // Nobody would want to wait for what so many crashes in a row mean.
      backoffSeconds: 0,
    });
  });
  after(() => client.dispose());

  const next = random(SEED);
  const below = (limit: number): number => Math.floor(next() * limit);

  function preview(progress: (value: PreviewProgress) => void): Promise<'answer' | 'error'> {
    // Long enough to be read in several blocks.
    const messages: Turn[] = [{ role: 'user', content: 'O navio sai do porto. '.repeat(1 + below(8)) }];
    const tuned = next() < 0.5;
    const answer = client.answer(
      {
        model: { gguf: TINY },
        adapter: tuned ? { gguf: adapter, scale: next() } : null,
        messages,
        sampling: { seed: below(1000), temperature: 0.5, topP: 1, topK: 0, maxTokens: 12 },
      },
      { progress, priority: next() < 0.3 ? 'background' : 'screen' },
    );
    const ended = answer.then(
      ({ text }) => {
        assert.equal(typeof text, 'string');
        return 'answer' as const;
      },
      (error: unknown) => {
        if (error instanceof UserError && error.code === 'runtime/crashed') return 'error' as const;
        throw error;
      },
    );
    return Promise.race([
      ended,
      delay(HANGS_SECONDS * 1000, undefined, { ref: false }).then(() => {
        throw new Error('a preview hangs');
      }),
    ]);
  }

  it(`all ${KILLS} times end in an answer or an error, and the client works afterwards`, async () => {
    const outcomes = new Map<string, number>();
    const counted = (name: string): void => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    let kills = 0;
    const kill = (): void => {
      if (client.pid === undefined) return;
      try {
        process.kill(client.pid, 'SIGKILL');
        kills++;
      } catch {
        // It died of the kill before: there is nothing to kill yet.
      }
    };
    const started = async (): Promise<void> => {
      while (client.pid === undefined) await delay(1);
    };
    while (kills < KILLS) {
      const moment = MOMENTS[below(next() < EARLY ? 2 : MOMENTS.length)]!;
      let armed = true;
      const once = (): void => {
        if (armed) kill();
        armed = false;
      };
      const previews = Array.from({ length: 1 + below(3) }, () =>
        preview(({ phase }) => {
          if (phase === moment || (phase === 'text' && moment === 'writing')) once();
        }),
      );
      if (moment === 'starting' || moment === 'any') {
        void started().then(() => setTimeout(once, moment === 'any' ? below(300) : 0));
      }
      if (moment === 'answered') void Promise.race(previews).then(once);
      for (const outcome of await Promise.all(previews)) counted(`${moment}: ${outcome}`);
      // Nobody waits now; sometimes the next preview comes before its end is known.
      if (moment === 'idle') once();
      if (moment === 'idle' && next() < 0.5) await delay(20);
    }
    // Each moment has killed previews under way but the last, when there are none.
    for (const moment of MOMENTS) {
      assert.ok((outcomes.get(`${moment}: ${moment === 'idle' ? 'answer' : 'error'}`) ?? 0) > 0, moment);
    }
    // The first may still meet the process that was just killed.
    await preview(() => undefined);
    assert.equal(await preview(() => undefined), 'answer');
  });
});
