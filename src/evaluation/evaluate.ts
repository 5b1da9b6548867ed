import { CancelledError, UserError, isCancelled } from '../protocol/errors';
import type { AdapterRef, RuntimeClient } from '../runtime/client';
import type { ModelRef } from '../runtime/protocol';
import { scoresOf } from './scores';
import { answerKey } from './spec';
import type { Evaluated, EvaluationItem } from './spec';
import { ResultsWriter, answersElsewhere, readResults } from './store';
import type { Result, StoredEvaluation } from './store';

/** The part of the runtime that evaluating asks. */
export type Runtime = Pick<RuntimeClient, 'answer' | 'score'>;

export interface Files {
  readonly model: ModelRef;
  readonly adapter: AdapterRef | null;
}

export interface EvaluationProgress {
  readonly done: number;
  readonly total: number;
  /** The one that was just finished; undefined for those that were there. */
  readonly result?: Result;
}

export interface EvaluateOptions {
  readonly projectRoot: string;
  readonly evaluation: Pick<StoredEvaluation, 'folder' | 'spec' | 'items'>;
  /** The files of an answerer of the spec. */
  readonly filesOf: (answerer: Evaluated) => Promise<Files>;
  readonly runtime: Runtime;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: EvaluationProgress) => void;
}

export interface EvaluationEnd {
  /** Answers that were there already, here or in another evaluation. */
  readonly reused: number;
  readonly answered: number;
  /** Records without an answer; a rerun asks them again. */
  readonly failed: number;
}

/** As many of one base answer in turn as the runtime keeps contexts for. */
const TOGETHER = 3;
/** So many failures in a row are no matter of the records. */
const HOPELESS = 5;

interface Task {
  readonly key: string;
  readonly who: Evaluated;
  readonly item: EvaluationItem;
}

/**
 * Asks every answerer every record, one at a time, and writes each answer down before it asks the next: a crash or a
 * cancel loses the one under way. What was answered before is not asked again.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationEnd> {
  const { evaluation, projectRoot, progress, signal } = options;
  const { folder, spec, items } = evaluation;
  const known = await readResults(folder);
  const tasks = inOrder(spec.answerers, items).map(({ who, item }): Task => ({
    who,
    item,
    key: answerKey(who, item, spec.sampling),
  }));
  const writer = await ResultsWriter.open(folder);
  try {
    const isDone = ({ key }: Task): boolean => known.has(key) && known.get(key)?.error === undefined;
    const missing = new Set(tasks.filter((task) => !isDone(task)).map(({ key }) => key));
    for (const found of missing.size === 0 ? [] : await answersElsewhere(projectRoot, folder, missing)) {
      const task = tasks.find(({ key }) => key === found.key);
      if (task === undefined) continue;
      const here = { ...found, line: task.item.line, id: task.item.id, answerer: task.who.key };
      const scored = withScores(here, task.item, spec.variety);
      known.set(found.key, scored);
      await writer.append(scored);
    }
    let done = tasks.filter(isDone).length;
    const reused = done;
    let failed = 0;
    let inRow = 0;
    progress?.({ done, total: tasks.length });
    for (const task of tasks) {
      if (isDone(task)) continue;
      if (signal?.aborted === true) throw new CancelledError();
      const result = await answerOf(task, options).catch((error: unknown) => {
        inRow++;
        if (!(error instanceof UserError) || inRow >= HOPELESS) throw error;
        return failure(task, error.message);
      });
      if (result.error === undefined) inRow = 0;
      else failed++;
      known.set(task.key, result);
      await writer.append(result);
      done++;
      progress?.({ done, total: tasks.length, result });
    }
    return { reused, answered: tasks.length - reused - failed, failed };
  } finally {
    await writer.close();
  }
}

/** Record by record, so that comparisons grow evenly; only as many answerers in turn as stay in memory together. */
function inOrder(
  answerers: readonly Evaluated[],
  items: readonly EvaluationItem[],
): { readonly who: Evaluated; readonly item: EvaluationItem }[] {
  const groups: Evaluated[][] = [];
  for (const who of answerers) {
    const group = groups.find((each) => each[0]?.modelStamp === who.modelStamp && each.length < TOGETHER);
    if (group === undefined) groups.push([who]);
    else group.push(who);
  }
  return groups.flatMap((group) => items.flatMap((item) => group.map((who) => ({ who, item }))));
}

async function answerOf(
  { key, who, item }: Task,
  { evaluation, filesOf, runtime, signal }: EvaluateOptions,
): Promise<Result> {
  const { sampling, variety } = evaluation.spec;
  const { model, adapter } = await filesOf(who);
  const started = performance.now();
  const { messages } = item;
  const answer = await runtime.answer(
    { model, adapter, messages, sampling },
    { signal, priority: 'background' },
  );
  const seconds = (performance.now() - started) / 1000;
  const reference =
    item.reference === null || item.reference.trim() === ''
      ? null
      : await runtime
          .score(
            { model, adapter, messages: [...messages, { role: 'assistant', content: item.reference }] },
            { signal },
          )
          .catch((error: unknown) => {
            // Too long for the context, or a template that does not allow it: the answer is worth keeping all the same.
            if (isCancelled(error) || !(error instanceof UserError) || error.code === 'runtime/crashed')
              throw error;
            return null;
          });
  return withScores(
    {
      key,
      answerer: who.key,
      line: item.line,
      id: item.id,
      answer: answer.text,
      tokens: answer.tokens,
      stop: answer.stop,
      seconds: Math.round(seconds * 1000) / 1000,
      reference,
    },
    item,
    variety,
  );
}

function withScores(
  result: Result,
  item: EvaluationItem,
  variety: StoredEvaluation['spec']['variety'],
): Result {
  const { answer, tokens, reference } = result;
  return { ...result, scores: scoresOf(item, { text: answer, tokens }, reference, variety) };
}

function failure({ key, who, item }: Task, error: string): Result {
  return {
    key,
    answerer: who.key,
    line: item.line,
    id: item.id,
    answer: '',
    tokens: 0,
    stop: 'end',
    seconds: 0,
    reference: null,
    error,
  };
}
