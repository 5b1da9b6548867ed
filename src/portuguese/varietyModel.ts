import { inflateRawSync } from 'node:zlib';
import { BUCKETS, featuresOf } from './varietyFeatures';
import data from './varietyModel.json';

/** Weights in units of `data.scale`, unpacked on first use. */
let weights: Int8Array | undefined;
/** Features of a sentence of the length that the model was trained on. */
const SENTENCE = 200;
const places = new Uint32Array(2048);

/** What statistics say of texts, in natural logarithms of odds: positive for pt-PT. */
export function leaning(texts: readonly string[]): number {
  weights ??= new Int8Array(inflateRawSync(Buffer.from(data.weights, 'base64')));
  if (weights.length !== BUCKETS) throw new Error('varietyModel.json does not fit the features');
  let sum = 0;
  let count = 0;
  for (const text of texts) {
    const found = featuresOf(text, places);
    for (let at = 0; at < found; at++) sum += weights[places[at] ?? 0] ?? 0;
    count += found;
  }
  if (count === 0) return 0;
  // Longer texts do not become surer: what is usual in their field, law for instance, would add up.
  return (sum * data.scale * Math.sqrt(Math.min(1, SENTENCE / count))) / Math.sqrt(count) + data.bias;
}
