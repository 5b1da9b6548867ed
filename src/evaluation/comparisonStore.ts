import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../dataset/atomicWrite';
import { fileError } from '../dataset/fileErrors';
import { personKey } from '../dataset/review';
import { UserError } from '../protocol/errors';
import { Answers, comparedAnswer, comparedRecord, comparisonSpec, vote } from './comparison';
import type { ComparedAnswer, ComparedRecord, ComparisonSpec, Vote } from './comparison';

/** A comparison as its folder tells it. */
export interface Comparison {
  /** Absolute. */
  readonly folder: string;
  readonly spec: ComparisonSpec;
  readonly records: readonly ComparedRecord[];
  readonly answers: Answers;
  /** Of every judge, those that were taken back among them. */
  readonly votes: readonly Vote[];
}

const SPEC = 'spec.json';
const RECORDS = 'records.jsonl';
const ANSWERS = 'answers.jsonl';
const VOTES = /^votes-[A-Za-z0-9-]+\.jsonl$/;

/** What else lies in `.afina/` is this machine's own; comparisons are what several people work on. */
const IGNORE_ALL = '*\n';
const IGNORE = '*\n!/comparisons/\n!/comparisons/**\n';
/** Files that only grow: git joins the lines of both sides. */
const ATTRIBUTES = '*.jsonl merge=union\n';

export function comparisonsFolder(projectRoot: string): string {
  return path.join(projectRoot, '.afina', 'comparisons');
}

/** Begins a comparison in a folder of its own. Throws UserError when it cannot be written. */
export async function createComparison(
  projectRoot: string,
  spec: Omit<ComparisonSpec, 'version' | 'id' | 'createdAt'>,
  records: readonly ComparedRecord[],
): Promise<Comparison> {
  const now = new Date();
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const id = `${stamp}-${randomBytes(3).toString('hex')}`;
  const parent = comparisonsFolder(projectRoot);
  const folder = path.join(parent, id);
  const whole = { version: 1, id, createdAt: now.toISOString(), ...spec } as ComparisonSpec;
  try {
    await mkdir(folder, { recursive: true });
    await shareInGit(projectRoot);
    await writeFile(path.join(parent, '.gitattributes'), ATTRIBUTES, { flag: 'wx' }).catch(ignoreExisting);
    await writeFileAtomic(path.join(folder, RECORDS), records.map(lineOf).join(''));
    // Last: a folder with a spec is a whole comparison.
    await writeFileAtomic(path.join(folder, SPEC), `${JSON.stringify(whole, undefined, 1)}\n`);
  } catch (error) {
    throw fileError(error, folder);
  }
  return openComparison(folder);
}

/** Throws UserError when the folder holds no comparison that can be read. */
export async function openComparison(folder: string): Promise<Comparison> {
  const file = path.join(folder, SPEC);
  let spec: ComparisonSpec;
  try {
    spec = comparisonSpec.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UserError(
      'comparison/broken',
      t('The comparison in {0} cannot be read: spec.json is missing or broken. Begin a new one.', folder),
      { place: { file }, remedies: ['openFile'] },
      { cause: error },
    );
  }
  const names = (await readdir(folder)).filter((name) => VOTES.test(name)).sort();
  const [records, answers, ...votes] = await Promise.all([
    readLines(path.join(folder, RECORDS), comparedRecord),
    readLines(path.join(folder, ANSWERS), comparedAnswer),
    ...names.map((name) => readLines(path.join(folder, name), vote)),
  ]);
  return { folder, spec, records, answers: new Answers(answers), votes: votes.flat() };
}

/** The project's comparisons, the newest first; folders that hold none are left out. */
export async function listComparisons(projectRoot: string): Promise<Comparison[]> {
  const parent = comparisonsFolder(projectRoot);
  const names = await readdir(parent).catch(() => []);
  const found = await Promise.all(
    names.map((name) => openComparison(path.join(parent, name)).catch(() => undefined)),
  );
  return found
    .filter((each) => each !== undefined)
    .sort((x, y) => y.spec.createdAt.localeCompare(x.spec.createdAt));
}

export function appendAnswer(folder: string, answer: ComparedAnswer): Promise<void> {
  return appendLine(path.join(folder, ANSWERS), answer, false);
}

/** Each judge has a file, so that two people's never conflict. */
export function appendVote(folder: string, given: Vote): Promise<void> {
  return appendLine(path.join(folder, votesFile(given.judge)), given, true);
}

function votesFile(judge: string): string {
  const name = judge
    .replace(/<.*/, '')
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 40);
  // People of one name have different addresses.
  const mark = createHash('sha256').update(personKey(judge)).digest('hex').slice(0, 6);
  return `votes-${name === '' ? '' : `${name}-`}${mark}.jsonl`;
}

/**
 * With `sync` it is on the disk when this returns: people do not judge twice, answers can be made again. A line that a
 * crash tore is ended first, so that it harms no other.
 */
async function appendLine(file: string, value: object, sync: boolean): Promise<void> {
  try {
    const handle = await open(file, 'a+');
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      const torn = size > 0 && last[0] !== 10;
      await handle.appendFile(`${torn ? '\n' : ''}${lineOf(value)}`);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Lines that are none of ours, or torn by a crash, are left out. */
async function readLines<S extends z.ZodMiniType>(file: string, schema: S): Promise<z.infer<S>[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    try {
      const parsed = z.safeParse(schema, JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

async function shareInGit(projectRoot: string): Promise<void> {
  const file = path.join(projectRoot, '.afina', '.gitignore');
  const present = await readFile(file, 'utf8').catch(() => IGNORE_ALL);
  // Whoever wrote something else there knows better.
  if (present === IGNORE_ALL) await writeFile(file, IGNORE);
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
