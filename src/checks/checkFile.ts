import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CancelledError } from '../protocol/errors';
import { lineCuts } from '../dataset/lineCuts';
import type { Turn } from '../dataset/record';
import type { FileStamp } from '../dataset/fileStamp';
import { settingsKey, stampIn } from './checkCache';
import type { CheckCache } from './checkCache';
import type { VarietyLabel } from '../portuguese/variety';
import { UNDECIDED, checkLine, checkRange, checkedLine, lineOfText } from './checkRange';
import type { RangeJob, RangeResult } from './checkRange';
import type { Finding, Severity } from './finding';
import { inspectFile } from './inputFile';
import type { InputFile } from './inputFile';
import { LENGTH_TOKENS, countTokens, mayExceed, notChecked, tooLong, turnsOf } from './length';
import type { TokenCounter } from './length';
import { CheckPool } from './pool';
import { CheckedLine, DEFAULT_CONTEXT, findingOf, severityOf } from './rule';
import type { Report, RuleContext } from './rule';
import { crossFindings } from './crossRecords';
import { namedEvaluation } from './leakage';
import { chunkAt, recordsOf } from './records';
import type { FileRecords } from './records';
import { rowFindings } from './rows';

export { isRecordRule } from './checkRange';
export type { TokenCounter } from './length';

export interface CheckOptions {
  /** Severities by rule id or `family/*`, as `checks.rules` of afina.yaml has them. */
  readonly rules?: Readonly<Record<string, Severity | 'off'>>;
  /** Default: European Portuguese. */
  readonly context?: RuleContext | undefined;
  /** Longest record in tokens. Left out: lengths are not checked. */
  readonly maxTokens?: number;
  readonly counter?: TokenCounter | undefined;
  /** What the counts depend on (the model): counts of an earlier check with the same one are taken from the cache. */
  readonly counterKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckFilesOptions extends CheckOptions {
  readonly onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void;
  /** Workers at most; 0 does all the work here. Default: one less than there are processors, 2 to 8: what waits for them has little to do. */
  readonly workers?: number;
  /** Path of the bundled worker. Default: checkWorker.js beside the running bundle. */
  readonly workerFile?: string;
  /** What an earlier check of the same files found: then only lines that are new since are checked. */
  readonly cache?: CheckCache | undefined;
  /** Whether a file's records are held out for evaluation, where they do not say it themselves. Default: by its name. */
  readonly isEvaluation?: ((file: string) => boolean) | undefined;
  /** Strings of the interface's language, as @vscode/l10n's `config` takes them: a worker has none of its own. */
  readonly l10n?: Readonly<Record<string, string>> | undefined;
}

/** The document of `afina check --json`. */
export interface CheckResult {
  readonly files: string[];
  readonly records: number;
  /** Records by the variety that they are written in, whatever the project's is. */
  readonly variety: VarietyCounts;
  /** By file (in the order given), line, start. */
  readonly findings: Finding[];
}

export type VarietyCounts = Readonly<Record<VarietyLabel, number>>;

/** A record that is not in a file yet. `line` is what its findings say. */
export interface CheckRow {
  readonly line: number;
  readonly text: string;
}

/** Bytes from which a file is worth starting workers (about 50 ms each), and of the stretches they get. */
const WORTH_WORKERS = 4 * 1024 * 1024;
const STRETCH = 16 * 1024 * 1024;
/** Conversations that are counted at a time. */
const COUNTED = 64;

interface Checked {
  readonly input: InputFile;
  readonly records: FileRecords;
}

/**
 * Checks files. Throws UserError `unusable-input` (missing, a folder, no text) before anything is checked, and
 * CancelledError.
 */
export async function checkFiles(files: readonly string[], options: CheckFilesOptions): Promise<CheckResult> {
  const inputs: InputFile[] = [];
  for (const file of new Set(files)) inputs.push(await inspectFile(file));
  const checked = await checkStretches(inputs, options);
  const findings: Finding[] = [];
  let count = 0;
  const variety = { 'pt-PT': 0, 'pt-BR': 0, undecided: 0 };
  for (const { input, records } of checked) {
    findings.push(...documentFinding(input, options));
    count += records.count;
    for (let record = 0; record < records.count; record++) variety[varietyAt(records, record)]++;
    for (const finding of ownFindings(records)) findings.push(finding);
    for (const finding of await lengthFindings(records, options)) findings.push(finding);
  }
  const crossing = await crossFindings(
    checked.map(({ records }) => records),
    {
      rules: options.rules ?? {},
      context: options.context ?? DEFAULT_CONTEXT,
      isEvaluation: options.isEvaluation ?? namedEvaluation,
      signal: options.signal,
    },
  );
  for (const finding of crossing) findings.push(finding);
  const order = new Map(inputs.map(({ file }, at) => [file, at]));
  findings.sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.start - b.start,
  );
  return { files: inputs.map(({ file }) => file), records: count, variety, findings };
}

function varietyAt(records: FileRecords, record: number): VarietyLabel {
  const score = chunkAt(records, record).result.varieties[records.indexOf[record] ?? 0] ?? UNDECIDED;
  return score === UNDECIDED ? 'undecided' : score > 0 ? 'pt-PT' : 'pt-BR';
}

/** What was found in each record by itself. */
function* ownFindings(records: FileRecords): Generator<Finding> {
  for (let record = 0; record < records.count; record++) {
    const line = records.lineOf[record] ?? 0;
    for (const finding of chunkAt(records, record).findingsOf(records.indexOf[record] ?? 0))
      yield finding.line === line ? finding : { ...finding, line };
  }
}

/**
 * Checks records as they stand in an editor, by the same rules. Those that compare records compare these ones, and the
 * others of the file as the cache knows them.
 */
export async function checkRows(
  file: string,
  rows: readonly CheckRow[],
  options: CheckOptions & { readonly cache?: CheckCache | undefined },
): Promise<Finding[]> {
  const { rules = {}, context = DEFAULT_CONTEXT, maxTokens, counter, signal } = options;
  const findings: Finding[] = [];
  const lines = rows.map(({ line, text }) => ({ line: lineOfText(text), place: { file, line } }));
  const long: { line: CheckedLine; place: { file: string; line: number }; turns: Turn[] }[] = [];
  for (const { line, place } of lines) {
    findings.push(...checkLine(line, place, rules, context));
    const turns = turnsOf(line);
    if (turns !== undefined && maxTokens !== undefined && mayExceed(line, maxTokens))
      long.push({ line, place, turns });
  }
  findings.push(...(await rowFindings(file, lines, { rules, context, cache: options.cache, signal })));
  const wanted = severityOf(LENGTH_TOKENS.rule, LENGTH_TOKENS.severity, rules) !== undefined;
  if (wanted && counter !== undefined && maxTokens !== undefined && long.length > 0) {
    const counted = await countTokens(
      counter,
      long.map(({ turns }) => turns),
      signal,
    );
    const counts = 'counts' in counted ? counted.counts : [];
    for (const [at, { line, place }] of long.entries()) {
      const tokens = counts[at] ?? 0;
      const finding =
        tokens > maxTokens ? findingOf(tooLong(line, tokens, maxTokens), line, place, rules) : undefined;
      if (finding !== undefined) findings.push(finding);
    }
  }
  return findings.sort((a, b) => a.line - b.line || a.start - b.start);
}

async function checkStretches(inputs: readonly InputFile[], options: CheckFilesOptions): Promise<Checked[]> {
  const { signal, onProgress, cache } = options;
  const total = inputs.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const onBytes = (read: number): void => {
    bytes = Math.min(total, bytes + read);
    onProgress?.({ bytes, total });
  };
  const known = new Map<InputFile, FileRecords>();
  for (const input of inputs) {
    const before = bytes;
    const records =
      input.document === undefined
        ? await cache?.recall(jobOf(input, options), { signal, onBytes })
        : undefined;
    if (records === undefined) bytes = before;
    else known.set(input, records);
  }
  const rest = inputs.filter((input) => !known.has(input));
  const work = rest.reduce((sum, { size }) => sum + size, 0);
  const pool = work < WORTH_WORKERS ? undefined : startPool(options);
  try {
    const run = (job: RangeJob): Promise<RangeResult> =>
      pool === undefined ? checkRange(job, { signal, onBytes }) : pool.run(job, { signal, onBytes });
    // Every stretch of every file may wait for a worker at once; without workers they take turns.
    const started: { input: InputFile; stamp: FileStamp | undefined; results: Promise<RangeResult>[] }[] = [];
    const readAt = Date.now();
    for (const input of rest) {
      const results: Promise<RangeResult>[] = [];
      started.push({ input, stamp: cache === undefined ? undefined : await stampIn(input.file), results });
      for (const stretch of input.document === undefined ? await stretchesOf(input) : []) {
        if (signal?.aborted === true) throw new CancelledError();
        const result = run({ ...jobOf(input, options), ...stretch });
        result.catch(() => undefined); // awaited below; until then nobody may call it unhandled
        results.push(result);
        if (pool === undefined) await result;
      }
    }
    for (const { input, stamp, results } of started) {
      const records = recordsOf(input.file, await Promise.all(results));
      known.set(input, records);
      if (stamp !== undefined) await cache?.keep(records, settingsKey(jobOf(input, options)), stamp, readAt);
    }
    return inputs.map((input) => ({ input, records: known.get(input) ?? recordsOf(input.file, []) }));
  } finally {
    await pool?.dispose();
  }
}

function jobOf({ file, size }: InputFile, { rules = {}, context, maxTokens }: CheckOptions): RangeJob {
  return {
    file,
    start: 0,
    end: size,
    rules,
    context: context ?? DEFAULT_CONTEXT,
    maxTokens: maxTokens ?? null,
  };
}

function startPool({ workers, workerFile, l10n }: CheckFilesOptions): CheckPool | undefined {
  const size = workers ?? Math.min(8, Math.max(2, availableParallelism() - 1));
  const file = workerFile ?? path.join(__dirname, 'checkWorker.js');
  return size > 0 && existsSync(file) ? new CheckPool({ workerFile: file, size, l10n }) : undefined;
}

async function stretchesOf({ file, size }: InputFile): Promise<{ start: number; end: number }[]> {
  if (size <= STRETCH) return [{ start: 0, end: size }];
  const handle = await open(file, 'r');
  try {
    const cuts = await lineCuts(handle, size, STRETCH);
    return cuts.map((start, at) => ({ start, end: cuts[at + 1] ?? size }));
  } finally {
    await handle.close();
  }
}

function documentFinding({ file, document }: InputFile, { rules = {} }: CheckOptions): Finding[] {
  if (document === undefined) return [];
  const report: Report = { rule: 'schema/json', severity: 'error', path: null, message: document.message };
  const finding = findingOf(
    report,
    new CheckedLine(document.text, undefined),
    { file, line: document.line },
    rules,
  );
  return finding === undefined ? [] : [finding];
}

async function lengthFindings(
  records: FileRecords,
  { rules = {}, maxTokens, counter, counterKey = randomUUID(), signal }: CheckOptions,
): Promise<Finding[]> {
  const { file, count, lineOf, offsets, lengths, indexOf } = records;
  const findings: Finding[] = [];
  if (maxTokens === undefined) return findings;
  const long: number[] = [];
  for (let record = 0; record < count; record++)
    if (chunkAt(records, record).long.has(indexOf[record] ?? 0)) long.push(record);
  const tokensOf = (record: number): Map<number, number> => chunkAt(records, record).tokensBy(counterKey);
  const toRead = long.filter((record) => {
    const tokens = counter === undefined ? undefined : tokensOf(record).get(indexOf[record] ?? 0);
    return tokens === undefined || tokens > maxTokens;
  });
  if (toRead.length === 0) return findings;
  const handle = await open(file, 'r');
  try {
    const read = async (record: number): Promise<CheckedLine> => {
      const bytes = Buffer.alloc(lengths[record] ?? 0);
      await handle.read(bytes, 0, bytes.length, offsets[record] ?? 0);
      return checkedLine(bytes);
    };
    const add = (report: Report, line: CheckedLine, record: number): void => {
      const finding = findingOf(report, line, { file, line: lineOf[record] ?? 0 }, rules);
      if (finding !== undefined) findings.push(finding);
    };
    for (let from = 0; from < toRead.length; from += COUNTED) {
      if (signal?.aborted === true) throw new CancelledError();
      const batch: { line: CheckedLine; record: number; turns: Turn[] }[] = [];
      for (const record of toRead.slice(from, from + COUNTED)) {
        const line = await read(record);
        const turns = turnsOf(line);
        if (turns !== undefined) batch.push({ line, record, turns });
      }
      const first = batch[0];
      if (first === undefined) continue;
      const uncounted = batch.filter(({ record }) => !tokensOf(record).has(indexOf[record] ?? 0));
      const counted =
        counter === undefined
          ? undefined
          : await countTokens(
              counter,
              uncounted.map(({ turns }) => turns),
              signal,
            );
      if (counted === undefined || 'reason' in counted) {
        add(notChecked(counted?.reason), first.line, first.record);
        return findings;
      }
      for (const [at, { record }] of uncounted.entries())
        tokensOf(record).set(indexOf[record] ?? 0, counted.counts[at] ?? 0);
      for (const { line, record } of batch) {
        const tokens = tokensOf(record).get(indexOf[record] ?? 0) ?? 0;
        if (tokens > maxTokens) add(tooLong(line, tokens, maxTokens), line, record);
      }
    }
    return findings;
  } finally {
    await handle.close();
  }
}
