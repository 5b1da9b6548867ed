import type { Content } from './content';
import { oneLine } from './content';
import type { Change, RowKey } from './documentTypes';
import type { Snapshot } from './documentWriter';
import type { Rebased } from './rebase';
import type { Removed, RowOrder } from './rowOrder';

/** "As in the file", said after `generation` saves: a later save may have taken that line out of the file. */
interface InFile {
  readonly kind: 'file';
  readonly generation: number;
}

interface Step {
  undo(): void;
  redo(): void;
}

export interface Steps {
  readonly keys: readonly RowKey[];
  readonly structure: boolean;
  readonly inserted: readonly RowKey[];
  /** False when the document was read anew since: the edit's rows are gone, and nothing is done. */
  undo(): boolean;
  redo(): boolean;
}

/** Which rows there are, in which order, and what differs from the file; and how to take edits back. */
export class EditHistory {
  order: RowOrder;
  /** Content of rows that differ from their line in the file, or have none. May hold rows that are not in `order`. */
  readonly overlay = new Map<RowKey, Content>();
  /** The key that the next new row gets. */
  nextKey: number;
  /** Rows that edits named, and those that they put rows behind: they are found again in a changed file. */
  readonly touched = new Set<RowKey>();
  private fresh: RowKey[] = [];
  /** Rows that were moved since the last save. */
  readonly moved = new Set<RowKey>();
  /** Rows that went with their record when another program took it out of the file. */
  vanished: ReadonlySet<RowKey> = new Set();
  private fileOrder: RowOrder;
  /** Content that the file's line of a row was written from: having it means having no edit. */
  private readonly written = new Map<RowKey, Content>();
  /** For every save: the lines that it took out of the file. */
  private readonly kept: ReadonlyMap<RowKey, Content>[] = [];
  private epoch = 0;

  constructor(order: RowOrder) {
    this.order = order;
    this.fileOrder = order;
    this.nextKey = order.length;
  }

  get isDirty(): boolean {
    if (!this.order.equals(this.fileOrder)) return true;
    for (const key of this.overlay.keys()) if (this.order.indexOf(key) >= 0) return true;
    return false;
  }

  /** Rows touched since this was asked last. */
  newlyTouched(): RowKey[] {
    const keys = this.fresh;
    this.fresh = [];
    return keys;
  }

  apply(changes: readonly Change[]): Steps {
    const steps: Step[] = [];
    const keys: RowKey[] = [];
    const inserted: RowKey[] = [];
    try {
      for (const change of changes) {
        const step = this.step(change, keys, inserted);
        step.redo();
        steps.push(step);
        this.touch(change);
      }
    } catch (error) {
      for (const step of steps.reverse()) step.undo();
      throw error;
    }
    const epoch = this.epoch;
    return {
      keys,
      inserted,
      structure: changes.some(({ kind }) => kind !== 'replace' && kind !== 'discard'),
      undo: () => {
        if (epoch !== this.epoch) return false;
        for (const step of [...steps].reverse()) step.undo();
        return true;
      },
      redo: () => {
        if (epoch !== this.epoch) return false;
        for (const step of steps) step.redo();
        return true;
      },
    };
  }

  /** The whole file is known now; so far there were no edits. */
  loaded(order: RowOrder): void {
    this.order = order;
    this.fileOrder = order;
    this.nextKey = order.length;
  }

  /** The edits of a backup, made on a file of `fileOrder`. */
  restored(edits: {
    readonly fileOrder: RowOrder;
    readonly order: RowOrder;
    readonly overlay: ReadonlyMap<RowKey, Content>;
    readonly moved: Iterable<RowKey>;
    readonly touched: Iterable<RowKey>;
    readonly nextKey: number;
  }): void {
    this.loaded(edits.fileOrder);
    this.order = edits.order;
    this.nextKey = edits.nextKey;
    for (const [key, content] of edits.overlay) this.overlay.set(key, content);
    for (const key of edits.moved) this.moved.add(key);
    for (const key of edits.touched) this.touched.add(key);
  }

  /** The file now holds `snapshot`; `kept` are the lines that went. Edits made since it was taken stay edits. */
  saved(snapshot: Snapshot, kept: ReadonlyMap<RowKey, Content>): void {
    this.kept.push(kept);
    this.fileOrder = snapshot.order;
    this.vanished = new Set();
    if (this.order === snapshot.order) this.moved.clear();
    for (const [key, content] of kept) {
      this.written.delete(key);
      // Says "as in the file" and the file has it no more: deleted, or edited and taken back during the save.
      if (!this.overlay.has(key)) this.overlay.set(key, content);
    }
    for (const [key, content] of snapshot.overlay) {
      if (snapshot.order.indexOf(key) < 0) continue;
      this.written.set(key, content);
      if (this.overlay.get(key) === content) this.overlay.delete(key);
    }
  }

  /** Back to the file, which is as it was when it was opened or saved. Earlier edits can still be undone. */
  revert(): void {
    this.order = this.fileOrder;
    this.moved.clear();
    this.vanished = new Set();
    for (const key of [...this.overlay.keys()])
      if (this.fileOrder.indexOf(key) >= 0) this.overlay.delete(key);
  }

  /** The same edits on the file that another program left. They can still be undone. */
  rebased(result: Rebased): void {
    this.kept.push(result.gone);
    for (const key of result.asInFile) this.overlay.delete(key);
    for (const [key, content] of result.gone) if (!this.overlay.has(key)) this.overlay.set(key, content);
    for (const key of [...result.gone.keys(), ...result.changed]) this.written.delete(key);
    this.fileOrder = result.fileOrder;
    this.order = result.order;
    this.nextKey = result.nextKey;
    this.vanished = result.vanished;
  }

  /** Another file altogether: no earlier edit can be undone. */
  restart(order: RowOrder): void {
    this.epoch++;
    this.touched.clear();
    this.moved.clear();
    this.vanished = new Set();
    this.order = order;
    this.fileOrder = order;
    this.nextKey += order.length;
    this.overlay.clear();
    this.written.clear();
    this.kept.length = 0;
  }

  private step(change: Change, keys: RowKey[], inserted: RowKey[]): Step {
    switch (change.kind) {
      case 'replace': {
        const { key } = change;
        this.mustHave(key);
        const before: Content | InFile = this.overlay.get(key) ?? {
          kind: 'file',
          generation: this.kept.length,
        };
        const after: Content = { kind: 'text', text: recordLine(change.text) };
        keys.push(key);
        return { undo: () => this.set(key, before), redo: () => this.set(key, after) };
      }
      case 'insert': {
        const run = { key: this.nextKey, count: change.texts.length };
        const texts = change.texts.map(recordLine);
        this.nextKey += texts.length;
        texts.forEach((text, at) => {
          this.overlay.set(run.key + at, { kind: 'text', text });
          inserted.push(run.key + at);
        });
        return {
          undo: () => (this.order = this.order.remove(keysOf(run.key, run.count)).order),
          redo: () => (this.order = this.order.insert(change.at, run)),
        };
      }
      case 'delete': {
        for (const key of change.keys) this.mustHave(key);
        let removed: readonly Removed[] = [];
        return {
          undo: () => (this.order = this.order.restore(this.missing(removed))),
          redo: () => ({ order: this.order, removed } = this.order.remove(change.keys)),
        };
      }
      case 'discard': {
        const { key } = change;
        this.mustHave(key);
        const before = this.overlay.get(key);
        const after: InFile = { kind: 'file', generation: this.kept.length };
        keys.push(key);
        return { undo: () => this.set(key, before ?? after), redo: () => this.set(key, after) };
      }
      case 'move': {
        const from = this.mustHave(change.key);
        return {
          undo: () => this.move(change.key, from),
          redo: () => this.move(change.key, change.to),
        };
      }
    }
  }

  private touch(change: Change): void {
    switch (change.kind) {
      case 'replace':
      case 'discard':
        this.touchKey(change.key);
        break;
      case 'delete':
        for (const key of change.keys) this.touchKey(key);
        break;
      case 'insert': {
        const first = Math.max(0, Math.min(change.at, this.order.length - change.texts.length));
        for (let index = first - 1; index < first + change.texts.length; index++) this.touchAt(index);
        break;
      }
      case 'move':
        this.touchKey(change.key);
        this.touchAt(this.order.indexOf(change.key) - 1);
    }
  }

  private touchKey(key: RowKey): void {
    if (this.touched.has(key)) return;
    this.touched.add(key);
    this.fresh.push(key);
  }

  private touchAt(index: number): void {
    if (index >= 0 && index < this.order.length) this.touchKey(this.order.keyAt(index));
  }

  /** Rows to be put back, without those that another program's change brought back already. */
  private missing(removed: readonly Removed[]): readonly Removed[] {
    const present = (run: Removed['run']): boolean => {
      for (let at = 0; at < run.count; at++) if (this.order.indexOf(run.key + at) >= 0) return true;
      return false;
    };
    if (!removed.some(({ run }) => present(run))) return removed;
    const rows = removed.flatMap(({ at, run }) =>
      Array.from({ length: run.count }, (_, offset) => ({
        at: at + offset,
        run: { key: run.key + offset, count: 1 },
      })),
    );
    return rows.filter(({ run }) => !present(run));
  }

  private move(key: RowKey, to: number): void {
    if (this.order.indexOf(key) < 0) return;
    this.moved.add(key);
    this.order = this.order.remove([key]).order.insert(to, { key, count: 1 });
  }

  private mustHave(key: RowKey): number {
    const index = this.order.indexOf(key);
    if (index < 0) throw new RangeError(`no row with the key ${key}`);
    return index;
  }

  private set(key: RowKey, content: Content | InFile): void {
    const now = content.kind === 'file' ? this.lineSince(key, content.generation) : content;
    if (now === undefined || this.written.get(key) === now) this.overlay.delete(key);
    else this.overlay.set(key, now);
  }

  /** What the file's line was `generation` saves in, or undefined when the file still has it. */
  private lineSince(key: RowKey, generation: number): Content | undefined {
    for (let save = generation; save < this.kept.length; save++) {
      const line = this.kept[save]?.get(key);
      if (line !== undefined) return line;
    }
    return undefined;
  }
}

function* keysOf(key: RowKey, count: number): Generator<RowKey> {
  for (let at = 0; at < count; at++) yield key + at;
}

/** A blank line is no record: it would vanish from the list at the next save. */
function recordLine(text: string): string {
  const line = oneLine(text);
  if (/^[ \t]*$/.test(line)) throw new RangeError('a record cannot be blank; delete it instead');
  return line;
}
