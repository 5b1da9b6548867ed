import { run } from '../lab/processes.mjs';

/** One result. With `peer` and `peerValue`, measured in the same run, the printed line has the ratio ours/peer too. */
export interface Result {
  readonly bench: string;
  /** Names what was worked on, its size first of all. */
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
}

export function report(result: Result): void {
  const { value, peerValue } = result;
  const rounded = { ...result, value: round(value) };
  const line =
    peerValue === undefined
      ? rounded
      : { ...rounded, peerValue: round(peerValue), ratio: round(value / peerValue) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function round(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

/** Progress, for whoever waits. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What one run measured, by metric. */
export type Sample = Readonly<Record<string, number>>;

/**
 * Runs each work once to warm up, then all of them in turn, so that what else the machine does meets each alike.
 * The returned function gives the median of a work's metric.
 */
export async function inTurn<N extends string>(
  runs: number,
  works: Readonly<Record<N, () => Promise<Sample>>>,
): Promise<(work: N, metric: string) => number> {
  const entries = Object.entries(works) as [N, () => Promise<Sample>][];
  const samples = new Map<N, Sample[]>();
  for (let turn = 0; turn <= runs; turn++) {
    for (const [name, work] of entries) {
      const sample = await work();
      if (turn === 0) continue;
      samples.set(name, [...(samples.get(name) ?? []), sample]);
      say(
        `  ${name}: ${Object.entries(sample)
          .map(([key, value]) => `${key} ${round(value)}`)
          .join(', ')}`,
      );
    }
  }
  return (name, metric) =>
    percentile(
      (samples.get(name) ?? []).map((sample) => sample[metric] ?? NaN),
      0.5,
    );
}

/** The value below which `part` of the values are; `0.5` is the median. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at % 1);
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

export const PYTHON = process.env.AFINA_PYTHON ?? 'python3';

/** Node's `spawn` does not tell a child's peak memory; `wait4` does, for exactly that process. */
const WAIT4 = `
import json, os, sys, time
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
status, usage = os.wait4(child, 0)[1:]
seconds = time.perf_counter() - began
if status: sys.exit(f"{sys.argv[1:]} ended with {os.waitstatus_to_exitcode(status)}")
print(json.dumps({"seconds": seconds, "peakMB": usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)}))
`;

/** Seconds and peak resident memory of a whole process. */
export async function processCost(file: string, args: readonly string[]): Promise<Sample> {
  const { stdout } = await run(PYTHON, ['-c', WAIT4, file, ...args]);
  return JSON.parse(stdout) as Sample;
}

/** A small seeded generator (mulberry32) of numbers from 0 to below 1: the same seed gives the same inputs. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
