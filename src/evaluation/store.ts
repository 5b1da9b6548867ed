import { mkdir, open, readFile, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../dataset/atomicWrite';
import { fileError } from '../dataset/fileErrors';
import { UserError } from '../protocol/errors';
import { evaluationItem, evaluationSpec, itemsText } from './spec';
import type { EvaluationItem, EvaluationSpec } from './spec';

const nullableNumber = z.nullable(z.number());
const scores = z.object({
  chrf: nullableNumber,
  rougeL: nullableNumber,
  rougeLWords: nullableNumber,
  words: z.number(),
  tokens: z.number(),
  variety: z.number(),
  cited: z.number(),
  supported: z.number(),
  logProbability: nullableNumber,
  referenceTokens: nullableNumber,
});

/** A line of results.jsonl: one answer to one record. */
const result = z.object({
  /** See `answerKey`. */
  key: z.string(),
  answerer: z.string(),
  line: z.int(),
  id: z.string(),
  answer: z.string(),
  tokens: z.int(),
  stop: z.enum(['end', 'maxTokens', 'context']),
  seconds: z.number(),
  /** How likely the answerer finds the record's own answer. */
  reference: z.nullable(z.object({ logProbability: z.number(), tokens: z.int() })),
  scores: z.optional(scores),
  /** Why there is no answer. */
  error: z.optional(z.string()),
});
export type Result = z.infer<typeof result>;

export interface StoredEvaluation {
  readonly folder: string;
  readonly spec: EvaluationSpec;
  readonly items: readonly EvaluationItem[];
  /** By their keys; the newest of each. */
  readonly results: ReadonlyMap<string, Result>;
}

export function evaluationsFolder(projectRoot: string): string {
  return path.join(projectRoot, '.afina', 'evaluations');
}

/** Writes what is missing of an evaluation's folder. What is there stays: a rerun goes on with it. */
export async function createEvaluation(
  projectRoot: string,
  spec: EvaluationSpec,
  items: readonly EvaluationItem[],
): Promise<StoredEvaluation> {
  const folder = path.join(evaluationsFolder(projectRoot), spec.id);
  try {
    await mkdir(folder, { recursive: true });
    const known = await readEvaluation(folder).catch(() => undefined);
    if (known !== undefined) return known;
    await writeFileAtomic(path.join(folder, 'items.jsonl'), itemsText(items));
    // Last: a folder with a spec has its items.
    await writeFileAtomic(path.join(folder, 'spec.json'), `${JSON.stringify(spec, undefined, 2)}\n`);
  } catch (error) {
    throw fileError(error, folder);
  }
  return { folder, spec, items, results: await readResults(folder) };
}

export async function readEvaluation(folder: string): Promise<StoredEvaluation> {
  const file = path.join(folder, 'spec.json');
  try {
    const spec = z.parse(evaluationSpec, JSON.parse(await readFile(file, 'utf8')));
    const items = (await readFile(path.join(folder, 'items.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => z.parse(evaluationItem, JSON.parse(line)));
    return { folder, spec, items, results: await readResults(folder) };
  } catch (error) {
    throw new UserError(
      'evaluation/unreadable',
      t('The evaluation in {0} cannot be read: its spec.json or items.jsonl is broken or missing.', folder),
      { place: { file } },
      { cause: error },
    );
  }
}

/** The evaluations of a project, newest first; folders that are none are left out. */
export async function listEvaluations(
  projectRoot: string,
): Promise<{ readonly folder: string; readonly spec: EvaluationSpec }[]> {
  const root = evaluationsFolder(projectRoot);
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const folder = path.join(root, name);
      try {
        const text = await readFile(path.join(folder, 'spec.json'), 'utf8');
        return [{ folder, spec: z.parse(evaluationSpec, JSON.parse(text)) }];
      } catch {
        return [];
      }
    }),
  );
  return found.flat().sort((a, b) => b.spec.createdAt.localeCompare(a.spec.createdAt));
}

/** What a kill left of results.jsonl: every whole line. One that was torn is answered again. */
export async function readResults(folder: string): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  const text = await readFile(resultsFile(folder), 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const parsed = z.safeParse(result, JSON.parse(line));
      if (parsed.success) results.set(parsed.data.key, parsed.data);
    } catch {
      // torn
    }
  }
  return results;
}

/** Answers of other evaluations of the project that are wanted here too. */
export async function answersElsewhere(
  projectRoot: string,
  own: string,
  wanted: ReadonlySet<string>,
): Promise<Result[]> {
  const found = new Map<string, Result>();
  for (const { folder } of await listEvaluations(projectRoot)) {
    if (path.basename(folder) === path.basename(own)) continue;
    for (const [key, each] of await readResults(folder)) {
      if (wanted.has(key) && each.error === undefined) found.set(key, each);
    }
  }
  return [...found.values()];
}

const resultsFile = (folder: string): string => path.join(folder, 'results.jsonl');
const LF = 10;

/** Appends results, each on the disk before the next is begun. */
export class ResultsWriter {
  private constructor(private readonly handle: FileHandle) {}

  static async open(folder: string): Promise<ResultsWriter> {
    const file = resultsFile(folder);
    try {
      const handle = await open(file, 'a+');
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      // A line that a kill has torn ends here, so that the next one is whole.
      if (size > 0 && last[0] !== LF) await handle.appendFile('\n');
      return new ResultsWriter(handle);
    } catch (error) {
      throw fileError(error, file);
    }
  }

  async append(each: Result): Promise<void> {
    await this.handle.appendFile(`${JSON.stringify(each)}\n`);
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
