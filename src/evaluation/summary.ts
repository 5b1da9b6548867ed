import { estimate, pairedDifference } from './bootstrap';
import type { BootstrapOptions, Difference, Estimate, Sample } from './bootstrap';
import { METRIC, METRICS } from './metrics';
import type { MetricName } from './metrics';
import { scoresOf } from './scores';
import type { Scores } from './scores';
import { answerKey } from './spec';
import type { Evaluated, EvaluationItem, EvaluationSpec } from './spec';
import type { Result, StoredEvaluation } from './store';

export interface MetricSummary extends Estimate {
  /** To the first answerer of the same model, over the records that both answered; null for that one itself. */
  readonly difference: Difference | null;
  /** The best of two or more, and no other has the same. */
  readonly best: boolean;
}

export interface AnswererSummary {
  readonly answerer: Evaluated;
  readonly answered: number;
  readonly failed: number;
  readonly metrics: Readonly<Record<MetricName, MetricSummary>>;
}

export interface ScoredAnswer {
  readonly result: Result;
  /** Null where there is no answer. */
  readonly scores: Scores | null;
}

export interface ScoredRecord {
  readonly item: EvaluationItem;
  /** One for each answerer of the spec, in its order; null where it has not been asked yet. */
  readonly answers: readonly (ScoredAnswer | null)[];
}

const NOTHING: Sample = { value: 0, weight: 0 };

/** Each record with what everybody answered. */
export function scoredRecords({ spec, items, results }: StoredEvaluation): ScoredRecord[] {
  return items.map((item) => ({
    item,
    answers: spec.answerers.map((who) => {
      const result = results.get(answerKey(who, item, spec.sampling));
      return result === undefined ? null : { result, scores: scoresIn(result, item, spec) };
    }),
  }));
}

function scoresIn(result: Result, item: EvaluationItem, { variety }: EvaluationSpec): Scores | null {
  if (result.error !== undefined) return null;
  const { answer, tokens, reference } = result;
  return result.scores ?? scoresOf(item, { text: answer, tokens }, reference, variety);
}

/** A row for each answerer, in the order of the spec. */
export function summarise(
  spec: EvaluationSpec,
  records: readonly ScoredRecord[],
  resamples?: number,
): AnswererSummary[] {
  const all = spec.answerers.map((_, at) => records.map(({ answers }) => answers[at] ?? null));
  const samples = (at: number, name: MetricName): Sample[] =>
    (all[at] ?? []).map((each) => {
      const scores = each?.scores ?? null;
      return scores === null ? NOTHING : METRIC[name].sample(scores);
    });
  const options = (name: MetricName): BootstrapOptions => {
    const { transform } = METRIC[name];
    return {
      seed: spec.sampling.seed,
      ...(resamples === undefined ? {} : { resamples }),
      ...(transform === undefined ? {} : { transform }),
    };
  };
  const table = spec.answerers.map((who, at) => {
    const base = spec.answerers.findIndex(({ modelStamp }) => modelStamp === who.modelStamp);
    return METRICS.map((name) => {
      const own = samples(at, name);
      return {
        name,
        ...estimate(own, options(name)),
        difference: base === at ? null : pairedDifference(samples(base, name), own, options(name)),
      };
    });
  });
  return spec.answerers.map((answerer, at) => {
    const answers = all[at] ?? [];
    const metrics = (table[at] ?? []).map(({ name, ...found }) => {
      const column = table.map((row) => row.find((each) => each.name === name)?.value ?? null);
      return [name, { ...found, best: isBest(column, at, METRIC[name].better) }] as const;
    });
    return {
      answerer,
      answered: answers.filter((each) => each !== null && each.scores !== null).length,
      failed: answers.filter((each) => each !== null && each.scores === null).length,
      metrics: Object.fromEntries(metrics) as Record<MetricName, MetricSummary>,
    };
  });
}

function isBest(column: readonly (number | null)[], at: number, better: 'higher' | 'lower' | null): boolean {
  const own = column[at];
  const others = column.filter((value, index) => index !== at && value !== null);
  if (better === null || own === null || own === undefined || others.length === 0) return false;
  return others.every((value) => value !== null && (better === 'higher' ? own > value : own < value));
}
