import path from 'node:path';
import { t } from '@vscode/l10n';
import { writeFileAtomic } from '../dataset/atomicWrite';
import { fileError } from '../dataset/fileErrors';
import { expectingRecords, runExpectations } from '../evaluation/expectations';
import type { ExpectingRecord, RecordOutcome } from '../evaluation/expectations';
import { junitOf } from '../evaluation/junit';
import type { JUnitCase } from '../evaluation/junit';
import { findProject, loadProject } from '../project/project';
import { UserError, isCancelled } from '../protocol/errors';
import { EXIT, interrupted, runtime } from './context';
import type { Output } from './context';
import { modelFile } from './records';

export interface EvalOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly junit?: string;
  readonly seed: number;
  readonly temperature: number;
  readonly maxTokens: number;
}

interface Ran {
  readonly record: ExpectingRecord;
  readonly outcome?: RecordOutcome;
  /** Why the record was not answered. */
  readonly error?: string;
}

/** Ends with `found` when an answer is not what its record expects, with `unusable` when one could not be had. */
export async function evalFile(file: string, options: EvalOptions, output: Output): Promise<number> {
  const records = await expectationsOf(file, output);
  const folder = await findProject(path.dirname(path.resolve(file)));
  const project = folder === undefined ? undefined : await loadProject(folder);
  const gguf = await modelFile(project, options.model, output);
  const { adapter, seed, temperature, maxTokens } = options;
  const files = {
    model: { gguf },
    adapter: adapter === undefined ? null : { gguf: path.resolve(adapter), scale: 1 },
  };
  const sampling = { seed, temperature, topP: 0.95, topK: 40, maxTokens };
  const client = runtime();
  const all: Ran[] = [];
  for (const record of records) {
    output.progress(t('{0} of {1}: {2}', all.length + 1, records.length, nameOf(record)));
    const ran = await runExpectations(record, { runtime: client, files, sampling, signal: interrupted }).then(
      (outcome): Ran => ({ record, outcome }),
      (error: unknown): Ran => {
        if (isCancelled(error) || !(error instanceof UserError)) throw error;
        return { record, error: error.message };
      },
    );
    all.push(ran);
    tell(ran, output);
  }
  const failed = all.filter(({ outcome }) => outcome?.passed === false).length;
  const errors = all.filter(({ error }) => error !== undefined).length;
  output.line(t('{0} records, {1} not as expected, {2} without an answer', all.length, failed, errors));
  if (options.junit !== undefined) await writeJunit(options.junit, file, all);
  output.document({
    file,
    model: gguf,
    adapter: adapter ?? null,
    sampling,
    records: all.length,
    failed,
    errors,
    results: all.map(resultOf),
  });
  return errors > 0 ? EXIT.unusable : failed > 0 ? EXIT.found : EXIT.ok;
}

/** All that a dataset expects; malformed expectations are told, each with its place, before anything is asked. */
async function expectationsOf(file: string, output: Output): Promise<ExpectingRecord[]> {
  const records: ExpectingRecord[] = [];
  for await (const record of expectingRecords(file, interrupted)) records.push(record);
  const problems = records.flatMap((record) => record.problems);
  const [first, ...others] = problems;
  if (first !== undefined) {
    for (const { place, message } of others) {
      process.stderr.write(`afina: ${place.file}:${place.line ?? 1}:${place.column ?? 1}: ${message}\n`);
    }
    throw new UserError('eval/expect', first.message, { place: first.place, remedies: ['openFile'] });
  }
  if (records.length === 0) {
    throw new UserError(
      'eval/nothing',
      t(
        'No record of {0} has expectations. Add some to "meta", such as {1}.',
        file,
        '"expect": {"contains": "frete"}',
      ),
      { place: { file } },
    );
  }
  if (records.some(({ checks }) => checks.some(({ kind }) => kind === 'judge'))) {
    output.progress(
      t('“judge” asks the base model itself, which is a weak judge: read its verdicts as hints.'),
    );
  }
  return records;
}

function nameOf({ id, line }: ExpectingRecord): string {
  return id === '' ? t('line {0}', line) : id;
}

function tell({ record, outcome, error }: Ran, output: Output): void {
  const { file, line } = record;
  if (error !== undefined) output.line(`${file}:${line}:1: ${t('error')}: ${error}`);
  for (const { passed, reason, check } of outcome?.outcomes ?? []) {
    if (!passed) output.line(`${file}:${line}:${record.columnOf(check.path)}: ${reason}`);
  }
  if (outcome?.passed === false) {
    output.line(t('   the answer: {0}', outcome.answer.replace(/\s+/g, ' ').trim()));
  }
}

function resultOf({ record, outcome, error }: Ran): unknown {
  const { file, line, id } = record;
  return {
    file,
    line,
    id: id === '' ? null : id,
    passed: outcome?.passed ?? false,
    ...(error === undefined ? {} : { error }),
    answer: outcome?.answer ?? null,
    seconds: outcome?.seconds ?? null,
    checks: (outcome?.outcomes ?? []).map(({ check, passed, reason }) => ({
      kind: check.kind,
      wanted: check.wanted,
      passed,
      ...(passed ? {} : { reason, column: record.columnOf(check.path) }),
    })),
  };
}

async function writeJunit(target: string, file: string, all: readonly Ran[]): Promise<void> {
  const cases = all.map(({ record, outcome, error }): JUnitCase => ({
    name: nameOf(record),
    file,
    line: record.line,
    seconds: outcome?.seconds ?? 0,
    failures: (outcome?.outcomes ?? []).filter(({ passed }) => !passed).map(({ reason }) => reason),
    ...(error === undefined ? {} : { error }),
    output: outcome?.answer ?? '',
  }));
  try {
    await writeFileAtomic(target, junitOf(file, cases));
  } catch (error) {
    throw fileError(error, target);
  }
}
