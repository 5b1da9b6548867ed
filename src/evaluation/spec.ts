import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { ROLES } from '../dataset/record';
import { VARIETIES } from '../portuguese/varieties';
import type { AdapterRef } from '../runtime/client';
import type { ModelRef } from '../runtime/protocol';

/** Who answers, by content: an adapter trained anew under the same name is another. */
const evaluated = z.object({
  /** Of everything that decides its answers but the question. */
  key: z.string(),
  title: z.string(),
  /** Key in afina.yaml, or a path. */
  model: z.string(),
  run: z.nullable(z.string()),
  scale: z.number(),
  /** Name, size and time of the model's file: hashing gigabytes would take longer than many evaluations. */
  modelStamp: z.string(),
  adapterSha256: z.nullable(z.string()),
});
export type Evaluated = z.infer<typeof evaluated>;

const sampling = z.object({
  seed: z.int(),
  temperature: z.number(),
  topP: z.number(),
  topK: z.int(),
  maxTokens: z.int(),
});

/** `spec.json` of an evaluation: all that its figures depend on. */
export const evaluationSpec = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  /** Relative to the project's folder where it lies in it. */
  dataset: z.string(),
  datasetSha256: z.string(),
  /** The job whose evaluation split this is; null: records of the dataset as such. */
  job: z.nullable(z.string()),
  /** Of items.jsonl. */
  itemsSha256: z.string(),
  records: z.int(),
  variety: z.enum(VARIETIES),
  sampling,
  answerers: z.array(evaluated).check(z.minLength(1)),
});
export type EvaluationSpec = z.infer<typeof evaluationSpec>;

/** One record as it was when the evaluation was made. */
export const evaluationItem = z.object({
  /** From 1. */
  line: z.int(),
  id: z.string(),
  /** Ends in the user's turn. */
  messages: z.array(z.object({ role: z.enum(ROLES), content: z.string() })),
  reference: z.nullable(z.string()),
  sources: z.array(z.string()),
});
export type EvaluationItem = z.infer<typeof evaluationItem>;

export function sha256Text(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { ...(signal === undefined ? {} : { signal }) })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Answerers with the files that they are, as they are now. Throws system errors where one is missing. */
export async function identify(
  who: {
    readonly title: string;
    readonly model: string;
    readonly run: string | null;
  },
  files: { readonly model: ModelRef; readonly adapter: AdapterRef | null },
  signal?: AbortSignal,
): Promise<Evaluated> {
  const { size, mtimeMs } = await stat(files.model.gguf);
  const modelStamp = `${path.basename(files.model.gguf)} ${size} ${Math.round(mtimeMs)}`;
  const adapterSha256 = files.adapter === null ? null : await sha256OfFile(files.adapter.gguf, signal);
  const scale = files.adapter?.scale ?? 0;
  const { context = null, spaceAfterSpecial = null } = files.model;
  const key = sha256Text(
    JSON.stringify([modelStamp, adapterSha256, scale, context, spaceAfterSpecial]),
  ).slice(0, 16);
  const { title, model, run } = who;
  return { key, title, model, run, scale, modelStamp, adapterSha256 };
}

/** What one answer depends on: the same key in another evaluation is the same answer. */
export function answerKey(
  { key }: Evaluated,
  { messages, reference }: EvaluationItem,
  by: EvaluationSpec['sampling'],
): string {
  const { seed, temperature, topP, topK, maxTokens } = by;
  const asked = messages.map(({ role, content }) => [role, content]);
  return sha256Text(
    JSON.stringify([key, asked, reference, [seed, temperature, topP, topK, maxTokens]]),
  ).slice(0, 32);
}

export type NewEvaluation = Omit<EvaluationSpec, 'version' | 'id' | 'createdAt' | 'itemsSha256' | 'records'>;

/** The same answerers, records and settings make the same id: a rerun finds what is done. */
export function specOf(wanted: NewEvaluation, items: readonly EvaluationItem[], now: Date): EvaluationSpec {
  const itemsSha256 = sha256Text(itemsText(items));
  const { answerers, sampling: by, variety, job } = wanted;
  const depends = [itemsSha256, answerers.map(({ key }) => key), by, variety, job];
  const name = path
    .basename(wanted.dataset)
    .replace(/\.jsonl$/i, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .slice(0, 60);
  return {
    version: 1,
    id: `${name}-${sha256Text(JSON.stringify(depends)).slice(0, 12)}`,
    createdAt: now.toISOString(),
    ...wanted,
    itemsSha256,
    records: items.length,
  };
}

export function itemsText(items: readonly EvaluationItem[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
