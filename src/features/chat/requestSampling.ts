import * as z from 'zod/mini';
import type { Sampling } from '../../runtime/protocol';

const number = (least: number, most: number) =>
  z.catch(z.optional(z.number().check(z.gte(least), z.lte(most))), undefined);
const whole = (least: number, most: number) =>
  z.catch(z.optional(z.int().check(z.gte(least), z.lte(most))), undefined);

/** Names that extensions use for the same thing. What is out of range is passed over, as VS Code asks of unknown options. */
const optionsSchema = z.object({
  temperature: number(0, 2),
  topP: number(0, 1),
  top_p: number(0, 1),
  topK: whole(1, 1000),
  top_k: whole(1, 1000),
  seed: whole(0, 2 ** 32 - 1),
  maxTokens: whole(1, 1_000_000),
  max_tokens: whole(1, 1_000_000),
  system: z.catch(z.optional(z.string()), undefined),
});

/** What a request to a language model says of how its answer is drawn. */
export function requestOptions(
  options: unknown,
  most: number,
): { readonly sampling: Partial<Sampling>; readonly system: string | undefined } {
  const parsed = optionsSchema.safeParse(options);
  const given = parsed.success ? parsed.data : {};
  const entries: Partial<Sampling> = {
    ...(given.temperature === undefined ? {} : { temperature: given.temperature }),
    ...withName('topP', given.topP ?? given.top_p),
    ...withName('topK', given.topK ?? given.top_k),
    ...withName('seed', given.seed),
    maxTokens: Math.min(most, given.maxTokens ?? given.max_tokens ?? most),
  };
  return { sampling: entries, system: given.system };
}

function withName(name: 'topP' | 'topK' | 'seed', value: number | undefined): Partial<Sampling> {
  return value === undefined ? {} : { [name]: value };
}
