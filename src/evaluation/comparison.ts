import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { personKey } from '../dataset/review';

/** The two who answer: their names never reach whoever judges. */
export const ANSWERERS = ['a', 'b'] as const;
export type AnswererKey = (typeof ANSWERERS)[number];

export const VERDICTS = ['a', 'b', 'tie', 'bad'] as const;
/** Who answered better, both alike, or both badly. */
export type ComparisonVerdict = (typeof VERDICTS)[number];

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** A file as it was when the comparison began: answers of another one would not be comparable. */
const stamp = z.object({ name: z.string(), bytes: z.number(), sha256: z.nullable(z.string()) });
export type FileStamp = z.infer<typeof stamp>;

const answerer = z.object({
  /** Key of `models` in afina.yaml. */
  model: z.string(),
  run: z.nullable(z.string()),
  scale: z.optional(z.number()),
  title: z.string(),
  files: z.object({ model: stamp, adapter: z.nullable(stamp) }),
});
export type ComparedAnswerer = z.infer<typeof answerer>;

/** `spec.json`: what is compared, fixed when the comparison begins. */
export const comparisonSpec = z.looseObject({
  version: z.literal(1),
  id: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/)),
  /** ISO 8601. */
  createdAt: z.string(),
  /** From the project's folder, with forward slashes. */
  dataset: z.string(),
  /** Name of the job whose held-out records they are; null for records of the whole dataset. */
  heldOutBy: z.nullable(z.string()),
  answerers: z.object({ a: answerer, b: answerer }),
  sampling: z.object({
    seed: z.number(),
    temperature: z.number(),
    topP: z.number(),
    topK: z.number(),
    maxTokens: z.number(),
  }),
  /** Of the choice of records and of who stands on which side. */
  seed: z.number(),
});
export type ComparisonSpec = z.infer<typeof comparisonSpec>;

/** A line of `records.jsonl`: kept, so that the dataset may change while people judge. */
export const comparedRecord = z.object({
  /** Follows from the prompt: two records that ask the same are one. */
  key: z.string(),
  id: z.string(),
  topic: z.string(),
  sources: z.array(z.string()),
  prompt: z.array(turn).check(z.minLength(1)),
  reference: z.nullable(z.string()),
});
export type ComparedRecord = z.infer<typeof comparedRecord>;

/** A line of `answers.jsonl`. */
export const comparedAnswer = z.object({
  record: z.string(),
  by: z.enum(ANSWERERS),
  text: z.string(),
  stop: z.enum(['end', 'maxTokens', 'context']),
  at: z.string(),
});
export type ComparedAnswer = z.infer<typeof comparedAnswer>;

/** A line of `votes-….jsonl`. The last one of a judge on a record counts; `verdict: null` takes it back. */
export const vote = z.object({
  /** As git writes people: `Ana Silva <ana@example.pt>`. */
  judge: z.string(),
  record: z.string(),
  verdict: z.nullable(z.enum(VERDICTS)),
  /** Who stood on the left. */
  left: z.enum(ANSWERERS),
  reason: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** Of the two texts that were judged: `fingerprint`. */
  answers: z.object({ a: z.string(), b: z.string() }),
  /** The judge had asked for the results before. */
  sawResults: z.optional(z.boolean()),
});
export type Vote = z.infer<typeof vote>;

export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Who stands on the left for this judge: as good as chance, and always the same. */
export function leftOf(seed: number, record: string, judge: string): AnswererKey {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, record, personKey(judge)]))
    .digest();
  return (hash[0] ?? 0) % 2 === 0 ? 'a' : 'b';
}

export function otherThan(key: AnswererKey): AnswererKey {
  return key === 'a' ? 'b' : 'a';
}

/** What counts: for each judge and record the last vote, unless it was taken back. In the order of their times. */
export function currentVotes(votes: readonly Vote[]): Vote[] {
  const last = new Map<string, Vote>();
  // Sorted, not as they lie in the files: merging files may put lines in another order.
  const sorted = votes
    .map((each, at) => ({ each, at }))
    .sort((x, y) => x.each.at.localeCompare(y.each.at) || x.at - y.at);
  for (const { each } of sorted) {
    const place = JSON.stringify([personKey(each.judge), each.record]);
    last.delete(place);
    last.set(place, each);
  }
  return [...last.values()].filter(({ verdict }) => verdict !== null);
}

/** How many records this person has judged. */
export function judgedBy(votes: readonly Vote[], judge: string): number {
  return currentVotes(votes).filter((each) => personKey(each.judge) === personKey(judge)).length;
}

/** The first answer of each: what has been judged stays, also when another machine made one of its own. */
export class Answers {
  private readonly first = new Map<string, ComparedAnswer>();
  private readonly byText = new Map<string, ComparedAnswer>();

  constructor(answers: Iterable<ComparedAnswer>) {
    for (const each of answers) this.add(each);
  }

  add(answer: ComparedAnswer): void {
    const place = JSON.stringify([answer.record, answer.by]);
    if (!this.first.has(place)) this.first.set(place, answer);
    this.byText.set(JSON.stringify([answer.record, answer.by, fingerprint(answer.text)]), answer);
  }

  of(record: string, by: AnswererKey): ComparedAnswer | undefined {
    return this.first.get(JSON.stringify([record, by]));
  }

  /** The text that a vote was given on. */
  judged({ record, answers }: Vote, by: AnswererKey): ComparedAnswer | undefined {
    return this.byText.get(JSON.stringify([record, by, answers[by]]));
  }

  /** Both are there and say the same: there is nothing to judge. */
  same(record: string): boolean {
    const a = this.of(record, 'a')?.text.trim();
    return a !== undefined && a === this.of(record, 'b')?.text.trim();
  }
}
