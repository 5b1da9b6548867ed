import type { PreviewRemedy } from '../../src/protocol/datasetEditor';
import { UserError, isCancelled, messageOf } from '../../src/protocol/errors';
import type { Remedy } from '../../src/protocol/errors';
import type { EditorStore } from './store';

/** One answer to a record's question: of the base, or of the tuned model. */
export interface PreviewedAnswer {
  readonly tuned: boolean;
  /** Title of the model or the run that answers. */
  readonly by: string;
  state: 'waiting' | 'loading' | 'reading' | 'writing' | 'done' | 'failed' | 'stopped';
  text: string;
  /** Of the model's loading, 0 to 1. */
  fraction: number;
  tokens: number;
  tokensPerSecond: number;
  stop: 'end' | 'maxTokens' | 'context';
  problem: string;
  remedies: readonly (PreviewRemedy | 'retry')[];
}

const REMEDIES: Partial<Record<Remedy, PreviewRemedy | 'retry'>> = {
  retry: 'retry',
  openLog: 'openLog',
  openFile: 'openProject',
  chooseModel: 'showModels',
};
/** Records whose answers are kept until the editor is closed. */
const MOST_KEPT = 50;

/** Asks the model, one record at a time. An answer that is being written goes on while another record is shown. */
export class Previews {
  private readonly answers = new Map<number, PreviewedAnswer[]>();
  private running: { readonly key: number; readonly controller: AbortController } | undefined;

  constructor(private readonly store: EditorStore) {}

  /** The record that the model is answering now. */
  get runningKey(): number | null {
    return this.running?.key ?? null;
  }

  of(key: number): readonly PreviewedAnswer[] {
    return this.answers.get(key) ?? [];
  }

  async start(): Promise<void> {
    const { store } = this;
    const key = store.selected;
    const { choices } = store;
    if (key === null || choices === undefined || store.record?.record === null) return;
    await store.flush();
    this.stop();
    const running = { key, controller: new AbortController() };
    this.running = running;
    const model = choices.models.find((each) => each.key === choices.model)?.title ?? '';
    const adapter = choices.adapters.find(({ run }) => run === choices.adapter);
    const answers = [blank(false, model), ...(adapter === undefined ? [] : [blank(true, adapter.title)])];
    this.keep(key, answers);
    store.emit('view/previewing', { running: true });
    for (const answer of answers) {
      if (running.controller.signal.aborted) answer.state = 'stopped';
      else await this.ask(key, answer, running.controller.signal);
      if (answer.state === 'failed') break;
    }
    // The tuned answer would have failed for the same reason.
    this.keep(
      key,
      answers.filter(({ state }) => state !== 'waiting'),
    );
    if (this.running === running) {
      this.running = undefined;
      store.emit('view/previewing', { running: false });
    }
    store.changed();
  }

  stop(): void {
    this.running?.controller.abort();
  }

  /** Takes an answer over into the record; without one named, the last that is complete. */
  use(answer?: PreviewedAnswer): void {
    const key = this.store.selected;
    if (key === null) return;
    const chosen = answer ?? this.of(key).findLast(({ state }) => state === 'done');
    if (chosen !== undefined) void this.store.edit({ kind: 'answer', text: chosen.text.trim() });
  }

  private async ask(key: number, answer: PreviewedAnswer, signal: AbortSignal): Promise<void> {
    const { store } = this;
    answer.state = 'loading';
    store.changed();
    try {
      const { text, tokens, tokensPerSecond, stop } = await store.request(
        'preview/answer',
        { key, tuned: answer.tuned },
        {
          signal,
          progress: (news) => {
            if (news.phase === 'text') {
              answer.state = 'writing';
              answer.text += news.text;
              answer.tokens = news.tokens;
              answer.tokensPerSecond = news.tokensPerSecond;
            } else {
              answer.state = news.phase;
              if (news.phase === 'loading') answer.fraction = news.fraction;
            }
            store.changed();
          },
        },
      );
      Object.assign(answer, { text, tokens, tokensPerSecond, stop, state: 'done' });
    } catch (error) {
      if (isCancelled(error)) {
        answer.state = 'stopped';
      } else {
        answer.state = 'failed';
        answer.problem = messageOf(error);
        answer.remedies = remediesOf(error);
      }
    }
    store.changed();
  }

  private keep(key: number, answers: PreviewedAnswer[]): void {
    this.answers.delete(key);
    this.answers.set(key, answers);
    for (const old of [...this.answers.keys()].slice(0, -MOST_KEPT)) this.answers.delete(old);
  }
}

function remediesOf(error: unknown): (PreviewRemedy | 'retry')[] {
  const wanted =
    error instanceof UserError ? (error.details.remedies ?? []) : (['retry', 'openLog'] as const);
  return wanted.flatMap((remedy) => REMEDIES[remedy] ?? []);
}

function blank(tuned: boolean, by: string): PreviewedAnswer {
  return {
    tuned,
    by,
    state: 'waiting',
    text: '',
    fraction: 0,
    tokens: 0,
    tokensPerSecond: 0,
    stop: 'end',
    problem: '',
    remedies: [],
  };
}
