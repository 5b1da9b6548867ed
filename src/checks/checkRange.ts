import { isUtf8 } from 'node:buffer';
import { t } from '@vscode/l10n';
import { LONGEST_LINE, isBlankLine, readLines } from '../dataset/lineReader';
import type { RawLine } from '../dataset/lineReader';
import { varietyOf } from '../portuguese/variety';
import { duplicateExact } from './duplicate';
import type { Finding } from './finding';
import { languageRules } from './language';
import { LENGTH_TOKENS, mayExceed } from './length';
import { CheckedLine, findingOf, severityOf } from './rule';
import type { RecordRules, Report, RuleContext, RuleSettings, TwinRule } from './rule';
import { duplicateId, schemaRules } from './schema';
import { varietyRules } from './variety';

const RECORD_RULES: readonly RecordRules[] = [schemaRules, varietyRules, languageRules];
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
  const { file, start, end, rules, context, maxTokens } = job;
  const findings: Finding[] = [];
  const lineOf: number[] = [];
  const offsets: number[] = [];
  const lengths: number[] = [];
  const hashes: number[][] = TWIN_RULES.map(() => []);
  const long: number[] = [];
  const varieties: number[] = [];
  const active = TWIN_RULES.map(({ rule, severity }) => severityOf(rule, severity, rules) !== undefined);
  const limit =
    severityOf(LENGTH_TOKENS.rule, LENGTH_TOKENS.severity, rules) === undefined ? null : maxTokens;
  let lines = 0;

  const checkOne = (raw: RawLine): void => {
    const place = { file, line: raw.number };
    lineOf.push(raw.number);
    offsets.push(raw.offset);
    lengths.push(raw.length);
    if (raw.bytes.length < raw.length) {
      findings.push(...overlong(raw, place, rules));
      hashes.forEach((column) => column.push(-1));
      varieties.push(UNDECIDED);
      return;
    }
    const line = checkedLine(raw.bytes);
    findings.push(...checkLine(line, place, rules, context));
    TWIN_RULES.forEach((twin, at) => {
      const key = active[at] === true ? twin.keyOf(line) : undefined;
      hashes[at]?.push(key === undefined ? -1 : hash53(key));
    });
    if (limit !== null && mayExceed(line, limit)) long.push(lineOf.length - 1);
    const { label, score } = varietyOf(line.turns.map(({ content }) => content));
    varieties.push(label === 'undecided' ? UNDECIDED : Math.round(score * 100));
  };

  // Short reads keep the event loop alive where this runs beside a user interface.
  for await (const batch of readLines(file, { start, end, chunk: 1024 * 1024, signal: options.signal })) {
    let bytes = 0;
    for (const raw of batch) {
      lines++;
      bytes += raw.length + 1;
      if (raw.bytes.length < raw.length || !isBlankLine(raw.bytes)) checkOne(raw);
    }
    options.onBytes?.(bytes);
  }
  return {
    lines,
    findings,
    lineOf: Uint32Array.from(lineOf),
    offsets: Float64Array.from(offsets),
    lengths: Float64Array.from(lengths),
    hashes: hashes.map((column) => Float64Array.from(column)),
    long: Uint32Array.from(long),
    varieties: Int8Array.from(varieties),
  };
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
