import type {
  QueueKind,
  QueueState,
  ReviewCommand,
  ReviewState,
  ReviewVerdict,
} from '../../src/protocol/review';
import { t } from '../shared/l10n';
import type { EditorStore } from './store';

/** What the review bar shows and does: the queue, the question for a reason, and what was done last. */
export class Reviewing {
  state: ReviewState = { me: null, blind: false, reviewers: 1, reasons: [] };
  queue: QueueState | null = null;
  /** How far the search for a queue is, while it runs. */
  collecting: { readonly found: number; readonly scanned: number } | null = null;
  /** The verdict that waits for its reason. */
  asking: Exclude<ReviewVerdict, 'approved'> | null = null;
  /** Said to screen readers, and shown until the next record. */
  news = '';
  private working: Promise<void> | undefined;

  constructor(private readonly store: EditorStore) {}

  async load(): Promise<void> {
    this.state = await this.store.request('review/state', {});
  }

  async run(command: ReviewCommand): Promise<void> {
    const { store } = this;
    if (store.readOnly) return;
    switch (command) {
      case 'approveRecord':
        return this.judge('approved', '');
      case 'rejectRecord': {
        this.ask('rejected');
        return;
      }
      case 'repairRecord': {
        this.ask('repair');
        return;
      }
      case 'startReview':
        return this.work(() => this.start('queue'));
      case 'reviewDisagreements':
        return this.work(() => this.start('disagreements'));
      case 'skipRecord':
        return this.work(() => this.move(1), true);
      case 'previousReviewed':
        return this.work(() => this.move(-1), true);
      case 'submitForReview':
        return this.work(() => this.submit());
      case 'toggleBlindReview':
        return this.work(async () => {
          this.state = await store.request('review/blind', { on: !this.state.blind });
          this.news = this.state.blind
            ? t('Blind review: the verdicts of others are hidden until you have given yours.')
            : t('Open review: the verdicts of others are shown.');
          await store.refreshRecord();
        });
    }
  }

  /** A rejection and a repair say why. */
  ask(verdict: 'rejected' | 'repair'): void {
    if (this.store.record?.review == null) return;
    this.asking = verdict;
    this.store.changed();
  }

  dismiss(): void {
    this.asking = null;
    this.store.dispatchEvent(new Event('reviewed'));
    this.store.changed();
  }

  async judge(verdict: ReviewVerdict, reason: string): Promise<void> {
    const { store } = this;
    const { record } = store;
    // While the next record is on its way, the one in sight is not the one that a verdict would be given on.
    if (record?.review == null || record.key !== store.selected || store.readOnly) return;
    const { key } = record;
    await this.work(async () => {
      if (store.selected !== key) return;
      await store.flush();
      // The first verdict makes the queue that the next record comes from.
      if (this.queue === null) await this.collect('queue', key);
      const judged = await store.request('review/judge', { key, verdict, reason });
      if (judged === null) {
        this.news = t('Nothing was changed: a verdict needs the name of who gives it.');
        return;
      }
      this.asking = null;
      this.queue = judged.queue;
      await this.load();
      await this.go(said(verdict));
    }, true);
  }

  async stop(): Promise<void> {
    await this.work(async () => {
      await this.store.request('review/stop', {});
      this.queue = null;
      this.news = '';
    });
  }

  private async start(kind: QueueKind): Promise<void> {
    await this.store.flush();
    await this.collect(kind, this.store.selected);
    await this.go('');
  }

  private async collect(kind: QueueKind, from: number | null): Promise<void> {
    const { store } = this;
    this.collecting = { found: 0, scanned: 0 };
    store.changed();
    try {
      this.queue = await store.request(
        'review/start',
        { kind, found: store.filtered, from },
        {
          progress: (progress) => {
            this.collecting = progress;
            store.changed();
          },
        },
      );
    } finally {
      this.collecting = null;
    }
  }

  private async move(by: 1 | -1): Promise<void> {
    const { store } = this;
    await store.flush();
    if (this.queue === null) return store.step(by);
    this.queue = await store.request('review/move', { by, from: store.selected });
    this.asking = null;
    await this.go('');
  }

  /** Shows where the queue is now; `done` says what was done before. */
  private async go(done: string): Promise<void> {
    const { queue, store } = this;
    if (queue === null) {
      this.news = done;
      return;
    }
    const here =
      queue.key === null
        ? queue.kind === 'queue'
          ? t('Nothing waits for your verdict any more.')
          : t('No disagreement is left.')
        : t('Record {0} of {1}.', queue.position, queue.total);
    this.news = done === '' ? here : `${done} ${here}`;
    if (queue.key === null) await store.refreshRecord();
    else await store.select(queue.key);
    store.dispatchEvent(new Event('reviewed'));
  }

  private async submit(): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (key === null || store.record?.review == null) return;
    await store.flush();
    const { done } = await store.request('review/submit', { key });
    if (!done) return;
    await this.load();
    await store.refreshRecord();
    this.news = t('Submitted for review.');
  }

  /**
   * One thing at a time. A step may wait, so that each press counts; and a verdict, which is given only on the record that
   * was in sight when its key was pressed: pressed twice, it gives no second one, on the next record.
   */
  private async work(act: () => Promise<void>, mayWait = false): Promise<void> {
    if (this.working !== undefined && !mayWait) return;
    while (this.working !== undefined) await this.working;
    this.working = this.store.guard(act).finally(() => (this.working = undefined));
    await this.working;
  }
}

function said(verdict: ReviewVerdict): string {
  if (verdict === 'approved') return t('Approved.');
  return verdict === 'rejected' ? t('Rejected.') : t('Sent back for repair.');
}
