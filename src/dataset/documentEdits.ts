import type { Content } from './content';
import { oneLine } from './content';
import type { Change, RowKey } from './documentTypes';
import type { Snapshot } from './documentWriter';
import type { RowOrder } from './rowOrder';
import type { Removed } from './rowOrder';

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

  apply(changes: readonly Change[]): Steps {
    const steps: Step[] = [];
    const keys: RowKey[] = [];
    const inserted: RowKey[] = [];
    try {
      for (const change of changes) {
        const step = this.step(change, keys, inserted);
        step.redo();
        steps.push(step);
      }
    } catch (error) {
      for (const step of steps.reverse()) step.undo();
      throw error;
    }
    const epoch = this.epoch;
    return {
      keys,
      inserted,
      structure: changes.some((change) => change.kind !== 'replace'),
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

  /** Adds a row with content of its own while a backup is restored. */
  restoreRow(at: number, content: Content): void {
    const key = this.nextKey++;
    this.overlay.set(key, content);
    this.order = this.order.insert(at, { key, count: 1 });
  }

  /** The file now holds `snapshot`; `kept` are the lines that went. Edits made since it was taken stay edits. */
  saved(snapshot: Snapshot, kept: ReadonlyMap<RowKey, Content>): void {
    this.kept.push(kept);
    this.fileOrder = snapshot.order;
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
    for (const key of [...this.overlay.keys()])
      if (this.fileOrder.indexOf(key) >= 0) this.overlay.delete(key);
  }

  /** Another file altogether: no earlier edit can be undone. */
  restart(order: RowOrder): void {
    this.epoch++;
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
          undo: () => (this.order = this.order.restore(removed)),
          redo: () => ({ order: this.order, removed } = this.order.remove(change.keys)),
        };
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

  private move(key: RowKey, to: number): void {
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
