import type { Bands } from './minHash';
import { jaccard } from './shingles';
import type { SetSlice } from './shingles';

/** What is compared: for each record its set of shingles, and the hashes of its signature's bands. */
export interface NearColumn {
  /** All sets, one behind the other. */
  readonly sets: Uint32Array;
  /** Where the set of each record ends. */
  readonly ends: Uint32Array;
  /** For each record the hashes of its bands. */
  readonly bands: Uint32Array;
}

export interface NearTwin {
  readonly record: number;
  readonly similarity: number;
}

const NONE: SetSlice = { values: new Uint32Array(0), start: 0, end: 0 };

/**
 * Entries that a bucket keeps: the first ones, and of those that come later the latest. A cluster of thousands costs each
 * of its members some comparisons, not thousands; whoever is in such a cluster has met a twin long before.
 */
const FIRST = 8;
const LATEST = 8;
/** Comparisons that are still made once a twin is found: the best one is wanted, but not at any price. */
const MORE = 24;

/** Sets of shingles by their bands. Records are numbers that the caller gives, counting up. */
export class NearIndex {
  private size = 1024;
  /** Open addressing: hash and band of an entry, and its bucket + 1. */
  private hashes = new Uint32Array(this.size);
  private slots = new Uint32Array(this.size);
  /** For each bucket how many records it was given, and those that it keeps. */
  private counts: Uint32Array = new Uint32Array(256);
  /** The first record; most buckets have no other. */
  private firsts: Uint32Array = new Uint32Array(256);
  private readonly others = new Map<number, number[]>();
  private buckets = 0;
  private readonly slices: SetSlice[] = [];
  private seen = new Uint32Array(1024);
  private query = 0;

  /** `filter`: bands that only one record has are not kept. It must know every record that will be added or asked for. */
  constructor(
    private readonly shape: Bands,
    private readonly threshold: number,
    private readonly filter?: BandFilter,
  ) {}

  /** Puts a record into the index; `record` is the number that twins will have. */
  add(record: number, set: SetSlice, bands: Uint32Array, at: number): void {
    if (set.end === set.start) return;
    this.slices[record] = set;
    for (let band = 0; band < this.shape.count; band++) {
      const hash = bandHash(bands[at + band] ?? 0, band);
      if (this.filter?.repeats(hash) === false) continue;
      const slot = this.slotOf(hash);
      const bucket = this.slots[slot] ?? 0;
      if (bucket === 0) this.addBucket(slot, hash, record);
      else this.addTo(bucket - 1, record);
    }
  }

  /** The most similar record that is in the index, among those that the bands bring together with this set. */
  twinOf(
    set: SetSlice,
    bands: Uint32Array,
    at: number,
    wanted: (record: number) => boolean = () => true,
  ): NearTwin | undefined {
    if (set.end === set.start) return undefined;
    this.query++;
    let best: NearTwin | undefined;
    let more = MORE;
    for (let band = 0; band < this.shape.count; band++) {
      const hash = bandHash(bands[at + band] ?? 0, band);
      if (this.filter?.repeats(hash) === false) continue;
      const bucket = this.slots[this.slotOf(hash)] ?? 0;
      if (bucket === 0) continue;
      const others = this.others.get(bucket - 1);
      for (let entry = -1; entry < (others?.length ?? 0); entry++) {
        const record = (entry === -1 ? this.firsts[bucket - 1] : others?.[entry]) ?? 0;
        if (record >= this.seen.length) this.seen = grown(this.seen, record + 1);
        if (this.seen[record] === this.query) continue;
        this.seen[record] = this.query;
        if (!wanted(record)) continue;
        const similarity = jaccard(set, this.slices[record] ?? NONE, best?.similarity ?? this.threshold);
        // Of equally similar ones the first.
        if (similarity > (best?.similarity ?? 0) || (similarity === best?.similarity && record < best.record))
          best = { record, similarity };
        if (best !== undefined && (best.similarity === 1 || --more <= 0)) return best;
      }
    }
    return best;
  }

  private addTo(bucket: number, record: number): void {
    const count = this.counts[bucket] ?? 0;
    this.counts[bucket] = count + 1;
    const others = this.others.get(bucket);
    if (others === undefined) this.others.set(bucket, [record]);
    else if (count < FIRST + LATEST) others.push(record);
    else others[FIRST - 1 + ((count - FIRST) % LATEST)] = record;
  }

  private addBucket(slot: number, hash: number, record: number): void {
    if (this.buckets === this.counts.length) {
      this.counts = grown(this.counts, this.buckets * 2);
      this.firsts = grown(this.firsts, this.buckets * 2);
    }
    this.counts[this.buckets] = 1;
    this.firsts[this.buckets] = record;
    this.buckets++;
    this.hashes[slot] = hash;
    this.slots[slot] = this.buckets;
    if (this.buckets * 2 > this.size) this.grow();
  }

  /** The slot of a hash, or the free one where it would go. */
  private slotOf(hash: number): number {
    const mask = this.size - 1;
    let slot = hash & mask;
    while (this.slots[slot] !== 0 && this.hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { hashes, slots } = this;
    this.size *= 4;
    this.hashes = new Uint32Array(this.size);
    this.slots = new Uint32Array(this.size);
    slots.forEach((bucket, at) => {
      if (bucket === 0) return;
      const hash = hashes[at] ?? 0;
      const slot = this.slotOf(hash);
      this.hashes[slot] = hash;
      this.slots[slot] = bucket;
    });
  }
}

/**
 * Which bands may be in more than one record, told by a bit for each hash: nine tenths of a dataset resemble nothing, and
 * a table of all their bands would take most of the time.
 */
export class BandFilter {
  private readonly seen: Uint32Array;
  private readonly twice: Uint32Array;
  private readonly mask: number;

  /** `records`: how many are noted at most. */
  constructor(
    private readonly shape: Bands,
    records: number,
  ) {
    const wanted = Math.min(30, Math.max(16, Math.ceil(Math.log2(records * shape.count * 8 + 1))));
    this.mask = 2 ** wanted - 1;
    this.seen = new Uint32Array(2 ** (wanted - 5));
    this.twice = new Uint32Array(2 ** (wanted - 5));
  }

  note(bands: Uint32Array, at: number): void {
    for (let band = 0; band < this.shape.count; band++) {
      const place = bandHash(bands[at + band] ?? 0, band) & this.mask;
      const bit = 1 << (place & 31);
      const word = place >>> 5;
      if (((this.seen[word] ?? 0) & bit) === 0) this.seen[word] = (this.seen[word] ?? 0) | bit;
      else this.twice[word] = (this.twice[word] ?? 0) | bit;
    }
  }

  /** Whether the record may have any band in common with another. */
  meets(bands: Uint32Array, at: number): boolean {
    for (let band = 0; band < this.shape.count; band++)
      if (this.repeats(bandHash(bands[at + band] ?? 0, band))) return true;
    return false;
  }

  repeats(hash: number): boolean {
    const place = hash & this.mask;
    return ((this.twice[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
  }
}

/** Bands that are alike in different places of the signature are no sign of anything. */
function bandHash(hash: number, band: number): number {
  return (hash + Math.imul(band, 0x9e3779b1)) >>> 0;
}

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
