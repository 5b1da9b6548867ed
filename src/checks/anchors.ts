import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { JsonPath } from '../dataset/jsonTree';
import { CancelledError } from '../protocol/errors';
import { TWIN_RULES, checkedLine, lineOfText } from './checkRange';
import type { Finding, Severity, TextRange, Twin } from './finding';
import { passagesOf } from './leakage';
import { hashLine } from './lineHash';
import { nearPath } from './near';
import type { AllRecords } from './records';
import { fieldOf, severityOf } from './rule';
import type { CheckedLine, RuleSettings, TwinPlace } from './rule';

/** A place inside a record, as a finding names it. */
export interface Spot extends TextRange {
  readonly field: string | null;
}

/** What findings that compare records need of one: all of it depends on the line's text alone. */
export class Anchor {
  readonly id: string | null;
  readonly ignored: readonly string[];
  /** For each twin rule a digest of the key: half of a large file may be the other half again. */
  readonly keys: readonly (string | undefined)[];
  private readonly spots = new Map<string, Spot>();
  readonly passages: readonly { readonly key: string; readonly text: string; readonly spot: Spot }[];

  constructor(line: CheckedLine) {
    this.id = line.id;
    this.ignored = line.ignored;
    this.keys = TWIN_RULES.map((rule) => {
      const key = rule.keyOf(line);
      return key === undefined ? undefined : createHash('sha256').update(key).digest('base64');
    });
    for (const rule of TWIN_RULES) this.spots.set(rule.rule, spotOf(line, rule.pathOf(line)));
    for (const scope of ['record', 'prompt'] as const)
      this.spots.set(scope, spotOf(line, nearPath(line, scope)));
    this.passages = passagesOf(line).map(({ key, at }) => ({
      key,
      text: line.sources.find((source) => source === textAt(line, at)) ?? key,
      spot: spotOf(line, ['meta', 'sources', at]),
    }));
  }

  spot(of: string): Spot {
    return this.spots.get(of) ?? { field: null, start: 0, end: 0 };
  }
}

function textAt(line: CheckedLine, at: number): unknown {
  const { meta } = line.value as { meta: { sources: unknown[] } };
  return meta.sources[at];
}

function spotOf(line: CheckedLine, path: JsonPath): Spot {
  return { field: fieldOf(path), ...line.rangeOf(path) };
}

/** Bytes that are read at once: records that are needed often stand beside each other. */
const WINDOW = 256 * 1024;

/** Reads back those records of which something has to be said, unless they are known from an earlier check. */
export class AnchorReader {
  private open: { readonly file: string; readonly handle: FileHandle } | undefined;
  private window: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(
    private readonly records: AllRecords,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Cheapest in the order of the file. */
  async read(record: number): Promise<Anchor> {
    const chunk = this.records.chunk(record);
    const index = this.records.index(record);
    const known = chunk.anchors.get(index);
    if (known !== undefined) return known;
    if (this.signal?.aborted === true) throw new CancelledError();
    const bytes = await this.bytesOf(record);
    // A file that changes meanwhile is checked again soon; what stands there now must not be kept as this record's.
    if (!isLine(bytes, chunk.result.lineHashes, 4 * index)) return new Anchor(lineOfText(''));
    const anchor = new Anchor(checkedLine(bytes));
    chunk.anchors.set(index, anchor);
    return anchor;
  }

  async close(): Promise<void> {
    await this.open?.handle.close();
    this.open = undefined;
  }

  private async bytesOf(record: number): Promise<Buffer> {
    const { file, offsets, lengths } = this.records.file(record);
    const at = this.records.at(record);
    const offset = offsets[at] ?? 0;
    const length = lengths[at] ?? 0;
    if (this.open?.file !== file) {
      await this.close();
      this.open = { file, handle: await open(file, 'r') };
      this.window = { start: 0, bytes: Buffer.alloc(0) };
    }
    let { start, bytes } = this.window;
    if (offset < start || offset + length > start + bytes.length) {
      const buffer = Buffer.allocUnsafe(Math.max(length, WINDOW));
      const { bytesRead } = await this.open.handle.read(buffer, 0, buffer.length, offset);
      start = offset;
      bytes = buffer.subarray(0, bytesRead);
      this.window = { start, bytes };
    }
    return bytes.subarray(offset - start, offset - start + length);
  }
}

function isLine(bytes: Buffer, hashes: Uint32Array, at: number): boolean {
  const hash = new Uint32Array(4);
  hashLine(bytes, hash, 0);
  return hash.every((part, place) => part === hashes[at + place]);
}

export function placeOf(records: AllRecords, record: number, anchor: Anchor): TwinPlace {
  return { file: records.file(record).file, line: records.line(record), id: anchor.id };
}

/** The finding on a record that has something in common with another, or undefined when settings or the record say no. */
export function twinFinding(
  rule: { readonly rule: string; readonly severity: Severity },
  here: { readonly place: TwinPlace; readonly anchor: Anchor; readonly spot: Spot },
  message: string,
  twin: Twin,
  settings: RuleSettings,
): Finding | undefined {
  const severity = severityOf(rule.rule, rule.severity, settings, here.anchor.ignored);
  if (severity === undefined) return undefined;
  const { file, line, id } = here.place;
  return { rule: rule.rule, severity, file, line, id, message, ...here.spot, twin };
}
