import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { expectingRecords, runExpectations } from '../../evaluation/expectations';
import type { ExpectingRecord, RecordOutcome } from '../../evaluation/expectations';
import type { Files } from '../../evaluation/evaluate';
import type { Project } from '../../project/project';
import { isCancelled, messageOf } from '../../protocol/errors';
import type { NamedAnswerer } from '../preview/previewService';
import type { EvalTestsOptions } from './evalTests';

export interface TestRunOptions extends Pick<EvalTestsOptions, 'projects' | 'preview' | 'runtime'> {
  readonly controller: vscode.TestController;
  readonly request: vscode.TestRunRequest;
  readonly token: vscode.CancellationToken;
  readonly project: Project;
  readonly who: NamedAnswerer;
}

/** By its id, which stays when lines are added above it; by its line where that is not unique. */
function keysOf(records: readonly ExpectingRecord[]): Map<string, ExpectingRecord> {
  const keys = new Map<string, ExpectingRecord>();
  for (const record of records) {
    const key = record.id === '' || keys.has(record.id) ? `#${record.line}` : record.id;
    keys.set(key, record);
  }
  return keys;
}

async function recordsOf(file: string): Promise<Map<string, ExpectingRecord>> {
  const records: ExpectingRecord[] = [];
  for await (const record of expectingRecords(file)) records.push(record);
  return keysOf(records);
}

/** One item for each record of a dataset that expects something. */
export async function readItems(controller: vscode.TestController, file: string): Promise<vscode.TestItem[]> {
  const uri = vscode.Uri.file(file);
  return [...(await recordsOf(file))].map(([key, record]) => {
    const label = record.id === '' ? t('line {0}', record.line) : record.id;
    const item = controller.createTestItem(key, label, uri);
    item.description = record.title;
    item.range = rangeAt(record.line, 1);
    item.sortText = String(record.line).padStart(10, '0');
    return item;
  });
}

function rangeAt(line: number, column: number): vscode.Range {
  return new vscode.Range(line - 1, column - 1, line - 1, column - 1);
}

/** Records of one dataset that are to be run: its items by their keys. */
function wantedOf({
  controller,
  request,
  projects,
  project,
}: TestRunOptions): Map<string, vscode.TestItem[]> {
  const wanted = new Map<string, Map<string, vscode.TestItem>>();
  const excluded = new Set(request.exclude ?? []);
  const add = (item: vscode.TestItem): void => {
    if (excluded.has(item)) return;
    if (item.children.size > 0) {
      item.children.forEach(add);
      return;
    }
    const file = item.uri?.fsPath;
    if (file === undefined || item.parent === undefined || projects.projectOf(file)?.root !== project.root)
      return;
    const items = wanted.get(file) ?? new Map<string, vscode.TestItem>();
    wanted.set(file, items.set(item.id, item));
  };
  if (request.include === undefined) controller.items.forEach(add);
  else request.include.forEach(add);
  return new Map([...wanted].map(([file, items]) => [file, [...items.values()]]));
}

export async function runTests(options: TestRunOptions): Promise<void> {
  const { controller, request, token, preview, project, who } = options;
  const run = controller.createTestRun(request, who.title);
  const stop = new AbortController();
  const cancels = [token, run.token].map((each) => each.onCancellationRequested(() => stop.abort()));
  try {
    const wanted = wantedOf(options);
    for (const items of wanted.values()) items.forEach((item) => run.enqueued(item));
    const resolved = await preview.resolve(project, who).then(
      (files) => ({ files }),
      (error: unknown) => ({ problem: messageOf(error) }),
    );
    for (const [file, items] of wanted) {
      const records = await recordsOf(file).catch(() => new Map<string, ExpectingRecord>());
      for (const item of items) {
        if (stop.signal.aborted) {
          run.skipped(item);
          continue;
        }
        run.started(item);
        const record = records.get(item.id);
        if ('problem' in resolved) run.errored(item, messageAt(item, resolved.problem));
        else if (record === undefined)
          run.errored(item, messageAt(item, t('This record is no longer in the file.')));
        else await runRecord(options, run, item, record, resolved.files, stop.signal);
      }
    }
  } finally {
    for (const cancel of cancels) cancel.dispose();
    run.end();
  }
}

async function runRecord(
  { runtime, preview }: TestRunOptions,
  run: vscode.TestRun,
  item: vscode.TestItem,
  record: ExpectingRecord,
  files: Files,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const since = (): number => performance.now() - started;
  if (record.problems.length > 0) {
    const messages = record.problems.map(({ place, message }) =>
      messageAt(item, message, rangeAt(record.line, place.column ?? 1)),
    );
    run.errored(item, messages, since());
    return;
  }
  try {
    const sampling = preview.sampling();
    const outcome = await runExpectations(record, { runtime, files, sampling, signal });
    run.appendOutput(`${record.id}: ${outcome.answer}\n`.replace(/\r?\n/g, '\r\n'), undefined, item);
    if (outcome.passed) run.passed(item, since());
    else run.failed(item, failures(item, outcome), since());
  } catch (error) {
    if (isCancelled(error)) run.skipped(item);
    else run.errored(item, messageAt(item, messageOf(error)), since());
  }
}

/** Each reason at its expectation in the record, with the answer under it. */
function failures(item: vscode.TestItem, { record, outcomes, answer }: RecordOutcome): vscode.TestMessage[] {
  return outcomes
    .filter(({ passed }) => !passed)
    .map(({ check, reason }) =>
      messageAt(
        item,
        `${reason}\n\n${t('The answer:')}\n${answer}`,
        rangeAt(record.line, record.columnOf(check.path)),
      ),
    );
}

function messageAt(item: vscode.TestItem, text: string, range = item.range): vscode.TestMessage {
  const message = new vscode.TestMessage(text);
  if (item.uri !== undefined && range !== undefined) message.location = new vscode.Location(item.uri, range);
  return message;
}
