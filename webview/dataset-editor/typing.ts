import type { RecordChange, RecordView } from '../../src/protocol/datasetEditor';

interface Entry {
  readonly key: number;
  readonly field: string;
  change: RecordChange;
  state: 'typed' | 'sent' | 'done';
  /** Version of the document that has the change; views of an older one lack it. */
  version: number;
}

export interface TypingOptions {
  /** Makes the change an edit; gives the document's version after it, or null when the record is gone. */
  readonly send: (key: number, change: RecordChange) => Promise<number | null>;
  /** Milliseconds without typing after which a burst becomes an edit, and a step of undo. */
  readonly pause: number;
  /** Longest burst in milliseconds: what is typed without a pause is in the backups, too. */
  readonly longest: number;
}

/**
 * What has been typed and is not in the record yet. A burst of typing in one field becomes one edit; text that could not
 * be sent is kept and sent again with the next.
 */
export class Typing {
  private entries: Entry[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly options: TypingOptions) {}

  /** Whether something typed is not an edit yet. */
  get pending(): boolean {
    return this.entries.some(({ state }) => state !== 'done');
  }

  type(key: number, change: RecordChange): void {
    const field = fieldOf(change);
    const open = this.entries.find((entry) => entry.state === 'typed');
    if (open !== undefined && (open.key !== key || open.field !== field)) this.flushSoon();
    const same = this.entries.find(
      (entry) => entry.state === 'typed' && entry.key === key && entry.field === field,
    );
    if (same === undefined) {
      this.entries.push({ key, field, change, state: 'typed', version: 0 });
      this.since = Date.now();
    } else {
      same.change = change;
    }
    clearTimeout(this.timer);
    const left = this.since + this.options.longest - Date.now();
    this.timer = setTimeout(() => this.flushSoon(), Math.max(0, Math.min(this.options.pause, left)));
  }

  /** Ends when all that was typed so far is an edit. Rejects with the first error; the text stays here then. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    const batch = this.entries.filter(({ state }) => state === 'typed');
    const result = this.sending.then(() => this.sendAll(batch));
    this.sending = result.catch(() => undefined);
    return result;
  }

  /** `view` with what was typed meanwhile. */
  over(view: RecordView): RecordView {
    return this.changesOver(view).reduce(applied, view);
  }

  /** What was typed and is not in the view. */
  changesOver(view: RecordView): RecordChange[] {
    return this.entries
      .filter(({ key, state, version }) => key === view.key && !(state === 'done' && version <= view.version))
      .map(({ change }) => change);
  }

  /** A view of this version is here: changes that it has need not be kept. */
  seen(key: number, version: number): void {
    this.entries = this.entries.filter(
      (entry) => !(entry.key === key && entry.state === 'done' && entry.version <= version),
    );
  }

  private flushSoon(): void {
    this.flush().catch(() => undefined); // who awaits a flush of their own shows its error
  }

  private async sendAll(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) {
      if (entry.state !== 'typed') continue;
      entry.state = 'sent';
      try {
        const version = await this.options.send(entry.key, entry.change);
        entry.state = 'done';
        entry.version = version ?? 0;
      } catch (error) {
        // What was typed into the same field since has this text in it.
        const newer = this.entries.some(
          (each) =>
            each !== entry && each.state === 'typed' && each.key === entry.key && each.field === entry.field,
        );
        if (newer) this.entries = this.entries.filter((each) => each !== entry);
        else entry.state = 'typed';
        throw error;
      }
    }
  }
}

function fieldOf(change: RecordChange): string {
  return change.kind === 'content' ? `content ${change.turn}` : change.kind;
}

function applied(view: RecordView, change: RecordChange): RecordView {
  const { record } = view;
  if (change.kind === 'raw') return { ...view, raw: change.text };
  if (record === null) return view;
  switch (change.kind) {
    case 'content': {
      const turn = record.turns[change.turn];
      if (turn === undefined) return view;
      const turns = record.turns.with(change.turn, { ...turn, content: change.text });
      return { ...view, record: { ...record, turns } };
    }
    case 'id':
      return { ...view, record: { ...record, id: change.id } };
    case 'topic':
      return { ...view, record: { ...record, topic: change.topic } };
    case 'sources':
      return { ...view, record: { ...record, sources: change.sources } };
    default:
      return view; // structural changes are made at once and come back with the next view
  }
}
