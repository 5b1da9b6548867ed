import { strict as assert } from 'node:assert';
import type { ConflictKind } from '../../../src/dataset/document';
import { naiveBytes, naiveFile } from './naiveFile';
import type { NaiveFile, NaiveRow } from './naiveFile';

/** A row is the same object through edits, undo and changes of the file; its text is kept beside it. */
export type State = { row: NaiveRow; content: Buffer }[];

interface Match {
  record: number;
  same: boolean;
}

/** What the document is to do, on plain lists. */
export class NaiveDocument {
  file: NaiveFile;
  state: State;
  saved: State;
  readonly past: State[] = [];
  readonly future: State[] = [];
  readonly conflicts = new Map<NaiveRow, ConflictKind>();
  touched = new Set<NaiveRow>();
  moved = new Set<NaiveRow>();
  private vanished = new Set<NaiveRow>();
  /** Lines that another program took out of the file: it may bring them back. */
  private gone = new Map<NaiveRow, Buffer>();
  /** What stood behind lines that are in the file no more. */
  private readonly oldTails = new Map<Buffer, Buffer | null>();
  private serials = new Map<NaiveRow, number>();
  private nextSerial = 0;

  constructor(bytes: Buffer) {
    this.file = naiveFile(bytes);
    this.state = this.file.rows.map((row) => ({ row, content: row.content }));
    this.saved = this.state;
    for (const { row } of this.state) this.known(row);
  }

  /** Rows have an age, so that it is clear which of two equal ones is meant. */
  known(row: NaiveRow): NaiveRow {
    this.serials.set(row, this.nextSerial++);
    return row;
  }

  edit(next: State): void {
    this.past.push(this.state);
    this.future.length = 0;
    this.state = next;
  }

  forgetSteps(): void {
    this.past.length = 0;
    this.future.length = 0;
  }

  bytes(): Buffer {
    const inFile = new Set(this.saved.map(({ row }) => row));
    return naiveBytes(
      this.file,
      this.state.map(({ row, content }) => ({
        content,
        // What is not in the file has no line end of its own, unless it is an old line that came back as it was.
        tail: inFile.has(row) ? row.tail : (this.oldTails.get(content) ?? null),
      })),
    );
  }

  save(): Buffer {
    const bytes = this.bytes();
    this.keepTails();
    this.file = naiveFile(bytes);
    assert.equal(this.file.rows.length, this.state.length, 'the model lost a row');
    this.state.forEach(({ row }, at) => (row.tail = this.file.rows[at]!.tail));
    this.saved = this.state;
    this.conflicts.clear();
    this.forgetGone();
    this.moved.clear();
    return bytes;
  }

  revert(): void {
    this.state = this.saved;
    this.conflicts.clear();
    this.forgetGone();
    this.moved.clear();
  }

  /** The editor was killed, its edits came out of a backup, on what the file is now. */
  crash(bytes: Buffer | undefined): void {
    this.forgetGone();
    const inFile = new Set(this.saved.map(({ row }) => row));
    this.touched = new Set([...this.touched].filter((row) => inFile.has(row)));
    this.moved = new Set([...this.moved].filter((row) => inFile.has(row)));
    this.serials = new Map();
    this.nextSerial = 0;
    for (const row of inFile) this.known(row);
    for (const { row } of this.state) if (!inFile.has(row)) this.known(row);
    if (bytes !== undefined) this.follow(bytes);
  }

  /** Another program wrote `bytes`; my edits are made on that. */
  follow(bytes: Buffer): void {
    const { state, conflicts: before } = this;
    const matches = this.match(bytes);
    const file = naiveFile(bytes);
    const mine = new Map(state.map((each) => [each.row, each.content]));
    const savedContent = new Map(this.saved.map((each) => [each.row, each.content]));
    const originals = this.originals();
    this.keepTails();
    const rowOf = new Map([...matches].map(([row, { record }]) => [record, row]));
    const next: State = file.rows.map((fresh, record) => {
      const row = rowOf.get(record) ?? this.known({ content: fresh.content, tail: null });
      row.tail = fresh.tail;
      return { row, content: fresh.content };
    });
    const conflicts = new Map<NaiveRow, ConflictKind>();
    const kept = new Map<NaiveRow, Buffer>();
    const hidden = new Set<NaiveRow>();
    const placed = new Set<NaiveRow>();
    for (const { row } of state) if (!savedContent.has(row) && !matches.has(row)) placed.add(row);
    for (const [row, original] of originals) {
      const match = matches.get(row);
      const content = mine.get(row);
      const edited = content !== undefined && content !== savedContent.get(row);
      if (match === undefined) {
        this.gone.set(row, original);
        if (content === undefined) continue;
        if (!edited) this.vanished.add(row);
        else {
          placed.add(row);
          conflicts.set(row, 'removedThere');
        }
        continue;
      }
      this.gone.delete(row);
      if (edited) {
        if (content.equals(next[match.record]!.content)) continue;
        kept.set(row, content);
        if (!match.same || before.get(row) === 'bothChanged') conflicts.set(row, 'bothChanged');
      } else if (content !== undefined) {
        if (before.get(row) === 'removedHere') conflicts.set(row, 'removedHere');
      } else if (!this.vanished.delete(row)) {
        if (match.same) hidden.add(row);
        else conflicts.set(row, 'removedHere');
      }
    }
    for (const [row, kind] of before)
      if (kind === 'removedThere' && placed.has(row)) conflicts.set(row, kind);
    for (const row of this.moved) {
      if (!matches.has(row) || !mine.has(row)) continue;
      hidden.add(row);
      placed.add(row);
    }
    this.state = this.place(next, { placed, hidden, matches, mine, kept });
    this.saved = next;
    this.file = file;
    this.conflicts.clear();
    for (const [row, kind] of conflicts) this.conflicts.set(row, kind);
  }

  resolve(at: number, side: 'mine' | 'theirs'): void {
    const row = this.openConflicts()[at]![0];
    const kind = this.conflicts.get(row)!;
    this.conflicts.delete(row);
    const remove = kind === (side === 'mine' ? 'removedHere' : 'removedThere');
    if (remove) {
      this.touched.add(row);
      this.state = this.state.filter((each) => each.row !== row);
    } else if (kind === 'removedThere') {
      this.gone.delete(row);
    } else if (kind === 'bothChanged' && side === 'theirs') {
      this.touched.add(row);
      const { content } = this.saved.find((each) => each.row === row)!;
      this.state = this.state.map((each) => (each.row === row ? { row, content } : each));
    }
  }

  /** Conflicts that no edit or undo has settled, in the list's order. */
  openConflicts(): [NaiveRow, ConflictKind][] {
    for (const [row, kind] of this.conflicts) {
      const here = this.state.find((each) => each.row === row);
      const saved = this.saved.find((each) => each.row === row);
      const differs = saved !== undefined && here?.content !== saved.content;
      if (here === undefined || (kind === 'bothChanged' && !differs)) this.conflicts.delete(row);
    }
    const index = (row: NaiveRow): number => this.state.findIndex((each) => each.row === row);
    return [...this.conflicts].sort((a, b) => index(a[0]) - index(b[0]));
  }

  private originals(): Map<NaiveRow, Buffer> {
    const originals = new Map(this.gone);
    for (const { row, content } of this.saved) if (this.touched.has(row)) originals.set(row, content);
    return originals;
  }

  private match(bytes: Buffer): Map<NaiveRow, Match> {
    const lines = naiveFile(bytes).rows.map(({ content }) => content);
    const matches = new Map<NaiveRow, Match>();
    const claimed = new Set<number>();
    const inFile = this.saved.filter(({ row }) => this.touched.has(row));
    const gone = [...this.gone]
      .map(([row, content]) => ({ row, content }))
      .sort((a, b) => this.serials.get(a.row)! - this.serials.get(b.row)!);
    const all = [...inFile, ...gone];
    const claim = (row: NaiveRow, record: number, same: boolean): void => {
      if (record < 0) return;
      matches.set(row, { record, same });
      claimed.add(record);
    };
    for (const { row, content } of inFile) {
      const record = this.saved.findIndex((each) => each.row === row);
      if (lines[record]?.equals(content) === true) claim(row, record, true);
    }
    for (const { row, content } of all) {
      if (matches.has(row)) continue;
      claim(
        row,
        lines.findIndex((line, at) => !claimed.has(at) && line.equals(content)),
        true,
      );
    }
    for (const { row, content } of all) {
      const id = idOf(content);
      if (matches.has(row) || id === undefined) continue;
      claim(
        row,
        lines.findIndex((line, at) => !claimed.has(at) && idOf(line) === id),
        false,
      );
    }
    return matches;
  }

  /** Rows that the file does not place go behind the row that they stood behind. */
  private place(
    next: State,
    of: {
      placed: Set<NaiveRow>;
      hidden: Set<NaiveRow>;
      matches: Map<NaiveRow, Match>;
      mine: Map<NaiveRow, Buffer>;
      kept: Map<NaiveRow, Buffer>;
    },
  ): State {
    const { placed, hidden, matches, mine, kept } = of;
    const result: State = next
      .filter(({ row }) => !hidden.has(row))
      .map((each) => ({ row: each.row, content: kept.get(each.row) ?? each.content }));
    const behind = new Map<NaiveRow | undefined, State>();
    const anchors = new Map<NaiveRow, NaiveRow | undefined>();
    const originals = this.originals();
    this.state.forEach(({ row }, index) => {
      if (!placed.has(row)) return;
      let anchor: NaiveRow | undefined;
      for (let above = index - 1; above >= 0; above--) {
        const neighbour = this.state[above]!.row;
        if (anchors.has(neighbour)) {
          anchor = anchors.get(neighbour);
          break;
        }
        const match = matches.get(neighbour);
        if (match === undefined && originals.has(neighbour)) continue;
        const before = this.saved.findIndex((each) => each.row === neighbour);
        let record = Math.min(match?.record ?? before, next.length - 1);
        while (record >= 0 && hidden.has(next[record]!.row)) record--;
        anchor = next[record]?.row;
        break;
      }
      anchors.set(row, anchor);
      const moved = matches.get(row);
      const content = moved === undefined ? mine.get(row)! : (kept.get(row) ?? next[moved.record]!.content);
      behind.set(anchor, [...(behind.get(anchor) ?? []), { row, content }]);
    });
    return [undefined, ...result].flatMap((each) => [
      ...(each === undefined ? [] : [each]),
      ...(behind.get(each?.row) ?? []),
    ]);
  }

  private keepTails(): void {
    for (const { row, content } of this.saved) this.oldTails.set(content, row.tail);
  }

  private forgetGone(): void {
    this.gone.clear();
    this.vanished.clear();
  }
}

function idOf(line: Buffer): string | undefined {
  try {
    const value = JSON.parse(line.toString('utf8')) as { id?: unknown } | null;
    const object = typeof value === 'object' && value !== null && !Array.isArray(value);
    return object && typeof value.id === 'string' && value.id !== '' ? value.id : undefined;
  } catch {
    return undefined;
  }
}
