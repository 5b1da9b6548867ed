import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CancelledError } from '../protocol/errors';
import type { Turn } from '../dataset/record';
import type { VarietyLabel } from '../portuguese/variety';
import { TWIN_RULES, UNDECIDED, checkLine, checkRange, checkedLine, lineOfText } from './checkRange';
import type { RangeJob, RangeResult } from './checkRange';
import type { Finding, Severity } from './finding';
import { inspectFile } from './inputFile';
import type { InputFile } from './inputFile';
import { LENGTH_TOKENS, countTokens, mayExceed, notChecked, tooLong, turnsOf } from './length';
import type { TokenCounter } from './length';
import { CheckPool } from './pool';
import { CheckedLine, DEFAULT_CONTEXT, findingOf, severityOf } from './rule';
import type { Report, RuleContext } from './rule';
import { TwinFinder, twinsOf } from './twins';

export type { TokenCounter } from './length';

export interface CheckOptions {
  /** Severities by rule id or `family/*`, as `checks.rules` of afina.yaml has them. */
  readonly rules?: Readonly<Record<string, Severity | 'off'>>;
  /** Default: European Portuguese. */
  readonly context?: RuleContext | undefined;
  /** Longest record in tokens. Left out: lengths are not checked. */
  readonly maxTokens?: number;
  readonly counter?: TokenCounter | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckFilesOptions extends CheckOptions {
  readonly onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void;
  /** Workers at most; 0 does all the work here. Default: one less than there are processors, 8 at most. */
  readonly workers?: number;
  /** Path of the bundled worker. Default: checkWorker.js beside the running bundle. */
  readonly workerFile?: string;
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

/** One file and what was found in its stretches, with the line each of them begins at (from 0). */
interface Checked {
  readonly input: InputFile;
  readonly parts: readonly { readonly result: RangeResult; readonly before: number }[];
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
  const finder = new TwinFinder(options.rules ?? {});
  let records = 0;
  const variety = { 'pt-PT': 0, 'pt-BR': 0, undecided: 0 };
  for (const { input, parts } of checked) {
    findings.push(...documentFinding(input, options));
    for (const { result, before } of parts) {
      records += result.lineOf.length;
      for (const score of result.varieties)
        variety[score === UNDECIDED ? 'undecided' : score > 0 ? 'pt-PT' : 'pt-BR']++;
      for (const finding of result.findings) findings.push({ ...finding, line: finding.line + before });
      finder.add(input.file, result, before);
    }
    for (const finding of await lengthFindings(input.file, parts, options)) findings.push(finding);
  }
  for (const finding of await finder.find(options.signal)) findings.push(finding);
  const order = new Map(inputs.map(({ file }, at) => [file, at]));
  findings.sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.start - b.start,
  );
  return { files: inputs.map(({ file }) => file), records, variety, findings };
}

/** Checks records as they stand in an editor, by the same rules. Those that compare records compare these ones. */
export async function checkRows(
  file: string,
  rows: readonly CheckRow[],
  options: CheckOptions,
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
  for (const twin of TWIN_RULES) findings.push(...twinsOf(twin, lines, rules));
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
  const { signal, onProgress } = options;
  const total = inputs.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const onBytes = (read: number): void => {
    bytes = Math.min(total, bytes + read);
    onProgress?.({ bytes, total });
  };
  const pool = total < WORTH_WORKERS ? undefined : startPool(options);
  try {
    const run = (job: RangeJob): Promise<RangeResult> =>
      pool === undefined ? checkRange(job, { signal, onBytes }) : pool.run(job, { signal, onBytes });
    const checked: Checked[] = [];
    // Every stretch of every file may wait for a worker at once; without workers they take turns.
    const started: { input: InputFile; results: Promise<RangeResult>[] }[] = [];
    for (const input of inputs) {
      const results: Promise<RangeResult>[] = [];
      started.push({ input, results });
      for (const { start, end } of input.document === undefined ? await stretchesOf(input) : []) {
        if (signal?.aborted === true) throw new CancelledError();
        const result = run({
          file: input.file,
          start,
          end,
          rules: options.rules ?? {},
          context: options.context ?? DEFAULT_CONTEXT,
          maxTokens: options.maxTokens ?? null,
        });
        result.catch(() => undefined); // awaited below; until then nobody may call it unhandled
        results.push(result);
        if (pool === undefined) await result;
      }
    }
    for (const { input, results } of started) {
      let before = 0;
      const parts: { result: RangeResult; before: number }[] = [];
      for (const result of await Promise.all(results)) {
        parts.push({ result, before });
        before += result.lines;
      }
      checked.push({ input, parts });
    }
    return checked;
  } finally {
    await pool?.dispose();
  }
}

function startPool({ workers, workerFile, l10n }: CheckFilesOptions): CheckPool | undefined {
  const size = workers ?? Math.min(8, Math.max(1, availableParallelism() - 1));
  const file = workerFile ?? path.join(__dirname, 'checkWorker.js');
  return size > 0 && existsSync(file) ? new CheckPool({ workerFile: file, size, l10n }) : undefined;
}

/** Cuts a file behind line ends, into stretches of about the same size. */
async function stretchesOf({ file, size }: InputFile): Promise<{ start: number; end: number }[]> {
  const cuts = [0];
  if (size > STRETCH) {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.allocUnsafe(64 * 1024);
      for (let at = STRETCH; at < size; at = Math.max(at, cuts[cuts.length - 1] ?? 0) + STRETCH) {
        for (let position = at; position < size;) {
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
          if (bytesRead === 0) break;
          const found = buffer.subarray(0, bytesRead).indexOf(10);
          position += found === -1 ? bytesRead : found + 1;
          if (found === -1) continue;
          if (position < size) cuts.push(position);
          break;
        }
      }
    } finally {
      await handle.close();
    }
  }
  return [...new Set(cuts)].map((start, at, all) => ({ start, end: all[at + 1] ?? size }));
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
  file: string,
  parts: Checked['parts'],
  { rules = {}, maxTokens, counter, signal }: CheckOptions,
): Promise<Finding[]> {
  const long = parts.flatMap(({ result, before }) =>
    [...result.long].map((record) => ({
      line: (result.lineOf[record] ?? 0) + before,
      offset: result.offsets[record] ?? 0,
      length: result.lengths[record] ?? 0,
    })),
  );
  const findings: Finding[] = [];
  if (long.length === 0 || maxTokens === undefined) return findings;
  const handle = await open(file, 'r');
  try {
    const read = async (place: (typeof long)[number]): Promise<CheckedLine> => {
      const bytes = Buffer.alloc(place.length);
      await handle.read(bytes, 0, place.length, place.offset);
      return checkedLine(bytes);
    };
    const add = (report: Report, line: CheckedLine, number: number): void => {
      const finding = findingOf(report, line, { file, line: number }, rules);
      if (finding !== undefined) findings.push(finding);
    };
    for (let from = 0; from < long.length; from += COUNTED) {
      if (signal?.aborted === true) throw new CancelledError();
      const batch: { line: CheckedLine; number: number; turns: Turn[] }[] = [];
      for (const place of long.slice(from, from + COUNTED)) {
        const line = await read(place);
        const turns = turnsOf(line);
        if (turns !== undefined) batch.push({ line, number: place.line, turns });
      }
      const first = batch[0];
      if (first === undefined) continue;
      const counted =
        counter === undefined
          ? undefined
          : await countTokens(
              counter,
              batch.map(({ turns }) => turns),
              signal,
            );
      if (counted === undefined || 'reason' in counted) {
        add(notChecked(counted?.reason), first.line, first.number);
        return findings;
      }
      for (const [at, { line, number }] of batch.entries()) {
        const tokens = counted.counts[at] ?? 0;
        if (tokens > maxTokens) add(tooLong(line, tokens, maxTokens), line, number);
      }
    }
    return findings;
  } finally {
    await handle.close();
  }
}
