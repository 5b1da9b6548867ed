import { t } from '@vscode/l10n';
import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { CancelledError, UserError } from '../protocol/errors';
import type { Answer, AnswerScore, PreviewProgress, Sampling } from './protocol';
import type { Slot } from './queue';

/**
 * Tokens of the prompt evaluated at a time. A cancel is heard between them, and only whole blocks of an earlier
 * prompt are reused: every block is then computed with the same batch shape, so the same seed gives the same text.
 * A processor reads 16 at a time about as fast as 128, in a tenth of a second; a graphics card does not.
 */
export const BLOCK = { cpu: 16, gpu: 128 } as const;
/** Earlier tokens that the detokenizer looks at to place spaces. */
const LOOK_BACK = 4;

function sharedPrefix(a: readonly Token[], b: readonly Token[]): number {
  let index = 0;
  while (index < a.length && index < b.length && a[index] === b[index]) index++;
  return index;
}

/** What was on screen meanwhile needed this session's memory, or all of it: the answer has to be begun again. */
export class Displaced extends Error {}

/** How an answer is stopped, followed, and made to wait. */
export interface Conduct extends Slot {
  readonly signal: AbortSignal;
  readonly progress: (value: PreviewProgress) => void;
}

interface Lora {
  readonly filePath: string;
  readonly scale: number;
}

/** One llama.cpp context with at most one adapter, and what its memory holds. */
export class Session {
  private readonly sequence: LlamaContextSequence;
  /** Prompt tokens that lie in memory as whole blocks. */
  private blocks: readonly Token[] = [];
  /** Changes with everybody who uses the memory. */
  private user = 0;

  constructor(
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    private readonly block: number,
    private lora: Lora | undefined,
  ) {
    this.sequence = context.getSequence();
  }

  /** Changes the strength of the adapter; false where that needs another context. */
  async setScale(scale: number): Promise<boolean> {
    if (this.lora === undefined || this.lora.scale === scale) return true;
    // node-llama-cpp takes adapters in public only where a context is made.
    const context: { readonly _setLoras?: (loras: Lora[]) => Promise<void> } = this.context as object;
    if (typeof context._setLoras !== 'function') return false;
    const lora = { ...this.lora, scale };
    this.blocks = [];
    this.user++;
    await context._setLoras([lora]);
    this.lora = lora;
    return true;
  }

  dispose(): Promise<void> {
    return this.context.dispose();
  }

  /** Waits while something on screen goes first; returns the milliseconds. Throws Displaced. */
  private async giveWay({ giveWay }: Conduct, user: number): Promise<number> {
    const began = performance.now();
    if (!(await giveWay())) return 0;
    if (this.user !== user || this.context.disposed) throw new Displaced();
    return performance.now() - began;
  }

  private fits(prompt: readonly Token[]): void {
    // One cell stays free: a context that is full would drop its beginning.
    if (prompt.length < this.context.contextSize) return;
    throw new UserError(
      'runtime/promptTooLong',
      t(
        'The conversation has {0} tokens and the context of the preview {1}. Shorten it, or raise “context” of the model in afina.yaml.',
        prompt.length,
        this.context.contextSize,
      ),
    );
  }

  /** Brings the prompt's whole blocks into memory; returns what is left of it, at least one token. */
  private async read(
    prompt: readonly Token[],
    conduct: Conduct,
    user: number,
  ): Promise<{ readonly rest: Token[]; readonly waited: number }> {
    const { signal, progress } = conduct;
    let waited = 0;
    const whole = Math.floor((prompt.length - 1) / this.block) * this.block;
    let done = Math.min(whole, Math.floor(sharedPrefix(this.blocks, prompt) / this.block) * this.block);
    this.blocks = prompt.slice(0, done);
    if (done === 0) await this.sequence.clearHistory();
    else if (this.sequence.nextTokenIndex > done) {
      await this.sequence.eraseContextTokenRanges([{ start: done, end: this.sequence.nextTokenIndex }]);
    }
    while (done < whole) {
      if (signal.aborted) throw new CancelledError();
      await this.sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(done, done + this.block));
      done += this.block;
      this.blocks = prompt.slice(0, done);
      progress({ phase: 'reading', tokens: done });
      waited += await this.giveWay(conduct, user);
    }
    if (signal.aborted) throw new CancelledError();
    return { rest: prompt.slice(whole), waited };
  }

  async answer(prompt: readonly Token[], sampling: Sampling, conduct: Conduct): Promise<Answer> {
    this.fits(prompt);
    const { signal, progress } = conduct;
    const user = ++this.user;
    const started = performance.now();
    const { rest, waited } = await this.read(prompt, conduct, user);
    const writer = new TextWriter(this.model, prompt.slice(-LOOK_BACK));
    let tokens = 0;
    let firstAt = 0;
    let firstTokenSeconds = 0;
    let tokensPerSecond = 0;
    let stop: Answer['stop'] = 'end';
    for await (const token of this.sequence.evaluate(rest, {
      temperature: sampling.temperature,
      topK: sampling.topK,
      topP: sampling.topP,
      seed: sampling.seed,
    })) {
      if (signal.aborted) throw new CancelledError();
      tokens++;
      const now = performance.now();
      if (tokens === 1) {
        firstAt = now;
        firstTokenSeconds = (now - started - waited) / 1000;
      } else tokensPerSecond = ((tokens - 1) * 1000) / (now - firstAt);
      const text = writer.add(token);
      if (text !== '') progress({ phase: 'text', text, tokens, tokensPerSecond });
      if (tokens >= sampling.maxTokens) stop = 'maxTokens';
      else if (prompt.length + tokens >= this.context.contextSize) stop = 'context';
      if (stop !== 'end') break;
      // Time that others took is none of the answer's.
      firstAt += await this.giveWay(conduct, user);
    }
    if (signal.aborted) throw new CancelledError();
    const last = writer.end();
    if (last !== '') progress({ phase: 'text', text: last, tokens, tokensPerSecond });
    if (tokens === 0) firstTokenSeconds = (performance.now() - started - waited) / 1000;
    return { text: writer.text, tokens, firstTokenSeconds, tokensPerSecond, stop };
  }

  /** How likely each of `tokens` from `from` on is after those before it, from the raw logits. */
  async score(tokens: readonly Token[], from: number, conduct: Conduct): Promise<AnswerScore> {
    this.fits(tokens);
    const { signal } = conduct;
    const user = ++this.user;
    // The first token is predicted from nothing.
    const first = Math.max(1, from);
    let logProbability = 0;
    let { rest } = await this.read(tokens.slice(0, first), conduct, user);
    for (let at = first; at < tokens.length;) {
      if (signal.aborted) throw new CancelledError();
      const wanted = tokens.slice(at, at + this.block);
      const input = [...rest, ...wanted.slice(0, -1)];
      const before = input.length - wanted.length;
      const results = await this.sequence.controlledEvaluate(
        input.map((token, index) => {
          const next = wanted[index - before];
          if (next === undefined) return token;
          const filter = { tokens: [next], includeSelected: true };
          // Greedy selects the likeliest: its logit is the highest.
          const options = { temperature: 0 };
          return [token, { generateNext: { logits: { filter }, totalLogitWeight: true, options } }];
        }),
      );
      wanted.forEach((token, index) => {
        logProbability += logProbabilityOf(results[before + index]?.next, token);
      });
      rest = wanted.slice(-1);
      at += wanted.length;
      await this.giveWay(conduct, user);
    }
    return { logProbability, tokens: Math.max(0, tokens.length - first) };
  }

  /** Natural-log probabilities of the likeliest next tokens, from the raw logits, computed in double precision. */
  async nextToken(
    prompt: readonly Token[],
    top: number,
  ): Promise<{ readonly token: number; readonly logProbability: number }[]> {
    this.fits(prompt);
    this.user++;
    this.blocks = [];
    await this.sequence.clearHistory();
    const last = prompt.length - 1;
    const results = await this.sequence.controlledEvaluate(
      prompt.map((token, index) => (index === last ? [token, { generateNext: { logits: true } }] : token)),
    );
    const logits = [...(results[last]?.next.logits ?? [])].sort((a, b) => b[1] - a[1]);
    const highest = logits[0]?.[1] ?? 0;
    const total = Math.log(logits.reduce((sum, [, logit]) => sum + Math.exp(logit - highest), 0)) + highest;
    return logits.slice(0, top).map(([token, logit]) => ({ token, logProbability: logit - total }));
  }
}

interface Logits {
  readonly logits?: ReadonlyMap<Token, number>;
  /** The sum of exp(logit − highest logit) over the vocabulary. */
  readonly totalLogitWeight?: number;
}

function logProbabilityOf(next: Logits | undefined, token: Token): number {
  const wanted = next?.logits?.get(token);
  const total = next?.totalLogitWeight;
  if (next?.logits === undefined || wanted === undefined || total === undefined) {
    throw new Error('llama.cpp gave no logits');
  }
  return wanted - Math.max(...next.logits.values()) - Math.log(total);
}

/** Turns tokens into text in order; a character split over several tokens is held back until it is whole. */
class TextWriter {
  text = '';
  private waiting: Token[] = [];

  constructor(
    private readonly model: LlamaModel,
    private before: readonly Token[],
  ) {}

  add(token: Token): string {
    this.waiting.push(token);
    const piece = this.model.detokenize(this.waiting, false, this.before);
    // An incomplete UTF-8 sequence ends in U+FFFD; no character needs more than 4 byte tokens.
    return piece.endsWith('\uFFFD') && this.waiting.length < 8 ? '' : this.take(piece);
  }

  end(): string {
    if (this.waiting.length === 0) return '';
    return this.take(this.model.detokenize(this.waiting, false, this.before));
  }

  private take(piece: string): string {
    this.before = [...this.before, ...this.waiting].slice(-LOOK_BACK);
    this.waiting = [];
    this.text += piece;
    return piece;
  }
}
