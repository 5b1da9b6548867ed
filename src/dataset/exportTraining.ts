import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { replaceFile } from './atomicWrite';
import type { ByteSink } from './atomicWrite';
import { fileError } from './fileErrors';
import { sameStamp, stampOf } from './fileStamp';
import { isBlankLine, readLines } from './lineReader';
import type { RawLine } from './lineReader';
import type { Status } from './record';
import { SplitGroups } from './splitGroups';
import type { Split } from './splitGroups';
import { readTrainingRecord } from './trainingRecord';
import type { TrainingMethod } from './trainingMethod';

export interface ExportedFile {
  /** Absolute. */
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ExportProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface ExportOptions {
  readonly file: string;
  /** What is learned of the records. Default: their conversations. */
  readonly method?: TrainingMethod | undefined;
  /** Only records of these states are written. */
  readonly statuses: readonly Status[];
  /** Share held out for evaluation, 0 to below 1. */
  readonly evaluation: number;
  readonly seed: number;
  /** Jaccard similarity from which two records are near-duplicates, which are never on different sides. Default: 0.8. */
  readonly nearDuplicate?: number | undefined;
  /** Made when it is missing. */
  readonly outDir: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportResult {
  readonly train: ExportedFile;
  /** Null when nothing is held out. */
  readonly eval: ExportedFile | null;
  /** Records left out, by their state; `none` has no state, `unreadable` is no JSON. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Lines that were left out although somebody may have meant them to train. */
  readonly problems: readonly ExportProblem[];
  /** Records held out although training sees a near-duplicate, or another record of the same source. */
  readonly leaks: Split['leaks'];
}

/** Places that an error names before it only counts. */
const NAMED = 10;

/**
 * Writes what a job trains on: `train.jsonl` and, with a share held out, `eval.jsonl`, lines of `id` and
 * `messages` only, or of `id`, `prompt`, `chosen` and `rejected`. Reads the file twice, and to hold some out holds about
 * 1 kB a record. Throws UserError: `broken-records` when a record of the wanted states cannot train (every one named as
 * file:line), `preference-records`, `no-preferences`, `nothing-to-train`, `changed-on-disk` when the file
 * changes meanwhile, and what reading and writing files throws.
 */
export async function exportTraining(options: ExportOptions): Promise<ExportResult> {
  const { file, outDir, evaluation } = options;
  try {
    const before = stampOf(await stat(file, { bigint: true }));
    const survey = await surveyFile(options);
    const { heldOut, leaks } = survey.groups.split(options.seed, evaluation);
    const isHeldOut = (record: number): boolean => heldOut[record] === 1;
    await mkdir(outDir, { recursive: true });
    const trainFile = path.resolve(outDir, 'train.jsonl');
    const evalFile = path.resolve(outDir, 'eval.jsonl');
    const total = heldOut.length;
    const held = heldOut.reduce((sum, each) => sum + each, 0);
    const train = await writeSide(trainFile, options, (record) => !isHeldOut(record));
    const evaluationFile = held === 0 ? null : await writeSide(evalFile, options, isHeldOut);
    // One of an earlier export would be taken for this one's.
    if (evaluationFile === null) await rm(evalFile, { force: true });
    const after = stampOf(await stat(file, { bigint: true }));
    if (!sameStamp(before, after) || train.records + held !== total) {
      throw new UserError('changed-on-disk', t('{0} changed while it was being read. Try again.', file), {
        place: { file },
        remedies: ['retry'],
      });
    }
    return { train, eval: evaluationFile, skipped: survey.skipped, problems: survey.problems, leaks };
  } catch (error) {
    throw fileError(error, file);
  }
}

/** The lines (from 1) of the records that `exportTraining` with the same options would hold out, in order. */
export async function heldOutLines(options: Omit<ExportOptions, 'outDir'>): Promise<number[]> {
  const { file, method = 'sft', statuses, seed, evaluation, signal } = options;
  try {
    const { groups } = await surveyFile(options);
    const { heldOut } = groups.split(seed, evaluation);
    const lines: number[] = [];
    let record = 0;
    for await (const line of linesOf(file, signal)) {
      const { kind } = readTrainingRecord(line, statuses, method);
      if (kind === 'selected' && heldOut[record++] === 1) lines.push(line.number);
    }
    return lines;
  } catch (error) {
    throw fileError(error, file);
  }
}

/** Which records are to be written, in order, and what is left out. */
async function surveyFile({
  file,
  method = 'sft',
  statuses,
  evaluation,
  nearDuplicate = 0.8,
  signal,
}: Omit<ExportOptions, 'outDir'>): Promise<{
  groups: SplitGroups;
  skipped: Record<string, number>;
  problems: ExportProblem[];
}> {
  const groups = new SplitGroups(nearDuplicate);
  let selected = 0;
  const skipped: Record<string, number> = {};
  const problems: ExportProblem[] = [];
  const broken: number[] = [];
  let other: number | undefined;
  let records = 0;
  for await (const line of linesOf(file, signal)) {
    records++;
    const read = readTrainingRecord(line, statuses, method);
    switch (read.kind) {
      case 'selected':
        selected++;
        // When nothing is held out, nothing is compared.
        groups.add(evaluation > 0 ? read.split : { id: read.split.id, topic: '', sources: [], texts: [] });
        break;
      case 'broken':
        broken.push(line.number);
        break;
      case 'other':
        other ??= line.number;
        break;
      case 'skipped':
        skipped[read.status] = (skipped[read.status] ?? 0) + 1;
        break;
      case 'unreadable':
        skipped.unreadable = (skipped.unreadable ?? 0) + 1;
        problems.push({ line: line.number, message: t('This line is not JSON and was left out.') });
        break;
    }
  }
  if (other !== undefined) throw otherRecords(file, other, method);
  if (broken.length > 0) throw brokenRecords(file, broken, method);
  if (selected === 0) {
    throw new UserError(
      'nothing-to-train',
      t(
        'None of the {0} records of {1} is to be trained: records of these states are wanted: {2}. Approve some first.',
        records,
        file,
        statuses.join(', '),
      ),
      { place: { file }, remedies: ['openFile'] },
    );
  }
  return { groups, skipped, problems };
}

async function* linesOf(file: string, signal: AbortSignal | undefined): AsyncGenerator<RawLine> {
  for await (const lines of readLines(file, { signal })) {
    for (const line of lines)
      if ((line.length > 0 && !isBlankLine(line.bytes)) || line.bytes.length < line.length) yield line;
  }
}

async function writeSide(
  target: string,
  { file, method = 'sft', statuses, signal }: ExportOptions,
  wanted: (record: number) => boolean,
): Promise<ExportedFile> {
  const hash = createHash('sha256');
  let records = 0;
  let bytes = 0;
  const fill = async (sink: ByteSink): Promise<void> => {
    let record = 0;
    for await (const line of linesOf(file, signal)) {
      const read = readTrainingRecord(line, statuses, method);
      if (read.kind !== 'selected' || !wanted(record++)) continue;
      const text = Buffer.from(`${JSON.stringify(read.record)}\n`, 'utf8');
      hash.update(text);
      records++;
      bytes += text.length;
      await sink.write(text);
    }
  };
  try {
    await replaceFile(target, fill, { signal });
  } catch (error) {
    throw fileError(error, target);
  }
  return { path: target, records, bytes, sha256: hash.digest('hex') };
}

/** Records of the other kind are not silently left out: the job or the dataset is not the one that was meant. */
function otherRecords(file: string, line: number, method: TrainingMethod): UserError {
  const remedies = { place: { file, line }, remedies: ['openFile'] } as const;
  if (method === 'sft') {
    return new UserError(
      'preference-records',
      t(
        '{0}:{1} holds a preference record (chosen, rejected), and this job trains on conversations. Set "method: dpo" to learn from preferences, name another dataset in "dataset", or export this one to messages, which keeps the preferred answers.',
        file,
        line,
      ),
      remedies,
    );
  }
  return new UserError(
    'no-preferences',
    t(
      '{0}:{1} holds no preference (chosen, rejected), and this job learns from preferences alone (method: dpo). Name a dataset of preferences in "dataset", take the approval of this record back, or set "method: sft".',
      file,
      line,
    ),
    remedies,
  );
}

function brokenRecords(file: string, lines: readonly number[], method: TrainingMethod): UserError {
  const places = lines.slice(0, NAMED).map((line) => `${file}:${line}`);
  const more = lines.length > NAMED ? [t('and {0} more', lines.length - NAMED)] : [];
  const line = lines[0] ?? 1;
  const all = [...places, ...more].join(', ');
  return new UserError(
    'broken-records',
    method === 'sft'
      ? t(
          '{0} records that are to be trained are broken. Correct them (the checks say what is wrong) or take their approval back: {1}',
          lines.length,
          all,
        )
      : t(
          '{0} records that are to be trained are no usable preferences: each needs a prompt and two different answers of one turn. Correct them or take their approval back: {1}',
          lines.length,
          all,
        ),
    { place: { file, line }, remedies: ['openFile'] },
  );
}
