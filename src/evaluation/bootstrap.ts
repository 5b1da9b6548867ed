import { mulberry32 } from '../dataset/seededRandom';

/** One record's part of a measure: the measure is the sum of the values through the sum of the weights. */
export interface Sample {
  readonly value: number;
  /** 0: the record says nothing of the measure. */
  readonly weight: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  /** Null when no record says anything. */
  readonly value: number | null;
  /** Null when fewer than two records do. */
  readonly interval: Interval | null;
  /** Records with a weight. */
  readonly records: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Default: 2000. */
  readonly resamples?: number;
  /** Default: 0.95. */
  readonly level?: number;
  /** Of the quotient, for instance to a perplexity. Monotonic. */
  readonly transform?: (quotient: number) => number;
}

const same = (quotient: number): number => quotient;

/** The measure over all records, with the percentile interval of resampled records. */
export function estimate(samples: readonly Sample[], options: BootstrapOptions): Estimate {
  const { transform = same } = options;
  const weighted = samples.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) return { value: null, interval: null, records: 0 };
  const quotient = (indices?: Uint32Array): number => transform(quotientOf(weighted, indices));
  return {
    value: quotient(),
    interval: weighted.length < 2 ? null : intervalOf(weighted.length, quotient, options),
    records: weighted.length,
  };
}

export interface Difference extends Estimate {
  /** The interval does not hold 0. */
  readonly clear: boolean;
}

/**
 * `second` minus `first` over the records that both have, both resampled together: what differs between records differs
 * for both, and so the interval is that of the difference alone. Samples of one index are of one record.
 */
export function pairedDifference(
  first: readonly Sample[],
  second: readonly Sample[],
  options: BootstrapOptions,
): Difference {
  const { transform = same } = options;
  const pairs = first.flatMap((a, at) => {
    const b = second[at];
    return a.weight > 0 && b !== undefined && b.weight > 0 ? [{ a, b }] : [];
  });
  if (pairs.length === 0) return { value: null, interval: null, records: 0, clear: false };
  const [ours, theirs] = [pairs.map(({ a }) => a), pairs.map(({ b }) => b)];
  const difference = (indices?: Uint32Array): number =>
    transform(quotientOf(theirs, indices)) - transform(quotientOf(ours, indices));
  const interval = pairs.length < 2 ? null : intervalOf(pairs.length, difference, options);
  return {
    value: difference(),
    interval,
    records: pairs.length,
    clear: interval !== null && (interval.low > 0 || interval.high < 0),
  };
}

function quotientOf(samples: readonly Sample[], indices?: Uint32Array): number {
  let value = 0;
  let weight = 0;
  const count = indices?.length ?? samples.length;
  for (let at = 0; at < count; at++) {
    const sample = samples[indices === undefined ? at : (indices[at] ?? 0)];
    if (sample === undefined) continue;
    value += sample.value;
    weight += sample.weight;
  }
  return value / weight;
}

function intervalOf(
  count: number,
  statistic: (indices: Uint32Array) => number,
  { seed, resamples = 2000, level = 0.95 }: BootstrapOptions,
): Interval {
  const random = mulberry32(seed);
  const indices = new Uint32Array(count);
  const values = new Float64Array(resamples);
  for (let at = 0; at < resamples; at++) {
    for (let place = 0; place < count; place++) indices[place] = Math.floor(random() * count);
    values[at] = statistic(indices);
  }
  values.sort();
  return { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}

/** Linear between the two nearest, as numpy's `quantile`. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
