import type { EditorStore } from './store';

/** Records that another program changed too: shows them, goes through them, settles them. */
export class ConflictActions {
  constructor(private readonly store: EditorStore) {}

  /** Shows the records with conflicts alone, or all again. */
  async show(only: boolean): Promise<void> {
    const { store } = this;
    await store.guard(async () => {
      await store.flushTyping();
      if (!only) {
        store.onlyConflicts = false;
        await store.clearSearch();
      } else {
        await store.clearSearch();
        store.onlyConflicts = true;
        store.total = (await store.request('editor/showConflicts', {})).found;
        await this.next(null);
      }
      if (store.selected !== null) store.reveal = Math.max(0, await store.indexOf(store.selected));
    });
  }

  async next(after: number | null): Promise<void> {
    const { store } = this;
    await store.guard(async () => {
      const key = await store.request('editor/nextConflict', { after });
      if (key !== null) await store.select(key);
    });
  }

  /** Settles the conflict of the chosen record and goes to the next one; or settles all. */
  async resolve(side: 'mine' | 'theirs', all = false): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (store.readOnly || store.conflicts === 0 || (!all && store.record?.conflict == null)) return;
    await store.guard(async () => {
      await store.flushTyping();
      const next = all ? null : await store.request('editor/nextConflict', { after: key });
      await store.request('editor/resolve', { key: all ? null : key, side });
      if (store.onlyConflicts && (all || next === null || next === key)) await this.show(false);
      else if (next !== null && next !== key) await store.select(next);
      await store.refreshRecord();
    });
  }
}
