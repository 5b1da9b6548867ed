// The checks: near-duplicates beside the Python packages for it, all rules on a whole file, after an edit and while
// typing, and how well each rule does on labelled texts.
import { copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, paths } from '../lab/paths.mjs';
import { run as runProcess } from '../lab/processes.mjs';
import { accuracy as citationAccuracy } from './accuracy/citation';
import { accuracy as nearAccuracy } from './accuracy/near';
import { accuracy as piiAccuracy } from './accuracy/pii';
import { accuracy as qualityAccuracy } from './accuracy/quality';
import type { AccuracyRow } from './accuracy/rows';
import { accuracy as structureAccuracy } from './accuracy/structure';
import { accuracy as varietyAccuracy } from './accuracy/variety';
import { jaccard, shingles } from './bruteForce';
import { withTemporary } from './inputs';
import type { Sample } from './measure';
import { inTurn, report, say } from './measure';
import { nearRecordFile } from './nearInputs';

const RECORDS = 100_000;
const COMPARED = 30_000;
const RUNS = 3;
const THRESHOLD = 0.8;
/** Another Python that has the peers. */
const PYTHON = process.env.AFINA_PEERS_PYTHON ?? paths.venvPython;

/** Each family's labelled texts. */
const ACCURACY: readonly (() => Promise<readonly AccuracyRow[]>)[] = [
  nearAccuracy,
  citationAccuracy,
  piiAccuracy,
  qualityAccuracy,
  varietyAccuracy,
  structureAccuracy,
];

export async function run(): Promise<void> {
  await near();
  await whole();
  for (const accuracy of ACCURACY) for (const row of await accuracy()) reportAccuracy(row);
}

async function near(): Promise<void> {
  const file = await nearRecordFile(COMPARED);
  const planted = await plantedIn(file);
  const measured = async (command: string, args: readonly string[]): Promise<Sample> => {
    const { stdout } = await runProcess(command, [...args, file]);
    const { total, rest, found } = JSON.parse(stdout) as { total: number; rest: number; found: number[] };
    const said = new Set(found);
    const recall = planted.filter((at) => said.has(at)).length / planted.length;
    return { perSecond: COMPARED / total, restPerSecond: COMPARED / rest, recall };
  };
  const peer = (name: string) => (): Promise<Sample> =>
    measured(PYTHON, [path.join(ROOT, 'test', 'bench', 'nearPeer.py'), name]);
  const medians = await inTurn(RUNS, {
    afina: () => measured(process.execPath, [path.join(__dirname, 'checksChild.js'), 'near']),
    datasketch: peer('datasketch'),
    rensa: peer('rensa'),
  });
  for (const name of ['datasketch', 'rensa'] as const) {
    for (const [metric, key, unit] of [
      ['near-duplicates, one thread', 'perSecond', 'records/s'],
      ['near-duplicates from the shingles on, one thread', 'restPerSecond', 'records/s'],
      ['near-duplicates, recall of the pairs from 0.8 on', 'recall', 'share'],
    ] as const) {
      report({
        bench: 'checks',
        case: `${COMPARED} records, ${planted.length} near-duplicates`,
        metric,
        value: medians('afina', key),
        unit,
        peer: name,
        peerValue: medians(name, key),
      });
    }
  }
}

/** Records that brute force finds to be as similar to the one they were made of as the threshold wants. */
async function plantedIn(file: string): Promise<number[]> {
  const records = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { id: string; messages: { content: string }[]; meta: { of?: string } },
    );
  const sets = new Map(
    records.map(({ id, messages }) => [id, shingles(messages.map(({ content }) => content).join(' '))]),
  );
  return records.flatMap(({ id, meta: { of } }, at) =>
    of !== undefined && jaccard(sets.get(id)!, sets.get(of)!) >= THRESHOLD ? [at] : [],
  );
}

async function whole(): Promise<void> {
  const source = await nearRecordFile(RECORDS);
  const medians = await withTemporary('checked.jsonl', async (file) => {
    await copyFile(source, file);
    return inTurn(RUNS, {
      afina: async () => {
        const { stdout } = await runProcess(process.execPath, [
          path.join(__dirname, 'checksChild.js'),
          'check',
          file,
        ]);
        return JSON.parse(stdout) as Sample;
      },
    });
  });
  const name = `${RECORDS} records, ${Math.round((await stat(source)).size / 1e6)} MB, all rules`;
  for (const [metric, key, unit] of [
    ['whole file', 'cold', 's'],
    ['whole file after one edit', 'edited', 's'],
    ['one record while typing, p50', 'p50', 'ms'],
    ['one record while typing, p95', 'p95', 'ms'],
    ['peak memory', 'peakMB', 'MB'],
  ] as const) {
    report({ bench: 'checks', case: name, metric, value: medians('afina', key), unit });
  }
}

function reportAccuracy({ rule, planted, found, wrong }: AccuracyRow): void {
  const name = { bench: 'checks', case: `${rule}, ${planted} planted` };
  say(`  ${rule}: ${found} of ${planted} found, ${wrong} wrong`);
  report({
    ...name,
    metric: 'precision',
    value: found + wrong === 0 ? 1 : found / (found + wrong),
    unit: 'share',
  });
  report({ ...name, metric: 'recall', value: planted === 0 ? 1 : found / planted, unit: 'share' });
}
