import { askHostApi, askViewApi } from '../../src/protocol/ask';
import type { AskAnswerer, AskState } from '../../src/protocol/ask';
import { Channel } from '../../src/protocol/channel';
import { UserError, isCancelled, messageOf } from '../../src/protocol/errors';
import { hostTransport, savedState, saveState } from '../shared/host';
import { isRunning, isSaid, messagesFor } from './talk';
import type { Answer, Exchange } from './talk';

/** Two columns of answers: each is somebody's, or nobody's. */
type Columns = [AskAnswerer | null, AskAnswerer | null];

interface Kept {
  readonly root: string;
  readonly exchanges: Exchange[];
  readonly draft: string;
  readonly system: string | null;
  readonly columns: Columns | null;
}

/** The conversation of this panel: with each column's model its own, about the same questions. */
export class Conversation {
  readonly channel = new Channel(askViewApi, askHostApi, {}, hostTransport);
  state: AskState | undefined;
  failure = '';
  exchanges: Exchange[] = [];
  draft = '';
  /** What was written instead of the domain's instructions. */
  private ownSystem: string | null = null;
  private ownColumns: Columns | null = null;
  /** The exchange whose question is being edited. */
  editing: number | null = null;
  /** The answer that copying and saving are about, where one was chosen. */
  private chosen: Answer | null = null;
  private running: AbortController | undefined;

  constructor(
    private readonly changed: () => void,
    /** The question is to be written on. */
    private readonly focus: () => void,
  ) {
    const kept = savedState() as Partial<Kept> | undefined;
    this.exchanges = kept?.exchanges ?? [];
    for (const answer of this.exchanges.flatMap(({ answers }) => answers))
      if (isRunning(answer)) answer.state = 'stopped';
    this.draft = kept?.draft ?? '';
    this.ownSystem = kept?.system ?? null;
    this.ownColumns = kept?.columns ?? null;
    this.channel.on('ask/state', (state) => {
      this.state = state;
      this.changed();
    });
  }

  async load(): Promise<void> {
    await this.guard(async () => {
      this.state = await this.channel.request('ask/load', {});
      this.keep();
    });
  }

  get system(): string {
    return this.ownSystem ?? this.state?.system ?? '';
  }

  get hasOwnSystem(): boolean {
    return this.ownSystem !== null;
  }

  /** Null goes back to the domain's. */
  setSystem(text: string | null): void {
    this.ownSystem = text === this.state?.system ? null : text;
    this.keep();
    this.changed();
  }

  /** Who answers in each column: as chosen here, else as beside the text. */
  get columns(): Columns {
    const { state } = this;
    if (state === undefined) return [null, null];
    const known = (who: AskAnswerer | null): AskAnswerer | null =>
      state.answerers.some((each) => same(each, who)) ? who : null;
    const [left, right] = this.ownColumns ?? [state.base, state.tuned];
    return [known(left) ?? state.base, known(right)];
  }

  setColumn(column: 0 | 1, who: AskAnswerer | null): void {
    const columns: Columns = [...this.columns];
    columns[column] = who;
    this.ownColumns = columns;
    this.keep();
    this.changed();
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  write(text: string): void {
    this.draft = text;
    this.keep();
  }

  async send(): Promise<void> {
    const question = this.draft.trim();
    const askers = this.columns.filter((each) => each !== null);
    if (question === '' || askers.length === 0 || this.isRunning) return;
    if (this.editing !== null) this.exchanges = this.exchanges.slice(0, this.editing);
    this.editing = null;
    this.draft = '';
    this.chosen = null;
    this.failure = '';
    const before = this.exchanges;
    const answers = askers.map((who) => blank(who, this.titleOf(who)));
    this.exchanges = [...before, { question, answers }];
    const running = new AbortController();
    this.running = running;
    this.channel.emit('ask/running', { running: true });
    this.changed();
    await Promise.all(
      answers.map((answer, column) => this.ask(answer, column, before, question, running.signal)),
    );
    this.running = undefined;
    this.channel.emit('ask/running', { running: false });
    this.keep();
    this.changed();
  }

  stop(): void {
    this.running?.abort();
  }

  /** Puts a question back where it is written; what came after it goes when it is asked again. */
  edit(exchange = this.exchanges.length - 1): void {
    const found = this.exchanges[exchange];
    if (found === undefined || this.isRunning) return;
    this.editing = exchange;
    this.draft = found.question;
    this.focus();
  }

  stopEditing(): void {
    if (this.editing === null) return;
    this.editing = null;
    this.draft = '';
    this.keep();
    this.changed();
  }

  startAnew(): void {
    this.stop();
    this.exchanges = [];
    this.editing = null;
    this.chosen = null;
    this.failure = '';
    this.keep();
    this.focus();
  }

  /** The chosen answer; else the last one that says something, the tuned one before its base. */
  get selected(): Answer | undefined {
    return this.chosen ?? this.said.at(-1);
  }

  select(answer: Answer): void {
    if (!isSaid(answer) || this.selected === answer) return;
    this.chosen = answer;
    this.changed();
  }

  /** Chooses the next answer on screen, or the one before. */
  step(by: 1 | -1): Answer | undefined {
    const { said, selected } = this;
    const at = selected === undefined ? -1 : said.indexOf(selected);
    const next = said[Math.min(said.length - 1, Math.max(0, at + by))];
    if (next !== undefined) this.select(next);
    return next;
  }

  copy(answer = this.selected): void {
    if (answer === undefined) return;
    void this.guard(() => this.channel.request('ask/copy', { text: answer.text.trim() }));
  }

  save(answer = this.selected): void {
    const at = this.exchanges.findIndex(({ answers }) => answer !== undefined && answers.includes(answer));
    const exchange = this.exchanges[at];
    if (answer === undefined || exchange === undefined || !isSaid(answer)) return;
    const column = exchange.answers.indexOf(answer);
    const asked = messagesFor(column, this.exchanges.slice(0, at), exchange.question, this.system);
    const messages = [...asked, { role: 'assistant', content: answer.text.trim() } as const];
    void this.guard(() => this.channel.request('ask/save', { answerer: answer.by, messages }));
  }

  async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.failure = '';
    } catch (error) {
      if (!isCancelled(error)) this.failure = messageOf(error);
    }
    this.changed();
  }

  private get said(): Answer[] {
    return this.exchanges.flatMap(({ answers }) => answers.filter(isSaid));
  }

  private titleOf(who: AskAnswerer): string {
    return this.state?.answerers.find((each) => same(each, who))?.title ?? who.model;
  }

  private async ask(
    answer: Answer,
    column: number,
    before: readonly Exchange[],
    question: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const messages = messagesFor(column, before, question, this.system);
      const result = await this.channel.request(
        'ask/answer',
        { answerer: answer.by, messages },
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
            this.changed();
          },
        },
      );
      Object.assign(answer, result, { state: 'done' });
    } catch (error) {
      if (isCancelled(error)) answer.state = 'stopped';
      else {
        answer.state = 'failed';
        answer.problem = messageOf(error);
        answer.remedies =
          error instanceof UserError ? [error.code, ...(error.details.remedies ?? [])] : ['openLog'];
      }
    }
    this.changed();
  }

  private keep(): void {
    const { exchanges, draft, ownSystem: system, ownColumns: columns } = this;
    if (this.state !== undefined)
      saveState({ root: this.state.root, exchanges, draft, system, columns } satisfies Kept);
  }
}

export function same(a: AskAnswerer, b: AskAnswerer | null): boolean {
  return a.model === b?.model && a.run === b.run;
}

function blank(by: AskAnswerer, title: string): Answer {
  return {
    ...{ by: { model: by.model, run: by.run }, title, state: 'waiting' },
    ...{ text: '', fraction: 0, tokens: 0, tokensPerSecond: 0, stop: 'end', problem: '', remedies: [] },
  };
}
