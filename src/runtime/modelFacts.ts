import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../protocol/errors';
import { describeModel, ggufString, readGguf } from './gguf';
import { contextOf, memoryNeed } from './memory';
import type { ModelInfo } from './protocol';

/** What the header of a model's file says, for lists. */
export interface ModelFacts {
  readonly file: string;
  readonly info: ModelInfo;
  /** `general.license`, as whoever made the file wrote it. */
  readonly license: string | null;
  /** Bytes of memory that a preview takes. */
  readonly memory: number;
}

const LONGEST_LICENSE = 80;
const MOST_FILES = 500;

/** Throws UserError of `readGguf` and `describeModel`. */
export async function modelFacts(file: string, context?: number, signal?: AbortSignal): Promise<ModelFacts> {
  const gguf = await readGguf(file, { signal });
  const info = describeModel(gguf);
  const license = ggufString(gguf, 'general.license')?.replace(/\s+/g, ' ').trim() ?? '';
  return {
    file,
    info,
    license: license === '' ? null : license.slice(0, LONGEST_LICENSE),
    memory: memoryNeed(gguf, contextOf(context, info)).total,
  };
}

/** The models in a folder and one level below it; what is a GGUF but no model is told apart. */
export async function modelsIn(
  folder: string,
  signal?: AbortSignal,
): Promise<{ readonly models: readonly ModelFacts[]; readonly refused: readonly string[] }> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      const names = await readdir(inside).catch(() => []);
      files.push(...names.filter(isGguf).map((name) => path.join(inside, name)));
    } else if (isGguf(entry.name)) files.push(inside);
  }
  const models: ModelFacts[] = [];
  const refused: string[] = [];
  for (const file of files.slice(0, MOST_FILES)) {
    try {
      models.push(await modelFacts(file, undefined, signal));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push(error.message);
    }
  }
  return { models, refused };
}

function isGguf(name: string): boolean {
  return name.toLowerCase().endsWith('.gguf');
}
