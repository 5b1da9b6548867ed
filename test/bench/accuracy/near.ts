// Near-duplicates and leakage: planted faults in real Portuguese, and thousands of generated pairs beside brute force.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { ROOT } from '../../lab/paths.mjs';
import { jaccard, shingles } from '../bruteForce';
import { nearRecordFile } from '../nearInputs';
import type { AccuracyRow } from './rows';

const FIXTURES = path.join(ROOT, 'test', 'fixtures', 'checks', 'near');
const RULES = ['duplicate/near', 'leakage/split', 'leakage/source'];
/** Never looked at while tuning. */
const GENERATED = 20_000;
const THRESHOLD = 0.8;

interface Planted {
  readonly rule: string;
  readonly line: number;
  readonly twin: number;
}

export async function accuracy(): Promise<readonly AccuracyRow[]> {
  const planted = JSON.parse(await readFile(path.join(FIXTURES, 'expected.json'), 'utf8')) as Planted[];
  const files = ['faulty.jsonl', 'clean.jsonl'].map((name) => path.join(FIXTURES, name));
  const [faulty, clean] = await Promise.all(files.map((file) => findings([file])));
  const rows = RULES.map((rule): AccuracyRow => {
    const own = planted.filter((each) => each.rule === rule);
    const key = (line: number, twin: number | undefined): string => `${line} ${twin ?? ''}`;
    const wanted = new Set(own.map(({ line, twin }) => key(line, twin)));
    const got = faulty!.filter((each) => each.rule === rule);
    const found = got.filter(({ line, twin }) => wanted.has(key(line, twin?.line))).length;
    const alarms = clean!.filter((each) => each.rule === rule).length;
    return { rule, planted: own.length, found, wrong: got.length - found + alarms };
  });
  return [...rows, await generated()];
}

async function findings(files: string[]): Promise<readonly Finding[]> {
  return (await checkFiles(files, { workers: 0 })).findings;
}

/** Pairs of which one was made of the other: planted are those that brute force finds similar enough. */
async function generated(): Promise<AccuracyRow> {
  const file = await nearRecordFile(GENERATED);
  const records = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { id: string; messages: { content: string }[]; meta: { of?: string } },
    );
  const sets = records.map(({ messages }) => shingles(messages.map(({ content }) => content).join(' ')));
  const places = new Map(records.map(({ id }, at) => [id, at]));
  const similar = (a: number, b: number): boolean => jaccard(sets[a]!, sets[b]!) >= THRESHOLD;
  const got = (await findings([file])).filter(
    ({ rule, twin }) => (rule === 'duplicate/near' || rule === 'duplicate/exact') && twin?.of === 'record',
  );
  const said = new Set(got.map(({ line }) => line - 1));
  const planted = records.flatMap(({ meta }, at) =>
    meta.of !== undefined && similar(at, places.get(meta.of)!) ? [at] : [],
  );
  return {
    rule: `duplicate/near, ${GENERATED} generated records`,
    planted: planted.length,
    found: planted.filter((at) => said.has(at)).length,
    wrong: got.filter(({ line, twin }) => !similar(line - 1, twin!.line - 1)).length,
  };
}
