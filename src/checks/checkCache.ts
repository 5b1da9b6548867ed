import { stat } from 'node:fs/promises';
import { sameStamp, stampOf } from '../dataset/fileStamp';
import type { FileStamp } from '../dataset/fileStamp';
import { readLines } from '../dataset/lineReader';
import type { RawLine } from '../dataset/lineReader';
import { RangeCollector, isRecordLine } from './checkRange';
import type { RangeJob } from './checkRange';
import { hashLine } from './lineHash';
import { Chunk, chunkAt, emptyRecords } from './records';
import type { FileRecords } from './records';

interface Entry {
  /** Settings, as they were when the file was checked. */
  readonly key: string;
  readonly records: FileRecords;
  readonly stamp: FileStamp;
  /** When it was read. */
  readonly readAt: number;
}

/** Bytes of changed lines up to which they are checked here, without workers. */
const FEW = 4 * 1024 * 1024;
/** File systems keep times in steps of some milliseconds: a file that was written just before it was read may change unseen. */
const SETTLED_MS = 2000;

/**
 * What checks found, by the bytes of each line, so that after an edit only lines that are new are checked. Holds about
 * 1 kB a record, and one state of each file.
 */
export class CheckCache {
  private readonly entries = new Map<string, Entry>();

  forget(file: string): void {
    this.entries.delete(file);
  }

  /** The records of a file as it was read last, whatever it holds now. */
  known(file: string): FileRecords | undefined {
    return this.entries.get(file)?.records;
  }

  async keep(records: FileRecords, settings: string, stamp: FileStamp, readAt: number): Promise<void> {
    const now = await stampIn(records.file);
    if (now === undefined || !sameStamp(now, stamp)) this.entries.delete(records.file);
    else this.entries.set(records.file, { key: settings, records, stamp, readAt });
  }

  /** The records of a file as it is now, or undefined when it has to be checked as a whole. */
  async recall(
    job: RangeJob,
    options: { readonly signal?: AbortSignal | undefined; readonly onBytes: (bytes: number) => void },
  ): Promise<FileRecords | undefined> {
    const settings = settingsKey(job);
    const entry = this.entries.get(job.file);
    if (entry?.key !== settings) return undefined;
    const stamp = await stampIn(job.file);
    if (stamp === undefined) return undefined;
    const readAt = Date.now();
    if (sameStamp(stamp, entry.stamp) && entry.readAt - stamp.mtimeMs > SETTLED_MS) {
      options.onBytes(stamp.size);
      return entry.records;
    }
    const records = await reread(entry.records, job, options);
    if (records === undefined) return undefined;
    await this.keep(records, settings, stamp, readAt);
    return records;
  }
}

export async function stampIn(file: string): Promise<FileStamp | undefined> {
  const stats = await stat(file, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : stampOf(stats);
}

/** What settings a file's results depend on. */
export function settingsKey({ rules, context, maxTokens }: RangeJob): string {
  const sorted = (value: object): [string, unknown][] =>
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(rules), sorted(context), maxTokens]);
}

async function reread(
  known: FileRecords,
  job: RangeJob,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes: (bytes: number) => void },
): Promise<FileRecords | undefined> {
  const table = new LineTable(known);
  const lineOf: number[] = [];
  const offsets: number[] = [];
  const lengths: number[] = [];
  /** The record of `known` that has the same line, or -1 - index for those that were checked now. */
  const origins: number[] = [];
  const collector = new RangeCollector(job);
  let fresh = 0;
  let freshBytes = 0;
  let expected = 0;
  const hash = new Uint32Array(4);
  const take = (raw: RawLine): boolean => {
    lineOf.push(raw.number);
    offsets.push(raw.offset);
    lengths.push(raw.length);
    hashLine(raw.bytes, hash, 0);
    const found = raw.bytes.length < raw.length ? -1 : table.find(hash, expected);
    if (found >= 0) {
      origins.push(found);
      expected = found + 1;
      return true;
    }
    freshBytes += raw.bytes.length;
    if (freshBytes > FEW) return false;
    collector.add(raw);
    origins.push(-1 - fresh++);
    return true;
  };
  for await (const batch of readLines(job.file, { chunk: 4 * 1024 * 1024, signal: options.signal })) {
    let bytes = 0;
    for (const raw of batch) {
      bytes += raw.length + 1;
      if (isRecordLine(raw) && !take(raw)) return undefined;
    }
    options.onBytes(bytes);
  }
  const records = emptyRecords(known.file, lineOf.length);
  records.lineOf.set(lineOf);
  records.offsets.set(offsets);
  records.lengths.set(lengths);
  const used = new Map<Chunk, number>();
  const placeOf = (chunk: Chunk): number => {
    const at = used.get(chunk) ?? used.size;
    if (at === used.size) {
      used.set(chunk, at);
      records.chunks.push(chunk);
    }
    return at;
  };
  const now = new Chunk(collector.result(lineOf.at(-1) ?? 0));
  origins.forEach((origin, record) => {
    const chunk = origin < 0 ? now : chunkAt(known, origin);
    records.chunkOf[record] = placeOf(chunk);
    records.indexOf[record] = origin < 0 ? -1 - origin : (known.indexOf[origin] ?? 0);
  });
  // Results of lines that are gone stay in memory with their chunk; when there are too many, it is time to begin anew.
  const held = records.chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  return held > 2 * records.count + 1000 ? undefined : records;
}

/** Records by the hash of their line. */
class LineTable {
  private readonly slots: Uint32Array;
  private readonly mask: number;

  constructor(private readonly records: FileRecords) {
    this.mask = 2 ** Math.ceil(Math.log2(records.count * 2 + 16)) - 1;
    this.slots = new Uint32Array(this.mask + 1);
    for (let record = 0; record < records.count; record++) {
      let slot = this.first(record) & this.mask;
      while (this.slots[slot] !== 0 && !this.same((this.slots[slot] ?? 0) - 1, record))
        slot = (slot + 1) & this.mask;
      if (this.slots[slot] === 0) this.slots[slot] = record + 1;
    }
  }

  /** A record whose line has this hash, or -1. Most lines follow the one that was found before. */
  find(hash: Uint32Array, expected: number): number {
    if (expected < this.records.count && this.has(expected, hash)) return expected;
    let slot = (hash[0] ?? 0) & this.mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & this.mask) {
      const record = (this.slots[slot] ?? 0) - 1;
      if (this.has(record, hash)) return record;
    }
    return -1;
  }

  private has(record: number, hash: Uint32Array): boolean {
    const { hashes, at } = this.hashOf(record);
    return (
      hashes[at] === hash[0] &&
      hashes[at + 1] === hash[1] &&
      hashes[at + 2] === hash[2] &&
      hashes[at + 3] === hash[3]
    );
  }

  private same(a: number, b: number): boolean {
    const { hashes, at } = this.hashOf(b);
    return this.has(a, hashes.subarray(at, at + 4));
  }

  private first(record: number): number {
    const { hashes, at } = this.hashOf(record);
    return hashes[at] ?? 0;
  }

  private hashOf(record: number): { readonly hashes: Uint32Array; readonly at: number } {
    const chunk = chunkAt(this.records, record);
    return { hashes: chunk.result.lineHashes, at: 4 * (this.records.indexOf[record] ?? 0) };
  }
}
