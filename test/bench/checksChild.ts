// One measurement of the checks in a process of its own.
//   node checksChild.js TASK FILE      prints a JSON object
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { CheckCache } from '../../src/checks/checkCache';
import { checkFiles, checkRows } from '../../src/checks/checkFile';
import { bandsFor, hashBands } from '../../src/dataset/minHash';
import { BandFilter, NearIndex } from '../../src/dataset/nearIndex';
import { shinglesOf } from '../../src/dataset/shingles';
import { ROOT } from '../lab/paths.mjs';
import { percentile, random, secondsOf } from './measure';

const THRESHOLD = 0.8;
const TYPED = 200;
const workerFile = path.join(ROOT, 'dist', 'checkWorker.js');

const TASKS: Readonly<Record<string, (file: string) => Promise<object>>> = {
  /** Near-duplicates alone in one thread, from the file's bytes to verified pairs: what the peers do. */
  async near(file) {
    const began = performance.now();
    const records = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { messages: { content: string }[] });
    const sets = records.map(({ messages }) => shinglesOf(messages.map(({ content }) => content)));
    const cut = performance.now();
    const shape = bandsFor(THRESHOLD);
    const bands = new Uint32Array(sets.length * shape.count);
    const filter = new BandFilter(shape, sets.length);
    for (const [at, set] of sets.entries()) {
      hashBands(set, shape, bands, at * shape.count);
      filter.note(bands, at * shape.count);
    }
    const index = new NearIndex(shape, THRESHOLD, filter);
    const found: number[] = [];
    for (const [at, values] of sets.entries()) {
      const set = { values, start: 0, end: values.length };
      if (!filter.meets(bands, at * shape.count)) continue;
      if (index.twinOf(set, bands, at * shape.count) !== undefined) found.push(at);
      index.add(at, set, bands, at * shape.count);
    }
    const end = performance.now();
    return Promise.resolve({ total: (end - began) / 1000, rest: (end - cut) / 1000, found });
  },

  /** All rules on a whole file, then again after one edit on the disk, then while records are typed. */
  async check(file) {
    const cache = new CheckCache();
    const options = { cache, workerFile };
    const cold = await secondsOf(() => checkFiles([file], options));
    const { offsets, lengths, count } = cache.known(file)!;
    const next = random(4);
    const handle = await open(file, 'r+');
    const textOf = async (record: number): Promise<string> => {
      const bytes = Buffer.alloc(lengths[record]!);
      await handle.read(bytes, 0, bytes.length, offsets[record]);
      return bytes.toString('utf8');
    };
    const edited: number[] = [];
    for (let edit = 0; edit < 5; edit++) {
      const record = Math.floor(next() * count);
      const text = await textOf(record);
      const place = Buffer.byteLength(text.slice(0, text.indexOf('"assistant"') + 30));
      await handle.write(Buffer.from(String(edit)), 0, 1, offsets[record]! + place);
      edited.push(await secondsOf(() => checkFiles([file], options)));
    }
    const typed: number[] = [];
    for (let key = 0; key < TYPED; key++) {
      const record = Math.floor(next() * count);
      const text = (await textOf(record)).replace('"content":"', '"content":"Ora ');
      typed.push(1000 * (await secondsOf(() => checkRows(file, [{ line: record + 1, text }], options))));
    }
    await handle.close();
    return {
      cold,
      edited: percentile(edited, 0.5),
      p50: percentile(typed, 0.5),
      p95: percentile(typed, 0.95),
      peakMB: process.resourceUsage().maxRSS / 1024,
    };
  },
};

const [task = '', file = ''] = process.argv.slice(2);
void TASKS[task]!(file).then((sample) => console.log(JSON.stringify(sample)));
