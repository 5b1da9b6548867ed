import { isUtf8 } from 'node:buffer';
import { t } from '@vscode/l10n';
import { LONGEST_LINE, isBlankLine, readLines } from '../dataset/lineReader';
import type { RawLine } from '../dataset/lineReader';
import type { NearColumn } from '../dataset/nearIndex';
import { varietyOf } from '../portuguese/variety';
import { citationRules } from './citation';
import { duplicateExact } from './duplicate';
import type { Finding } from './finding';
import { Growing } from './growing';
import { languageRules } from './language';
import { LEAKAGE_SPLIT, passagesOf, sideOf } from './leakage';
import { LENGTH_TOKENS, mayExceed } from './length';
import { hashLine } from './lineHash';
import { DUPLICATE_NEAR, NEAR_SCOPES, NearColumnBuilder } from './near';
import type { NearScope } from './near';
import { piiRules } from './pii';
import { qualityRules } from './quality';
import { CheckedLine, NEAR_DUPLICATE, findingOf, severityOf } from './rule';
import type { RecordRules, Report, RuleContext, RuleSettings, TwinRule } from './rule';
import { duplicateId, schemaRules } from './schema';
import { varietyRules } from './variety';

const RECORD_RULES: readonly RecordRules[] = [
  schemaRules,
  qualityRules,
  languageRules,
  varietyRules,
  citationRules,
  piiRules,
];
export const TWIN_RULES: readonly TwinRule[] = [duplicateId, duplicateExact];

/** A stretch of a file from the start of a line to the end of one, in bytes. */
export interface RangeJob {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly rules: RuleSettings;
  readonly context: RuleContext;
  /** Null: lengths are not checked. */
  readonly maxTokens: number | null;
}

/** What is found in a stretch. Lines count from 1 at its start. The arrays have an entry a record. */
export interface RangeResult {
  readonly lines: number;
  readonly findings: readonly Finding[];
  readonly lineOf: Uint32Array;
  /** Offsets in the file and lengths in bytes, of the line without its end. */
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  /** For each twin rule the hash of the record's key, or -1 when it has none. */
  readonly hashes: readonly Float64Array[];
  /** Records whose tokens have to be counted. */
  readonly long: Uint32Array;
  /** Four numbers a record: the hash of its line's bytes. */
  readonly lineHashes: Uint32Array;
  /** What records are compared by, for each of `nearScopes`. */
  readonly near: readonly NearColumn[];
  /** Hashes of the source passages of all records, one behind the other, and where those of each record end. */
  readonly passages: Float64Array;
  readonly passageEnds: Uint32Array;
  /** Of SIDES. */
  readonly sides: Uint8Array;
  /** How surely the record is pt-PT (100) or pt-BR (-100), in hundredths; UNDECIDED where it is neither. */
  readonly varieties: Int8Array;
}

/** Not a hundredth of any score. */
export const UNDECIDED = 127;

/** Line bytes as the rules see them. */
export function checkedLine(bytes: Buffer): CheckedLine {
  const valid = isUtf8(bytes);
  return lineOfText(bytes.toString('utf8'), valid ? undefined : firstInvalid(bytes));
}

export function lineOfText(text: string, invalidAt?: number): CheckedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // no JSON text has this value
  }
  return new CheckedLine(text, value, invalidAt);
}

/** Whether a rule looks at one record and nothing else. */
export function isRecordRule(rule: string): boolean {
  return RECORD_RULES.some(({ rules }) => Object.hasOwn(rules, rule));
}

/** What the rules that look at one record have to say of it. */
export function checkLine(
  line: CheckedLine,
  place: { readonly file: string; readonly line: number },
  rules: RuleSettings,
  context: RuleContext,
): Finding[] {
  const findings: Finding[] = [];
  for (const family of RECORD_RULES) {
    family.check(
      line,
      (report) => {
        const full: Report = { ...report, severity: report.severity ?? family.rules[report.rule] ?? 'error' };
        const finding = findingOf(full, line, place, rules);
        if (finding !== undefined) findings.push(finding);
      },
      context,
    );
  }
  return findings;
}

/** Checks a stretch. `onBytes` gets the bytes read since it was called last. */
export async function checkRange(
  job: RangeJob,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: ((bytes: number) => void) | undefined;
  } = {},
): Promise<RangeResult> {
  const { file, start, end } = job;
  const collector = new RangeCollector(job);
  let lines = 0;
  // Short reads keep the event loop alive where this runs beside a user interface.
  for await (const batch of readLines(file, { start, end, chunk: 1024 * 1024, signal: options.signal })) {
    let bytes = 0;
    for (const raw of batch) {
      lines++;
      bytes += raw.length + 1;
      if (isRecordLine(raw)) collector.add(raw);
    }
    options.onBytes?.(bytes);
  }
  return collector.result(lines);
}

/** Whether a line is to be checked: blank ones are none, and one that is too long to be read is not blank. */
export function isRecordLine(raw: RawLine): boolean {
  return raw.bytes.length < raw.length || !isBlankLine(raw.bytes);
}

/** Checks lines one by one and keeps what is found in them. */
export class RangeCollector {
  private readonly findings: Finding[] = [];
  private readonly lineOf: number[] = [];
  private readonly offsets: number[] = [];
  private readonly lengths: number[] = [];
  private readonly lineHashes = new Growing();
  private readonly hashes: number[][] = TWIN_RULES.map(() => []);
  private readonly long: number[] = [];
  private readonly near: readonly NearColumnBuilder[];
  private readonly passages: number[] = [];
  private readonly passageEnds: number[] = [];
  private readonly sides: number[] = [];
  private readonly varieties: number[] = [];
  private readonly active: readonly boolean[];
  private readonly limit: number | null;

  constructor(private readonly job: RangeJob) {
    const { rules, context, maxTokens } = job;
    // Whether two records are exact duplicates is also asked where only their likeness matters.
    this.active = TWIN_RULES.map(
      (twin) => twin === duplicateExact || severityOf(twin.rule, twin.severity, rules) !== undefined,
    );
    this.limit =
      severityOf(LENGTH_TOKENS.rule, LENGTH_TOKENS.severity, rules) === undefined ? null : maxTokens;
    this.near = nearScopes(rules).map(
      (scope) => new NearColumnBuilder(scope, context.nearDuplicate ?? NEAR_DUPLICATE),
    );
  }

  add(raw: RawLine): void {
    const { file, rules, context } = this.job;
    const place = { file, line: raw.number };
    this.lineOf.push(raw.number);
    this.offsets.push(raw.offset);
    this.lengths.push(raw.length);
    const { target, at } = this.lineHashes.room(4);
    hashLine(raw.bytes, target, at);
    if (raw.bytes.length < raw.length) {
      this.findings.push(...overlong(raw, place, rules));
      this.hashes.forEach((column) => column.push(-1));
      for (const column of this.near) column.add(undefined);
      this.passageEnds.push(this.passages.length);
      this.sides.push(0);
      this.varieties.push(UNDECIDED);
      return;
    }
    const line = checkedLine(raw.bytes);
    this.findings.push(...checkLine(line, place, rules, context));
    TWIN_RULES.forEach((twin, rule) => {
      const key = this.active[rule] === true ? twin.keyOf(line) : undefined;
      this.hashes[rule]?.push(key === undefined ? -1 : hash53(key));
    });
    for (const column of this.near) column.add(line);
    for (const { key } of passagesOf(line)) this.passages.push(hash53(key));
    this.passageEnds.push(this.passages.length);
    this.sides.push(sideOf(line));
    const { label, score } = varietyOf(line.turns.map(({ content }) => content));
    this.varieties.push(label === 'undecided' ? UNDECIDED : Math.round(score * 100));
    if (this.limit !== null && mayExceed(line, this.limit)) this.long.push(this.lineOf.length - 1);
  }

  /** `lines`: all of the stretch, blank ones included. */
  result(lines: number): RangeResult {
    return {
      lines,
      findings: this.findings,
      lineOf: Uint32Array.from(this.lineOf),
      offsets: Float64Array.from(this.offsets),
      lengths: Float64Array.from(this.lengths),
      lineHashes: this.lineHashes.toArray(),
      hashes: this.hashes.map((column) => Float64Array.from(column)),
      long: Uint32Array.from(this.long),
      near: this.near.map((column) => column.column()),
      passages: Float64Array.from(this.passages),
      passageEnds: Uint32Array.from(this.passageEnds),
      sides: Uint8Array.from(this.sides),
      varieties: Int8Array.from(this.varieties),
    };
  }
}

/** What records have to be compared by under these settings: whole records first, then prompts. */
export function nearScopes(rules: RuleSettings): readonly NearScope[] {
  if (severityOf(DUPLICATE_NEAR, 'warning', rules) !== undefined) return NEAR_SCOPES;
  return severityOf(LEAKAGE_SPLIT.rule, LEAKAGE_SPLIT.severity, rules) === undefined ? [] : ['record'];
}

function overlong(
  raw: RawLine,
  place: { readonly file: string; readonly line: number },
  rules: RuleSettings,
): Finding[] {
  const megabytes = Math.round(raw.length / 1e6);
  const report: Report = {
    rule: 'schema/json',
    severity: 'error',
    path: null,
    message: t(
      'This line has {0} MB, more than the {1} MB that can be checked. Are line ends missing?',
      megabytes,
      Math.round(LONGEST_LINE / 1e6),
    ),
  };
  const finding = findingOf(report, new CheckedLine('', undefined), place, rules);
  return finding === undefined ? [] : [finding];
}

/** Offset, in the decoded text, of the first byte that is not UTF-8. */
function firstInvalid(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (length !== 1 && (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length)))) break;
    at += length;
  }
  return bytes.toString('utf8', 0, at).length;
}

/** Bytes of the character that a byte begins. A byte that begins none gets 2, which is never valid from there. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

/**
 * A hash of 53 bits (cyrb53, public domain): collisions do no harm, since equal hashes only mean that two keys are
 * compared.
 */
export function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
