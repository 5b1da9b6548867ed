/**
 * Trains src/portuguese/varietyModel.json, and says how well it does. Not a benchmark that `npm run bench` runs.
 *
 *   node out/test/bench/trainVariety.js TRAIN.tsv CALIBRATE.tsv [TEST.tsv …] [--out FILE]
 *
 * A line of each: variety (pt-PT or pt-BR), name of the source, text. What the sources of the model in use were is
 * in src/portuguese/varietyModel.md. Every source counts as much as its square root of characters would have it, and
 * within a source both varieties count the same. Logistic regression, AdaGrad, one pass after another in seeded order.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { BUCKETS, featuresOf } from '../../src/portuguese/varietyFeatures';
import { evidenceOf, varietyOf } from '../../src/portuguese/variety';

interface Example {
  readonly european: boolean;
  readonly source: string;
  readonly text: string;
}

const PASSES = 6;
const RATE = 0.25;
const LEAST_Z = 1;
const SHRINK = 2e-4;

function read(file: string): Example[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((row) => row.length === 3 && row[0] !== 'variety')
    .map(([variety = '', source = '', text = '']) => ({ european: variety === 'pt-PT', source, text }));
}

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Model {
  readonly weights: Float32Array;
  readonly bias: number;
}

function train(examples: readonly Example[]): Model {
  const weights = new Float32Array(BUCKETS);
  const squares = new Float32Array(BUCKETS).fill(1e-4);
  let bias = 0;
  const buffer = new Uint32Array(2048);
  const whole = examples.map(({ text }) => buffer.slice(0, featuresOf(text, buffer)));
  const keep = telling(examples, whole);
  const lengths = whole.map((found) => found.length);
  const features = whole.map((found) => found.filter((place) => keep[place] === 1));
  // What the curated marks say is not learned a second time.
  const known = examples.map(({ text }) => curated(text));
  const groups = new Map<string, number>();
  for (const { source, european } of examples) {
    const group = `${source} ${european}`;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const importance = examples.map(
    ({ source, european }) => 1 / Math.sqrt(groups.get(`${source} ${european}`) ?? 1),
  );
  const sums = { true: 0, false: 0 };
  examples.forEach(({ european }, at) => (sums[`${european}`] += importance[at] ?? 0));
  const scaled = examples.map(
    ({ european }, at) => ((importance[at] ?? 0) * examples.length) / (2 * sums[`${european}`]),
  );
  const next = random(7);
  const order = examples.map((_, at) => at);
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = order.length - 1; at > 0; at--) {
      const other = Math.floor(next() * (at + 1));
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
    for (const at of order) {
      const found = features[at] ?? buffer;
      if (found.length === 0) continue;
      const unit = 1 / Math.sqrt(lengths[at] ?? 1);
      let odds = bias + (known[at] ?? 0);
      for (const place of found) odds += (weights[place] ?? 0) * unit;
      const error =
        ((examples[at]?.european === true ? 1 : 0) - 1 / (1 + Math.exp(-odds))) * (scaled[at] ?? 0);
      bias += 0.01 * error;
      for (const place of found) {
        const slope = error * unit;
        const square = (squares[place] ?? 0) + slope * slope;
        squares[place] = square;
        const now = (weights[place] ?? 0) + (RATE * slope) / Math.sqrt(square);
        weights[place] = Math.sign(now) * Math.max(0, Math.abs(now) - SHRINK / Math.sqrt(square));
      }
    }
  }
  return { weights, bias };
}

/**
 * Places whose odds differ in the same direction in all domains taken together (Mantel-Haenszel, by its z): a word that
 * one source has and another has not says where it was found, not which variety it is.
 */
function telling(examples: readonly Example[], features: readonly Uint32Array[]): Uint8Array {
  const keep = new Uint8Array(BUCKETS);
  const domains = [...new Set(examples.map(({ source }) => source.split('/')[0] ?? source))];
  const counts = domains.map(() => [new Float32Array(BUCKETS), new Float32Array(BUCKETS)] as const);
  const totals = domains.map(() => [0, 0]);
  examples.forEach(({ source, european }, at) => {
    const domain = domains.indexOf(source.split('/')[0] ?? source);
    const column = counts[domain]?.[european ? 0 : 1];
    const total = totals[domain];
    if (column === undefined || total === undefined) return;
    total[european ? 0 : 1] = (total[european ? 0 : 1] ?? 0) + 1;
    for (const place of new Set(features[at])) column[place] = (column[place] ?? 0) + 1;
  });
  for (let place = 0; place < BUCKETS; place++) {
    let more = 0;
    let variance = 0;
    domains.forEach((_, domain) => {
      const pt = counts[domain]?.[0][place] ?? 0;
      const br = counts[domain]?.[1][place] ?? 0;
      const [ptAll = 0, brAll = 0] = totals[domain] ?? [];
      const all = ptAll + brAll;
      if (ptAll === 0 || brAll === 0 || pt + br === 0) return;
      more += pt - ((pt + br) * ptAll) / all;
      variance += ((pt + br) * ptAll * brAll * (all - pt - br)) / (all * all * Math.max(1, all - 1));
    });
    if (variance > 0 && Math.max(0, Math.abs(more) - 0.5) / Math.sqrt(variance) > LEAST_Z) keep[place] = 1;
  }
  return keep;
}

function curated(text: string): number {
  return evidenceOf([text]);
}

function macroF1(examples: readonly Example[], score: (text: string) => number): string {
  const counts = { pt: 0, br: 0, ptRight: 0, brRight: 0 };
  for (const { european, text } of examples) {
    const right = score(text) > 0 === european;
    if (european) counts.pt++;
    else counts.br++;
    if (right && european) counts.ptRight++;
    if (right && !european) counts.brRight++;
  }
  const f1 = (right: number, all: number, otherRight: number, other: number): number =>
    (2 * right) / (right + all + (other - otherRight));
  const pt = f1(counts.ptRight, counts.pt, counts.brRight, counts.br);
  const br = f1(counts.brRight, counts.br, counts.ptRight, counts.pt);
  return `${((pt + br) / 2).toFixed(3)}, area ${area(examples, score).toFixed(3)} (pt-PT ${counts.ptRight}/${counts.pt}, pt-BR ${counts.brRight}/${counts.br})`;
}

/** How often a European text has the higher score of two: what no threshold changes. */
function area(examples: readonly Example[], score: (text: string) => number): number {
  const scored = examples
    .map(({ european, text }) => ({ european, score: score(text) }))
    .sort((a, b) => a.score - b.score);
  let below = 0;
  let sum = 0;
  for (const { european } of scored) {
    if (european) sum += below;
    else below++;
  }
  return sum / Math.max(1, below * (scored.length - below));
}

/** What to multiply the model's odds by, and to add, so that together with the marks they fit texts it was not trained on. */
function calibrated(model: Model, examples: readonly Example[]): Model {
  const score = scorer({ ...model, bias: 0 });
  const known = examples.map(({ text }) => curated(text));
  const scores = examples.map(({ text }) => score(text));
  const all = { true: 0, false: 0 };
  for (const { european } of examples) all[`${european}`]++;
  let factor = 1;
  let bias = model.bias;
  for (let step = 0; step < 3000; step++) {
    let slope = 0;
    let shift = 0;
    examples.forEach(({ european }, at) => {
      const odds = (known[at] ?? 0) + factor * (scores[at] ?? 0) + bias;
      const error = ((european ? 1 : 0) - 1 / (1 + Math.exp(-odds))) / all[`${european}`];
      slope += error * (scores[at] ?? 0);
      shift += error;
    });
    factor += 0.2 * slope;
    bias += 0.2 * shift;
  }
  console.log('calibrated on', examples.length, 'texts: times', factor.toFixed(3), 'plus', bias.toFixed(3));
  return { weights: model.weights.map((weight) => weight * factor), bias };
}

function scorer({ weights, bias }: Model): (text: string) => number {
  const buffer = new Uint32Array(2048);
  return (text) => {
    const found = featuresOf(text, buffer);
    let sum = 0;
    for (let at = 0; at < found; at++) sum += weights[buffer[at] ?? 0] ?? 0;
    return sum / Math.sqrt(Math.max(1, found)) + bias;
  };
}

function main(): void {
  const args = process.argv.slice(2);
  const outAt = args.indexOf('--out');
  const out = outAt === -1 ? undefined : args[outAt + 1];
  const files = outAt === -1 ? args : args.slice(0, outAt);
  const [first, second, ...tests] = files;
  if (first === undefined || second === undefined)
    throw new Error('name a file to train on and one to calibrate on');
  const examples = read(first);
  const apart = read(second);
  const model = calibrated(train(examples), apart);
  const score = scorer(model);
  for (const test of [second, ...tests]) {
    const all = read(test);
    for (const source of new Set(all.map((one) => one.source))) {
      const some = all.filter((one) => one.source === source);
      console.log(
        test,
        source,
        'model',
        macroF1(some, score),
        'with marks',
        macroF1(some, (text) => score(text) + curated(text)),
      );
    }
  }
  if (out === undefined) return;
  const largest = model.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  // The few largest may be cut: the rest keeps more of its grain.
  const scale = Math.min(largest, 4) / 127;
  const bytes = Int8Array.from(model.weights, (weight) =>
    Math.max(-127, Math.min(127, Math.round(weight / scale))),
  );
  const packed = deflateRawSync(Buffer.from(bytes.buffer), { level: 9 }).toString('base64');
  writeFileSync(out, `${JSON.stringify({ scale, bias: model.bias, weights: packed }, null, 2)}\n`);
  console.log(
    'written',
    out,
    packed.length,
    'characters; in use now:',
    varietyOf(['O autocarro parou.']).score,
  );
}

main();
