import type { Turn } from '../dataset/record';
import { personKey } from '../dataset/review';
import { isCancelled, messageOf } from '../protocol/errors';
import { ANSWERERS, currentVotes, fingerprint, leftOf, otherThan } from './comparison';
import type { AnswererKey, ComparedAnswer, ComparedRecord, ComparisonVerdict, Vote } from './comparison';
import { appendAnswer, appendVote } from './comparisonStore';
import type { Comparison } from './comparisonStore';

/** What a judge says, before it is known who stood where. */
export type Side = 'left' | 'right' | 'tie' | 'bad';

/** One record as a judge sees it. */
export interface BlindItem {
  readonly key: string;
  readonly record: ComparedRecord;
  /** Null until both are there: who answers faster must not be seen. */
  readonly answers: { readonly left: ComparedAnswer; readonly right: ComparedAnswer } | null;
}

export interface SessionOptions {
  readonly comparison: Comparison;
  /** As git writes people. */
  readonly judge: string;
  readonly ask: (
    by: AnswererKey,
    messages: readonly Turn[],
    signal: AbortSignal,
  ) => Promise<Pick<ComparedAnswer, 'text' | 'stop'>>;
  /** After every change of what is to be seen. */
  readonly changed: () => void;
  readonly now?: () => Date;
}

/** One judge at work: the next record, the answers made ahead, votes and their undoing. */
export class ComparisonSession {
  /** Why no more answers are made; undefined while they are, or when all are there. */
  failure: string | undefined;
  private votes: readonly Vote[];
  private readonly given: string[] = [];
  private making: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  private saving: Promise<void> = Promise.resolve();
  private sawResults: boolean;

  constructor(private readonly options: SessionOptions) {
    const { comparison, judge } = options;
    const own = comparison.votes.filter((each) => personKey(each.judge) === personKey(judge));
    this.votes = own;
    this.given.push(...currentVotes(own).map(({ record }) => record));
    this.sawResults = own.some((each) => each.sawResults === true);
  }

  /** The records that are to be judged: two answers that are the same are no choice. */
  get records(): readonly ComparedRecord[] {
    const { records, answers } = this.options.comparison;
    return records.filter(({ key }) => !answers.same(key));
  }

  get judged(): number {
    const judged = new Set(this.given);
    return this.records.filter(({ key }) => judged.has(key)).length;
  }

  /** Records that need no verdict, since both said the same. */
  get same(): number {
    return this.options.comparison.records.length - this.records.length;
  }

  get finished(): boolean {
    return this.item === null;
  }

  get canUndo(): boolean {
    return this.given.length > 0;
  }

  /** Answers that are made, of all. */
  get progress(): { readonly made: number; readonly total: number } {
    const { records, answers } = this.options.comparison;
    const made = records.reduce(
      (sum, { key }) => sum + ANSWERERS.filter((by) => answers.of(key, by) !== undefined).length,
      0,
    );
    return { made, total: 2 * records.length };
  }

  /** The first record without a verdict; null when none is left. */
  get item(): BlindItem | null {
    const { answers, spec } = this.options.comparison;
    const judged = new Set(this.given);
    const record = this.records.find(({ key }) => !judged.has(key));
    if (record === undefined) return null;
    const left = leftOf(spec.seed, record.key, this.options.judge);
    const first = answers.of(record.key, left);
    const second = answers.of(record.key, otherThan(left));
    const both = first === undefined || second === undefined ? null : { left: first, right: second };
    return { key: record.key, record, answers: both };
  }

  /** The own votes that count, with those of the others. */
  get allVotes(): readonly Vote[] {
    const { comparison, judge } = this.options;
    return [...comparison.votes.filter((each) => personKey(each.judge) !== personKey(judge)), ...this.votes];
  }

  /** Makes the answers that are missing, the next records' first, until all are there, it fails, or `stop`. */
  start(): void {
    if (this.making !== undefined) return;
    const controller = new AbortController();
    this.failure = undefined;
    const done = this.makeAnswers(controller.signal)
      .catch((error: unknown) => {
        if (!isCancelled(error) && !controller.signal.aborted) this.failure = messageOf(error);
      })
      .finally(() => {
        this.making = undefined;
        this.options.changed();
      });
    this.making = { controller, done };
  }

  async stop(): Promise<void> {
    this.making?.controller.abort();
    await this.making?.done;
    await this.saving;
  }

  /** Whether the vote was taken: only one on the record in sight is, once both its answers are shown. */
  async vote(key: string, side: Side, reason: string): Promise<boolean> {
    return this.one(async () => {
      const { item } = this;
      if (item?.key !== key || item.answers === null) return false;
      const left = item.answers.left.by;
      await this.save({ record: key, verdict: verdictOf(side, left), left, reason: reason.trim() });
      this.given.push(key);
      return true;
    });
  }

  /** Takes the last vote back; its record is the next one again. */
  async undo(): Promise<boolean> {
    return this.one(async () => {
      const key = this.given.at(-1);
      if (key === undefined) return false;
      const left = leftOf(this.options.comparison.spec.seed, key, this.options.judge);
      await this.save({ record: key, verdict: null, left, reason: '' });
      this.given.pop();
      return true;
    });
  }

  /** Who has seen the results is no longer blind: votes that follow say so. */
  showedResults(): void {
    if (!this.finished) this.sawResults = true;
  }

  private async makeAnswers(signal: AbortSignal): Promise<void> {
    const { comparison, ask } = this.options;
    // One answerer after the other would make a judge wait; by turns, each base and adapter serves two answers at a time.
    let first: AnswererKey = 'a';
    for (;;) {
      const record = this.nextWithout();
      if (record === undefined) return;
      for (const by of [first, otherThan(first)]) {
        if (comparison.answers.of(record.key, by) !== undefined) continue;
        const { text, stop } = await ask(by, record.prompt, signal);
        signal.throwIfAborted();
        const answer = { record: record.key, by, text, stop, at: this.time() };
        await appendAnswer(comparison.folder, answer);
        comparison.answers.add(answer);
      }
      first = otherThan(first);
      this.options.changed();
    }
  }

  /** The next record to be judged that lacks an answer, else any that does. */
  private nextWithout(): ComparedRecord | undefined {
    const { records, answers } = this.options.comparison;
    const judged = new Set(this.given);
    const lacks = ({ key }: ComparedRecord): boolean =>
      ANSWERERS.some((by) => answers.of(key, by) === undefined);
    return records.find((record) => !judged.has(record.key) && lacks(record)) ?? records.find(lacks);
  }

  private async save(given: Pick<Vote, 'record' | 'verdict' | 'left' | 'reason'>): Promise<void> {
    const { comparison, judge } = this.options;
    const print = (by: AnswererKey): string =>
      fingerprint(comparison.answers.of(given.record, by)?.text ?? '');
    const whole: Vote = {
      judge,
      ...given,
      at: this.voteTime(),
      answers: { a: print('a'), b: print('b') },
      ...(this.sawResults ? { sawResults: true } : {}),
    };
    await appendVote(comparison.folder, whole);
    this.votes = [...this.votes, whole];
  }

  /** One thing at a time, so that a key pressed twice gives one vote. */
  private async one(act: () => Promise<boolean>): Promise<boolean> {
    const result = this.saving.then(act);
    this.saving = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** After every earlier vote, also one of a machine whose clock is ahead: the last one counts. */
  private voteTime(): string {
    const now = this.time();
    const last = this.votes.reduce((latest, { at }) => (at > latest ? at : latest), '');
    return now > last ? now : new Date(Date.parse(last) + 1).toISOString();
  }

  private time(): string {
    return (this.options.now?.() ?? new Date()).toISOString();
  }
}

function verdictOf(side: Side, left: AnswererKey): ComparisonVerdict {
  if (side === 'left') return left;
  return side === 'right' ? otherThan(left) : side;
}
