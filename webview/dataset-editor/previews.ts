import type { PreviewChoices, RecordChange } from '../../src/protocol/datasetEditor';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { AnswerDifferences } from './answerDifferences';
import { blank, follow, isUnderWay, remediesOf } from './previewAnswer';
import type { PreviewedAnswer } from './previewAnswer';
import { PreviewSetting } from './previewSetting';
import type { EditorStore } from './store';

/** Records whose answers are kept until the editor is closed. */
const MOST_KEPT = 50;

/** Asks the model, one record at a time. An answer that is being written goes on while another record is shown. */
export class Previews {
  readonly setting: PreviewSetting;
  readonly differences: AnswerDifferences;
  private readonly answers = new Map<number, PreviewedAnswer[]>();
  private running: { readonly key: number; readonly controller: AbortController } | undefined;

  constructor(private readonly store: EditorStore) {
    this.setting = new PreviewSetting(store);
    this.differences = new AnswerDifferences();
  }

  /** Who can answer; on the way, how they are set to. */
  async choices(): Promise<PreviewChoices> {
    const choices = await this.store.request('preview/choices', {});
    if (choices.models.length > 0) await this.setting.load();
    return choices;
  }

  /** The record that the model is answering now. */
  get runningKey(): number | null {
    return this.running?.key ?? null;
  }

  of(key: number): readonly PreviewedAnswer[] {
    return this.answers.get(key) ?? [];
  }

  /** Asks everybody who is to answer. */
  async start(): Promise<void> {
    const key = this.store.selected;
    if (key === null) return;
    await this.run(key, this.answerers());
  }

  /** Has an answer written anew, with the next seed; without one named, all of the record's. */
  async regenerate(answer?: PreviewedAnswer): Promise<void> {
    const key = this.store.selected;
    if (key === null) return;
    const old = answer === undefined ? this.of(key) : [answer];
    if (old.length === 0) return this.start();
    if (this.setting.valueOf('temperature') === 0) {
      // Nothing but the very same text would come.
      for (const each of old) each.fixed = true;
      this.store.changed();
      return;
    }
    const first = this.setting.valueOf('seed');
    const anew = old.map((each) => ({
      answer: blank(each.run, each.by),
      seed: ((each.origin?.seed ?? first) + 1) % 2 ** 32,
      old: each,
    }));
    this.keep(
      key,
      this.of(key).map((each) => anew.find(({ old: before }) => before === each)?.answer ?? each),
    );
    await this.run(key, undefined, anew);
  }

  /** Lets the temperature vary the answers, and asks again. */
  async vary(temperature: number): Promise<void> {
    this.setting.draw('temperature', temperature);
    await this.regenerate();
  }

  stop(): void {
    this.running?.controller.abort();
  }

  /** An answer to a question that is another one now is of no use. */
  typed(change: RecordChange): void {
    const { store } = this;
    if (this.running?.key !== store.selected) return;
    const asked = store.record?.record?.turns.findLastIndex(({ role }) => role === 'user') ?? -1;
    if (change.kind === 'content' && change.turn <= asked) this.stop();
  }

  /** Takes an answer over into the record; without one named, the last that is complete. */
  use(answer?: PreviewedAnswer): void {
    const chosen = answer ?? this.lastComplete();
    if (chosen !== undefined) void this.store.edit({ kind: 'answer', text: chosen.text.trim() });
  }

  /** Keeps an answer as the one that is not to be given; without one named, the last that is complete. */
  async reject(answer = this.lastComplete()): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (key === null || answer?.origin == null || store.readOnly) return;
    const { origin, text } = answer;
    await store.guard(async () => {
      await store.flushTyping();
      const { done, key: made } = await store.request('preview/reject', { key, text: text.trim(), origin });
      if (done === null) return;
      if (made !== null && made !== key) await store.select(made);
      else await store.refreshRecord();
    });
  }

  private lastComplete(): PreviewedAnswer | undefined {
    const key = this.store.selected;
    return key === null ? undefined : this.of(key).findLast(({ state }) => state === 'done');
  }

  private answerers(): PreviewedAnswer[] {
    const { choices } = this.store;
    const { setup } = this.setting;
    if (choices === undefined) return [];
    const model = choices.models.find(({ key }) => key === choices.model)?.title ?? '';
    const tuned = choices.adapters.filter(
      ({ run }) => run === choices.adapter || setup?.also.includes(run) === true,
    );
    const base = setup?.base !== false || tuned.length === 0;
    return [...(base ? [blank(null, model)] : []), ...tuned.map(({ run, title }) => blank(run, title))];
  }

  private async run(
    key: number,
    all: PreviewedAnswer[] | undefined,
    asked: readonly { readonly answer: PreviewedAnswer; readonly seed?: number }[] = (all ?? []).map(
      (answer) => ({ answer }),
    ),
  ): Promise<void> {
    const { store } = this;
    if (asked.length === 0 || store.record?.record === null) return;
    await store.flush();
    await store.guard(() => this.setting.keep());
    this.stop();
    const running = { key, controller: new AbortController() };
    this.running = running;
    if (all !== undefined) this.keep(key, all);
    store.emit('view/previewing', { running: true });
    for (const { answer, seed } of asked) {
      if (running.controller.signal.aborted) answer.state = 'stopped';
      else await this.ask(key, answer, seed, running.controller.signal);
      // The others would fail for the same reason: they have the base in common.
      if (answer.state === 'failed' && answer.run === null) break;
    }
    this.keep(
      key,
      this.of(key).filter((each) => each.state !== 'waiting' || !asked.some(({ answer }) => answer === each)),
    );
    if (this.running === running) {
      this.running = undefined;
      store.emit('view/previewing', { running: false });
    }
    store.changed();
  }

  private async ask(
    key: number,
    answer: PreviewedAnswer,
    seed: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { store } = this;
    answer.state = 'loading';
    store.changed();
    try {
      const { run } = answer;
      const reply = await store.request(
        'preview/answer',
        { key, run, ...(seed === undefined ? {} : { seed }) },
        {
          signal,
          progress: (news) => {
            follow(answer, news);
            store.changed();
          },
        },
      );
      Object.assign(answer, reply, { state: 'done' });
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
    const old = [...this.answers].filter(([each, kept]) => each !== key && !kept.some(isUnderWay));
    for (const [each] of old.slice(0, Math.max(0, this.answers.size - MOST_KEPT))) this.answers.delete(each);
  }
}
