import type { Sample } from './bootstrap';
import type { Scores } from './scores';

export const METRICS = [
  'chrf',
  'rougeL',
  'rougeLWords',
  'perplexity',
  'variety',
  'citations',
  'words',
  'tokens',
] as const;
export type MetricName = (typeof METRICS)[number];

export interface Metric {
  /** Which way is better; null: neither. */
  readonly better: 'higher' | 'lower' | null;
  readonly sample: (scores: Scores) => Sample;
  readonly transform?: (quotient: number) => number;
  /** Decimals that are shown. */
  readonly digits: number;
}

const NOTHING: Sample = { value: 0, weight: 0 };
const one = (value: number | null): Sample => (value === null ? NOTHING : { value, weight: 1 });

export const METRIC: Readonly<Record<MetricName, Metric>> = {
  chrf: { better: 'higher', sample: ({ chrf }) => one(chrf), digits: 1 },
  rougeL: { better: 'higher', sample: ({ rougeL }) => one(rougeL), digits: 3 },
  rougeLWords: { better: 'higher', sample: ({ rougeLWords }) => one(rougeLWords), digits: 3 },
  // Of all tokens together: a mean of the records' perplexities would be that of their shortest answers.
  perplexity: {
    better: 'lower',
    sample: ({ logProbability, referenceTokens }) =>
      logProbability === null || referenceTokens === null
        ? NOTHING
        : { value: -logProbability, weight: referenceTokens },
    transform: Math.exp,
    digits: 2,
  },
  variety: { better: 'higher', sample: ({ variety }) => one(variety), digits: 2 },
  citations: {
    better: 'higher',
    sample: ({ cited, supported }) => ({ value: supported, weight: cited }),
    digits: 2,
  },
  words: { better: null, sample: ({ words }) => one(words), digits: 1 },
  tokens: { better: null, sample: ({ tokens }) => one(tokens), digits: 1 },
};

/** A metric of one record; null where it says nothing. */
export function valueOf(name: MetricName, scores: Scores): number | null {
  const { sample, transform = (quotient) => quotient } = METRIC[name];
  const { value, weight } = sample(scores);
  return weight === 0 ? null : transform(value / weight);
}
