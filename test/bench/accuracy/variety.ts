import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';
import { ROOT } from '../../lab/paths.mjs';
import type { AccuracyRow } from './rows';

const FOLDER = path.join(ROOT, 'test/fixtures/checks/variety');

/** A fault that was planted, or the whole of what a rule found. */
interface Planted {
  readonly id: string;
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** The variety rules on labelled sentences and their clean twins: those they were tuned on, and those held back. */
export async function accuracy(): Promise<AccuracyRow[]> {
  const rows: AccuracyRow[] = [];
  for (const [set, prefix] of [
    ['', ''],
    [' (held back)', 'heldout-'],
  ] as const) {
    const planted = JSON.parse(
      await readFile(path.join(FOLDER, `${prefix}expected.json`), 'utf8'),
    ) as Planted[];
    const files = ['faulty', 'clean'].map((name) => path.join(FOLDER, `${prefix}${name}.jsonl`));
    const { findings } = await checkFiles(files, { workers: 0 });
    for (const rule of new Set(planted.map((one) => one.rule))) {
      const wanted = planted.filter((one) => one.rule === rule);
      const found = findings.filter((finding) => finding.rule === rule);
      const hits = (one: Planted, finding: (typeof found)[number]): boolean =>
        finding.file === files[0] &&
        finding.id === one.id &&
        finding.textRange !== undefined &&
        finding.textRange.start < one.end &&
        finding.textRange.end > one.start;
      const right = found.filter((finding) => wanted.some((one) => hits(one, finding))).length;
      const met = wanted.filter((one) => found.some((finding) => hits(one, finding))).length;
      rows.push({ rule: `${rule}${set}`, planted: wanted.length, found: met, wrong: found.length - right });
    }
  }
  return rows;
}
