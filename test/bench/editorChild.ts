// One measurement of the dataset room in a process of its own, as cold as an extension host that has just started.
//   node editorChild.js TASK FILE      prints a JSON object of numbers
import path from 'node:path';
import { DatasetDocument } from '../../src/dataset/document';
import { indexInWorker } from '../../src/dataset/indexInWorker';
import { ROOT } from '../lab/paths.mjs';
import type { Sample } from './measure';
import { percentile, random, secondsOf } from './measure';

/** As the extension has it: reading goes on in a thread of its own. */
const indexer = indexInWorker(path.join(ROOT, 'dist', 'indexWorker.js'));
const PAGE = 50;
const JUMPS = 200;
const EDITS = 1000;

const TASKS: Readonly<Record<string, (file: string) => Promise<Sample>>> = {
  index: async (file) => ({ seconds: await secondsOf(() => indexer(file, {})) }),

  async browse(file) {
    const began = performance.now();
    const document = await DatasetDocument.begin(file, { indexer });
    await document.read(0, PAGE);
    const seconds = (performance.now() - began) / 1000;
    await document.ready;
    const next = random(2);
    const jumps: number[] = [];
    for (let jump = 0; jump < JUMPS; jump++) {
      const from = Math.floor(next() * document.count);
      jumps.push(1000 * (await secondsOf(() => document.read(from, PAGE))));
    }
    await document.dispose();
    return { seconds, p50: percentile(jumps, 0.5), p95: percentile(jumps, 0.95), peakMB: peakMB() };
  },

  async save(file) {
    const document = await DatasetDocument.open(file, { indexer });
    const next = random(3);
    const edits = Math.min(EDITS, document.count);
    const changes = [];
    for (let edit = 0; edit < edits; edit++) {
      const at = Math.floor(((edit + next()) * document.count) / edits);
      const [row] = await document.read(at, 1);
      // The file's size and line lengths vary, whatever earlier runs have left in it.
      const record = { ...(JSON.parse(row!.text!) as object), note: 'x'.repeat(Math.floor(next() * 100)) };
      changes.push({ kind: 'replace', key: row!.key, text: JSON.stringify(record) } as const);
    }
    document.apply({ label: 'bench', changes });
    const seconds = await secondsOf(() => document.save());
    await document.dispose();
    return { seconds, peakMB: peakMB() };
  },
};

function peakMB(): number {
  return process.resourceUsage().maxRSS / 1024;
}

const [task = '', file = ''] = process.argv.slice(2);
void TASKS[task]!(file).then((sample) => console.log(JSON.stringify(sample)));
