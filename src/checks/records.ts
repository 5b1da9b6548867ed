import type { RangeResult } from './checkRange';
import type { Finding } from './finding';
import type { NearColumn } from '../dataset/nearIndex';
import type { SetSlice } from '../dataset/shingles';
import type { Anchor } from './anchors';

/** Results of lines that were checked together. They depend on the lines' bytes alone, not on where the lines are. */
export class Chunk {
  /** What findings that compare records need of a record, by its index. */
  readonly anchors = new Map<number, Anchor>();
  private tokens: { readonly counter: string; readonly counts: Map<number, number> } | undefined;
  readonly long: ReadonlySet<number>;
  private byRecord: Map<number, Finding[]> | undefined;

  constructor(readonly result: RangeResult) {
    this.long = new Set(result.long);
  }

  get count(): number {
    return this.result.lineOf.length;
  }

  /** Tokens of the records that this counter has counted, by index. */
  tokensBy(counter: string): Map<number, number> {
    if (this.tokens?.counter !== counter) this.tokens = { counter, counts: new Map() };
    return this.tokens.counts;
  }

  /** What was found in a record by itself. The findings' lines are those of the stretch. */
  findingsOf(index: number): readonly Finding[] {
    if (this.byRecord === undefined) {
      this.byRecord = new Map();
      const { lineOf, findings } = this.result;
      let record = 0;
      for (const finding of findings) {
        if (lineOf[record] !== finding.line) record = indexOfLine(lineOf, finding.line);
        const known = this.byRecord.get(record);
        if (known === undefined) this.byRecord.set(record, [finding]);
        else known.push(finding);
      }
    }
    return this.byRecord.get(index) ?? [];
  }

  near(scope: number): NearColumn {
    return entry(this.result.near, scope);
  }

  setOf(scope: number, index: number): SetSlice {
    const { sets, ends } = this.near(scope);
    return { values: sets, start: index === 0 ? 0 : (ends[index - 1] ?? 0), end: ends[index] ?? 0 };
  }

  passagesOf(index: number): Float64Array {
    const { passages, passageEnds } = this.result;
    return passages.subarray(index === 0 ? 0 : passageEnds[index - 1], passageEnds[index]);
  }
}

/** The record whose line has this number: lines are in order. */
function indexOfLine(lineOf: Uint32Array, line: number): number {
  let low = 0;
  let high = lineOf.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lineOf[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The records of a file in order: where each is, and what was found when its line was checked. */
export interface FileRecords {
  readonly file: string;
  readonly count: number;
  /** From 1, in the file. */
  readonly lineOf: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly chunks: readonly Chunk[];
  /** For each record its chunk, and its index there. */
  readonly chunkOf: Uint32Array;
  readonly indexOf: Uint32Array;
}

/** What is certain to be there. */
function entry<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new RangeError(`no entry ${at}`);
  return found;
}

export function chunkAt({ chunks, chunkOf }: FileRecords, record: number): Chunk {
  return entry(chunks, chunkOf[record] ?? 0);
}

/** Of stretches that were checked one behind the other. */
export function recordsOf(file: string, results: readonly RangeResult[]): FileRecords {
  const count = results.reduce((sum, result) => sum + result.lineOf.length, 0);
  const records = emptyRecords(file, count);
  let at = 0;
  let before = 0;
  results.forEach((result, chunk) => {
    records.chunks.push(new Chunk(result));
    records.offsets.set(result.offsets, at);
    records.lengths.set(result.lengths, at);
    for (let index = 0; index < result.lineOf.length; index++, at++) {
      records.lineOf[at] = (result.lineOf[index] ?? 0) + before;
      records.chunkOf[at] = chunk;
      records.indexOf[at] = index;
    }
    before += result.lines;
  });
  return records;
}

/** To be filled. */
export function emptyRecords(file: string, count: number): FileRecords & { readonly chunks: Chunk[] } {
  return {
    file,
    count,
    lineOf: new Uint32Array(count),
    offsets: new Float64Array(count),
    lengths: new Float64Array(count),
    chunks: [],
    chunkOf: new Uint32Array(count),
    indexOf: new Uint32Array(count),
  };
}

/** The records of several files as one list. */
export class AllRecords {
  readonly count: number;
  readonly fileOf: Uint32Array;
  /** The first record of each file. */
  readonly firsts: readonly number[];

  constructor(readonly files: readonly FileRecords[]) {
    this.count = files.reduce((sum, { count }) => sum + count, 0);
    this.fileOf = new Uint32Array(this.count);
    const firsts: number[] = [];
    let at = 0;
    files.forEach(({ count }, file) => {
      firsts.push(at);
      this.fileOf.fill(file, at, at + count);
      at += count;
    });
    this.firsts = firsts;
  }

  file(record: number): FileRecords {
    return entry(this.files, this.fileOf[record] ?? 0);
  }

  /** The record's place in its file's lists. */
  at(record: number): number {
    return record - (this.firsts[this.fileOf[record] ?? 0] ?? 0);
  }

  line(record: number): number {
    return this.file(record).lineOf[this.at(record)] ?? 0;
  }

  chunk(record: number): Chunk {
    const file = this.file(record);
    return chunkAt(file, this.at(record));
  }

  index(record: number): number {
    return this.file(record).indexOf[this.at(record)] ?? 0;
  }

  set(scope: number, record: number): SetSlice {
    return this.chunk(record).setOf(scope, this.index(record));
  }
}
