import { isObject } from '../../dataset/record';
import type { Sampling } from '../../runtime/protocol';

/** What a request to a language model says of its answer. */
export interface RequestOptions {
  readonly sampling: Partial<Sampling>;
  /** Said in place of the domain's instructions. */
  readonly system: string | undefined;
}

/**
 * Reads the options that an extension gives with a request, under the names that extensions use for them. What is
 * unknown or out of range is passed over: nothing tells an extension what our models take.
 */
export function requestOptions(options: unknown, most: number): RequestOptions {
  const given = isObject(options) ? options : {};
  const number = (least: number, limit: number, ...names: readonly string[]): number | undefined =>
    names
      .map((name) => given[name])
      .find((value) => typeof value === 'number' && value >= least && value <= limit) as number | undefined;
  const whole = (least: number, limit: number, ...names: readonly string[]): number | undefined => {
    const value = number(least, limit, ...names);
    return Number.isInteger(value) ? value : undefined;
  };
  const wanted = {
    temperature: number(0, 2, 'temperature'),
    topP: number(0, 1, 'topP', 'top_p'),
    topK: whole(1, 1000, 'topK', 'top_k'),
    seed: whole(0, 2 ** 32 - 1, 'seed'),
    maxTokens: Math.min(most, whole(1, Infinity, 'maxTokens', 'max_tokens') ?? most),
  };
  const { system } = given;
  return {
    sampling: Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
    system: typeof system === 'string' ? system : undefined,
  };
}
