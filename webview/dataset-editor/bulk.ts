import type { BulkAction, RecordTarget } from '../../src/protocol/bulk';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { language, t } from '../shared/l10n';
import { Selection } from './selection';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);

/** Actions on many records: which ones, how far an action is, and what came of the last. */
export class Bulk {
  readonly selection = new Selection();
  running: { readonly done: number; readonly total: number } | null = null;
  /** What the last action did, for those who see it and those who hear it. */
  outcome = '';
  problem = '';
  private controller: AbortController | undefined;

  constructor(private readonly store: EditorStore) {}

  /** Rows chosen together; 0 when an action is about the record that is shown. */
  get size(): number {
    return this.selection.size(this.store.total);
  }

  get many(): boolean {
    return this.size > 1;
  }

  /** What an action is about: the chosen rows, or the record that is shown. */
  target(): RecordTarget {
    const { selected } = this.store;
    if (this.size > 0) return this.selection.target();
    return { kind: 'keys', keys: selected === null ? [] : [selected] };
  }

  selectAll(): void {
    if (this.store.total === 0) return;
    this.selection.setAll();
    this.outcome = '';
    this.store.changed();
  }

  clear(): void {
    this.selection.clear();
    this.store.changed();
  }

  /** Adds the row to the chosen ones, or takes it out; what was shown before belongs to them. */
  toggle(key: number, index: number): void {
    const { selection, store } = this;
    if (this.size === 0 && store.selected !== null && store.selected !== key)
      selection.toggle(store.selected);
    selection.toggle(key);
    selection.anchor = index;
    this.outcome = '';
    store.changed();
  }

  /** Chooses all rows from the anchor to `index`. */
  async extend(index: number): Promise<void> {
    const { selection, store } = this;
    selection.anchor ??= Math.max(0, store.selected === null ? index : await store.indexOf(store.selected));
    const range = { from: selection.anchor, to: index, found: store.filtered };
    const keys = await store.request('editor/keys', range);
    selection.set(keys);
    this.outcome = '';
    store.changed();
  }

  /** The document changed after the last action: what it did is no news any more. */
  outdated(structure: boolean): void {
    if (this.running === null) this.outcome = '';
    if (structure) this.selection.clear();
  }

  async run(action: BulkAction, target: RecordTarget = this.target()): Promise<void> {
    if (this.store.readOnly) return;
    await this.perform(async (options) => {
      const { changed, skipped } = await this.store.request('editor/bulk', { target, action }, options);
      if (changed === null) return null;
      if (action.kind === 'delete' || action.kind === 'move') this.selection.clear();
      return outcomeOf(action, changed, skipped);
    });
  }

  /** One action at a time, with its progress and what came of it; null: nothing, since somebody said no. */
  async perform(
    work: (options: {
      readonly signal: AbortSignal;
      readonly progress: (progress: { readonly done: number; readonly total: number }) => void;
    }) => Promise<string | null>,
  ): Promise<void> {
    const { store } = this;
    if (this.running !== null) return;
    await store.flush();
    const controller = new AbortController();
    this.controller = controller;
    this.running = { done: 0, total: 0 };
    this.outcome = '';
    this.problem = '';
    store.changed();
    try {
      const outcome = await work({
        signal: controller.signal,
        progress: (progress) => {
          this.running = progress;
          store.changed();
        },
      });
      if (outcome !== null) this.outcome = outcome;
    } catch (error) {
      if (isCancelled(error)) this.outcome = t('Cancelled: nothing was changed.');
      else this.problem = messageOf(error);
    } finally {
      this.running = null;
      store.changed();
    }
  }

  cancel(): void {
    this.controller?.abort();
  }
}

function outcomeOf(action: BulkAction, changed: number, skipped: number): string {
  const count = integer.format(changed);
  const done =
    action.kind === 'delete'
      ? t('{0} records deleted.', count)
      : action.kind === 'move'
        ? t('{0} records moved.', count)
        : t('{0} records changed.', count);
  return skipped === 0
    ? done
    : `${done} ${t('{0} that cannot be read stay as they are.', integer.format(skipped))}`;
}
