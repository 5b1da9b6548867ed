import { t } from '@vscode/l10n';
import { fileError } from '../dataset/fileErrors';
import { nodeAt, treeOf } from '../dataset/jsonTree';
import type { JsonPath } from '../dataset/jsonTree';
import { isBlankLine, readLines } from '../dataset/lineReader';
import { promptOf } from '../dataset/prompt';
import { isObject } from '../dataset/record';
import type { Turn } from '../dataset/record';
import { parseRecordText, summary } from '../dataset/recordText';
import type { Place } from '../protocol/errors';
import type { Sampling } from '../runtime/protocol';
import { checkAnswer } from './checkAnswer';
import type { Outcome } from './checkAnswer';
import type { Files, Runtime } from './evaluate';
import { readExpect } from './expect';
import type { Check } from './expect';
import { askJudge, judgeQuestion } from './judge';

/** A record that says what it expects of an answer. */
export interface ExpectingRecord {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly id: string;
  /** Beginning of the question. */
  readonly title: string;
  /** Ends in the user's turn. */
  readonly messages: readonly Turn[];
  readonly checks: readonly Check[];
  /** What is malformed, at its place; then the record cannot be evaluated. */
  readonly problems: readonly {
    readonly place: Place & { readonly field: string };
    readonly message: string;
  }[];
  /** Column (from 1) of the expectation at a path. */
  readonly columnOf: (path: JsonPath) => number;
}

const NEEDLE = Buffer.from('"expect"');

/** The records of a dataset that have `meta.expect`, in order. Throws what reading files throws. */
export async function* expectingRecords(file: string, signal?: AbortSignal): AsyncGenerator<ExpectingRecord> {
  try {
    for await (const batch of readLines(file, { signal })) {
      for (const { number, bytes } of batch) {
        // Most lines expect nothing and need not be parsed.
        if (isBlankLine(bytes) || !bytes.includes(NEEDLE)) continue;
        const record = expectingRecord(file, number, bytes.toString('utf8'));
        if (record !== undefined) yield record;
      }
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

/** Undefined when the line is no record, or one that expects nothing. */
export function expectingRecord(file: string, line: number, text: string): ExpectingRecord | undefined {
  const { raw, record, error } = parseRecordText(text);
  const meta = isObject(raw) && isObject(raw.meta) ? raw.meta : undefined;
  if (meta?.expect === undefined) return undefined;
  const columnOf = (path: JsonPath): number => (nodeAt(treeOf(text), path)?.offset ?? 0) + 1;
  const { checks, problems } = readExpect(meta.expect);
  const prompt = record === undefined ? undefined : promptOf(record);
  const found = [...problems];
  if (prompt === undefined) {
    found.push({
      path: [],
      message: error?.message ?? t('This record has no turn of the user that could be answered.'),
    });
  }
  const { id, title } = summary(text);
  return {
    file,
    line,
    id,
    title,
    messages: prompt?.messages ?? [],
    checks,
    problems: found.map(({ path, message }) => {
      const field = fieldOf(path);
      return { place: { file, line, column: columnOf(path), field }, message: withField(field, message) };
    }),
    columnOf,
  };
}

function fieldOf(path: JsonPath): string {
  return path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`),
    '',
  );
}

function withField(field: string, message: string): string {
  return field === '' ? message : `${field}: ${message}`;
}

export interface RecordOutcome {
  readonly record: ExpectingRecord;
  readonly answer: string;
  readonly outcomes: readonly Outcome[];
  readonly passed: boolean;
  readonly seconds: number;
}

export interface ExpectOptions {
  readonly runtime: Pick<Runtime, 'answer'>;
  readonly files: Files;
  readonly sampling: Sampling;
  readonly signal?: AbortSignal;
}

/** Asks the record's question and holds the answer against what it expects. Throws as the runtime does. */
export async function runExpectations(
  record: ExpectingRecord,
  options: ExpectOptions,
): Promise<RecordOutcome> {
  const { runtime, files, sampling, signal } = options;
  const { messages, checks } = record;
  const started = performance.now();
  const { text } = await runtime.answer({ ...files, messages, sampling }, { signal, priority: 'background' });
  const question = messages.at(-1)?.content ?? '';
  const outcomes = await checkAnswer(text, checks, (criterion, answer) =>
    askJudge(runtime, files, judgeQuestion(criterion, question, answer), signal),
  );
  return {
    record,
    answer: text,
    outcomes,
    passed: outcomes.every(({ passed }) => passed),
    seconds: (performance.now() - started) / 1000,
  };
}
