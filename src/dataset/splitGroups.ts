import { bandsFor, hashBands } from './minHash';
import { NearIndex } from './nearIndex';
import { shinglesOf } from './shingles';
import { sourceKey } from './sourcePassage';
import { splitPosition } from './split';

export interface SplitRecord {
  readonly id: string;
  readonly topic: string;
  readonly sources: readonly string[];
  /** What is said, but for the system prompt. */
  readonly texts: readonly string[];
}

export interface Split {
  /** 1 for each record that is held out. */
  readonly heldOut: Uint8Array;
  /** Records that are held out although training sees a near-duplicate of theirs, or another record of their source. */
  readonly leaks: { readonly near: number; readonly source: number };
}

/** A source of more records than this share (and than FEW) says nothing of any of them: it binds no records together. */
const COMMON = 0.05;
const FEW = 20;
/** How far a topic's share of the held-out records may be from its share of all. */
const LEAST = 0.5;
const MOST = 1.5;

/**
 * Decides which records are held out so that nothing of them is trained on: records of one id, near-duplicates and
 * records of one source passage are a group, and a group is on one side. A group's side is decided by a hash of the seed
 * and the id of its first record: it stays when records are added below, unless they join two groups. Every topic has
 * about its share, at least half and at most one and a half times of it.
 *
 * A group that is larger than all that is to be held out trains. Where such groups leave too few records to choose from,
 * sources bind no more, and where that is not enough either, only ids do; `leaks` says what that costs. Holds about 1 kB
 * a record.
 */
export class SplitGroups {
  private readonly records: { readonly id: string; readonly topic: string }[] = [];
  private readonly ids = new Union();
  private readonly alike = new Union();
  private readonly bySource = new Map<string, number[]>();
  private readonly byId = new Map<string, number>();
  private readonly shape;
  private readonly index: NearIndex;

  constructor(threshold: number) {
    this.shape = bandsFor(threshold);
    this.index = new NearIndex(this.shape, threshold);
  }

  add({ id, topic, sources, texts }: SplitRecord): void {
    const record = this.records.length;
    this.records.push({ id, topic });
    this.ids.add();
    this.alike.add();
    const first = this.byId.get(id);
    if (first === undefined) this.byId.set(id, record);
    else {
      this.ids.join(first, record);
      this.alike.join(first, record);
    }
    for (const source of new Set(sources.flatMap((each) => sourceKey(each) ?? []))) {
      const known = this.bySource.get(source);
      if (known === undefined) this.bySource.set(source, [record]);
      else known.push(record);
    }
    const set = shinglesOf(texts);
    if (set.length === 0) return;
    const bands = new Uint32Array(this.shape.count);
    hashBands(set, this.shape, bands, 0);
    const slice = { values: set, start: 0, end: set.length };
    const apart = (other: number): boolean => this.alike.rootOf(other) !== this.alike.rootOf(record);
    for (;;) {
      const twin = this.index.twinOf(slice, bands, 0, apart);
      if (twin === undefined) break;
      this.alike.join(twin.record, record);
    }
    this.index.add(record, slice, bands, 0);
  }

  split(seed: number, evaluation: number): Split {
    const count = this.records.length;
    if (evaluation <= 0 || count < 2)
      return { heldOut: new Uint8Array(count), leaks: { near: 0, source: 0 } };
    const most = Math.max(1, evaluation * count);
    const needed = Math.min(2 * evaluation, (1 + evaluation) / 2) * count;
    const bound = this.bound();
    const levels = [bound, this.alike, this.ids];
    const union =
      levels.find((level) => {
        const sizes = level.sizes();
        return sizes.reduce((sum, size) => sum + (size <= most ? size : 0), 0) >= needed;
      }) ?? this.ids;
    const heldOut = this.choose(union, seed, evaluation, most);
    return { heldOut, leaks: { near: torn(this.alike, heldOut), source: torn(bound, heldOut) } };
  }

  /** Near-duplicates, and records of one source. */
  private bound(): Union {
    const union = this.alike.copy();
    const common = Math.max(FEW, COMMON * this.records.length);
    for (const records of this.bySource.values()) {
      if (records.length > common) continue;
      for (const record of records) union.join(records[0] ?? record, record);
    }
    return union;
  }

  private choose(union: Union, seed: number, evaluation: number, most: number): Uint8Array {
    const sizes = union.sizes();
    const groups = new Map<number, Group>();
    const topics = new Map<string, Group[]>();
    this.records.forEach(({ id, topic }, record) => {
      const root = union.rootOf(record);
      if (groups.has(root)) return;
      const size = sizes[root] ?? 1;
      const position = splitPosition(seed, id);
      const group = {
        root,
        size,
        position,
        mayHold: size <= most,
        held: size <= most && position < evaluation,
      };
      groups.set(root, group);
      const known = topics.get(topic);
      if (known === undefined) topics.set(topic, [group]);
      else known.push(group);
    });
    for (const each of topics.values()) balance(each, evaluation, LEAST, MOST);
    const all = [...groups.values()];
    leaveNoSideEmpty(all);
    const heldOut = new Uint8Array(this.records.length);
    this.records.forEach((_, record) => {
      if (groups.get(union.rootOf(record))?.held === true) heldOut[record] = 1;
    });
    return heldOut;
  }
}

interface Group {
  readonly root: number;
  readonly size: number;
  readonly position: number;
  readonly mayHold: boolean;
  held: boolean;
}

/** Moves the groups nearest to the border until the topic has about its share. */
function balance(groups: readonly Group[], evaluation: number, least: number, most: number): void {
  const total = groups.reduce((sum, { size }) => sum + size, 0);
  const share = evaluation * total;
  const lowest = share < 1 ? 0 : Math.max(1, Math.floor(share * least));
  const highest = Math.ceil(share * most);
  let held = groups.reduce((sum, group) => sum + (group.held ? group.size : 0), 0);
  if (held < lowest) {
    const next = groups
      .filter((group) => group.mayHold && !group.held)
      .sort((a, b) => a.position - b.position);
    for (const group of next) {
      if (held >= lowest) break;
      if (held + group.size > highest) continue;
      group.held = true;
      held += group.size;
    }
  }
  if (held > highest) {
    const next = groups.filter((group) => group.held).sort((a, b) => b.position - a.position);
    for (const group of next) {
      if (held <= highest) break;
      if (held - group.size < lowest) continue;
      group.held = false;
      held -= group.size;
    }
  }
}

function leaveNoSideEmpty(groups: readonly Group[]): void {
  if (groups.length < 2) return;
  const byPosition = [...groups].sort((a, b) => a.position - b.position);
  if (!groups.some(({ held }) => held)) {
    const first = byPosition.find(({ mayHold }) => mayHold);
    if (first !== undefined) first.held = true;
  } else if (groups.every(({ held }) => held)) {
    const last = byPosition.at(-1);
    if (last !== undefined) last.held = false;
  }
}

/** Records that are held out while others of their group train. */
function torn(union: Union, heldOut: Uint8Array): number {
  const trains = new Set<number>();
  heldOut.forEach((held, record) => {
    if (held === 0) trains.add(union.rootOf(record));
  });
  return heldOut.reduce(
    (sum, held, record) => sum + (held === 1 && trains.has(union.rootOf(record)) ? 1 : 0),
    0,
  );
}

/** Disjoint sets of numbers from 0, each with its smallest as root. */
class Union {
  private parents: number[] = [];

  add(): void {
    this.parents.push(this.parents.length);
  }

  rootOf(member: number): number {
    let root = member;
    while (this.parents[root] !== root) root = this.parents[root] ?? root;
    for (let at = member; at !== root;) {
      const next = this.parents[at] ?? root;
      this.parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [left, right] = [this.rootOf(a), this.rootOf(b)];
    this.parents[Math.max(left, right)] = Math.min(left, right);
  }

  /** For each root the size of its set; 0 for what is no root. */
  sizes(): Uint32Array {
    const sizes = new Uint32Array(this.parents.length);
    this.parents.forEach((_, member) => {
      const root = this.rootOf(member);
      sizes[root] = (sizes[root] ?? 0) + 1;
    });
    return sizes;
  }

  copy(): Union {
    const copy = new Union();
    copy.parents = [...this.parents];
    return copy;
  }
}
