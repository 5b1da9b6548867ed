// Previews through RuntimeClient beside node-llama-cpp's bare loop, each in a process started for it: the model is loaded,
// the first answer pays for the whole prompt, the second finds the beginning of its prompt in memory. Then how long
// another adapter and a cancel take.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { RuntimeClient } from '../../src/runtime/client';
import type { Turn } from '../../src/runtime/protocol';
import { ROOT, paths } from '../lab/paths.mjs';
import type { Sample } from './measure';
import { inTurn, report, say } from './measure';
import { benchControl } from './previewControl';

export interface PeerRequest {
  readonly model: string;
  readonly context: number;
  readonly threads: number;
  readonly prompt: string;
  readonly maxTokens: number;
}

export type PeerMessage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'first' }
  | { readonly kind: 'end'; readonly tokens: number; readonly perSecond: number };

const RUNS = 5;
const TOKENS = 64;
const CONTEXT = 2048;
/** llama.cpp's threads wait for each other: with as many as there are cores, anything else that runs stalls them all. */
const THREADS = 1;
const SYSTEM =
  'És um assistente jurídico especializado em direito marítimo português. Responde em português europeu, com rigor, ' +
  'e indica a base legal. O contrato de transporte de mercadorias por mar é regulado pelos tratados e convenções ' +
  'internacionais vigentes em Portugal e, subsidiariamente, pelo Decreto-Lei n.º 352/86, de 21 de outubro. O ' +
  'conhecimento de carga é recibo da mercadoria, prova do contrato e título representativo dela.';
const QUESTIONS = [
  'Quais são as funções do conhecimento de carga? Explica cada uma delas.',
  'Que fontes regulam o contrato de transporte por mar? Explica a ordem por que se aplicam.',
];

interface Answered {
  readonly tokens: number;
  readonly firstSeconds: number;
  readonly perSecond: number;
}

interface Previews {
  /** From nothing: process and model. */
  readonly loadSeconds: number;
  readonly answered: readonly Answered[];
}

export async function run(): Promise<void> {
  const answers = (name: string, { loadSeconds, answered }: Previews): Sample => {
    // The words differ sooner or later, since batches cut elsewhere give other last digits; their number must not.
    const short = answered.find(({ tokens }) => tokens !== TOKENS);
    if (short !== undefined) say(`  ${name} ended after ${short.tokens} tokens instead of ${TOKENS}`);
    const [first, second] = answered;
    const [firstSeconds, secondSeconds] = [first?.firstSeconds ?? NaN, second?.firstSeconds ?? NaN];
    return {
      load: loadSeconds,
      first: firstSeconds,
      second: secondSeconds,
      reuse: secondSeconds / firstSeconds,
      perSecond: first?.perSecond ?? NaN,
    };
  };
  const medians = await inTurn(RUNS, {
    ours: async () => answers('ours', await ourAnswers()),
    peer: async () => answers('peer', await peerAnswers()),
  });
  for (const [metric, key, unit] of [
    ['generation', 'perSecond', 'tokens/s'],
    ['process started and model loaded', 'load', 's'],
    ['first token, first preview with the model loaded', 'first', 's'],
    ['first token, second preview with the same prefix', 'second', 's'],
    ['first token, second preview / first', 'reuse', 'of the first'],
  ] as const) {
    report({
      bench: 'preview',
      case: `SmolLM2-135M Q4_1, ${TOKENS} tokens, greedy, 1 thread`,
      metric,
      value: medians('ours', key),
      unit,
      peer: 'node-llama-cpp, bare loop',
      peerValue: medians('peer', key),
    });
  }
  await benchControl(makeClient);
}

function makeClient(): RuntimeClient {
  return new RuntimeClient({
    script: path.join(ROOT, 'dist', 'runtimeProcess.mjs'),
    env: { AFINA_THREADS: String(THREADS) },
  });
}

async function ourAnswers(): Promise<Previews> {
  const client = makeClient();
  try {
    const started = performance.now();
    await client.load({ model: { gguf: paths.model, context: CONTEXT } });
    const loadSeconds = (performance.now() - started) / 1000;
    const answered: Answered[] = [];
    for (const question of QUESTIONS) {
      const messages: Turn[] = [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: question },
      ];
      const began = performance.now();
      // As the editor sees them: with what the way between the processes takes.
      const seen: { at: number; tokens: number }[] = [];
      const { tokens } = await client.answer(
        {
          model: { gguf: paths.model, context: CONTEXT },
          adapter: null,
          messages,
          sampling: { seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens: TOKENS },
        },
        {
          progress: (value) => {
            if (value.phase === 'text') seen.push({ at: performance.now(), tokens: value.tokens });
          },
        },
      );
      const first = seen[0]!;
      const last = seen.at(-1)!;
      answered.push({
        tokens,
        firstSeconds: (first.at - began) / 1000,
        perSecond: (1000 * (last.tokens - first.tokens)) / (last.at - first.at),
      });
    }
    return { loadSeconds, answered };
  } finally {
    await client.dispose();
  }
}

async function peerAnswers(): Promise<Previews> {
  const answered: Answered[] = [];
  let loadSeconds = NaN;
  const started = performance.now();
  const child = fork(path.join(__dirname, 'previewPeer.js'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    for (const question of QUESTIONS) {
      const { loadedAt, ...answer } = await peerAnswer(child, question);
      if (answered.push(answer) === 1) loadSeconds = (loadedAt - started) / 1000;
    }
    return { loadSeconds, answered };
  } finally {
    child.kill('SIGKILL');
  }
}

function peerAnswer(child: ChildProcess, question: string): Promise<Answered & { loadedAt: number }> {
  return new Promise((resolve, reject) => {
    let loadedAt = performance.now();
    let firstSeconds = NaN;
    const onExit = (): void => reject(new Error('the bare loop ended before its answer'));
    const onMessage = (message: PeerMessage): void => {
      if (message.kind === 'loaded') loadedAt = performance.now();
      else if (message.kind === 'first') firstSeconds = (performance.now() - loadedAt) / 1000;
      else {
        child.off('message', onMessage).off('exit', onExit);
        resolve({ ...message, firstSeconds, loadedAt });
      }
    };
    child.on('message', onMessage).once('exit', onExit);
    // What the model's own chat template makes of the same turns.
    const prompt =
      `<|im_start|>system\n${SYSTEM}<|im_end|>\n` +
      `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;
    const request: PeerRequest = {
      model: paths.model,
      context: CONTEXT,
      threads: THREADS,
      prompt,
      maxTokens: TOKENS,
    };
    child.send(request);
  });
}
