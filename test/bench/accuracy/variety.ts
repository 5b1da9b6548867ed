import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';

/** A fault that was planted, or the whole of what a rule found. */
interface Planted {
  readonly id: string;
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

export interface AccuracyRow {
  readonly rule: string;
  readonly set: 'tuned' | 'held-out';
  readonly planted: number;
  readonly precision: number;
  readonly recall: number;
}

const folder = path.join(__dirname, '../../../test/fixtures/checks/variety');

/** Precision (clean twin included) and recall of the variety rules on labelled sentences. */
export async function accuracy(from = folder): Promise<AccuracyRow[]> {
  const rows: AccuracyRow[] = [];
  for (const [set, prefix] of [
    ['tuned', ''],
    ['held-out', 'heldout-'],
  ] as const) {
    const planted = JSON.parse(
      await readFile(path.join(from, `${prefix}expected.json`), 'utf8'),
    ) as Planted[];
    const files = ['faulty', 'clean'].map((name) => path.join(from, `${prefix}${name}.jsonl`));
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
      rows.push({
        rule,
        set,
        planted: wanted.length,
        precision: found.length === 0 ? 1 : right / found.length,
        recall: met / wanted.length,
      });
    }
  }
  return rows;
}
