// The dataset room: what opening, jumping about in and saving a file costs, beside the system's own tools.
import { copyFile, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { run as runProcess } from '../lab/processes.mjs';
import { inWindow } from './editorWindow';
import { freeBytes, recordFile, withTemporary } from './inputs';
import type { Sample } from './measure';
import { inTurn, report, say, secondsOf } from './measure';

const GB = 1e9;
/** The input, the copy that is saved to, what a save writes beside it, and the copy that `cat` makes, with some room. */
const NEEDED_FOR_LARGE = 5 * GB;
const RUNS = 5;

export async function run(): Promise<void> {
  await measure(10);
  const free = await freeBytes();
  if (free < NEEDED_FOR_LARGE) {
    say(`  Not measured with 1,000,000 records: that takes 5 GB, and ${(free / GB).toFixed(1)} GB are free.`);
    return;
  }
  await measure(1_000_000);
  await measureWindow();
}

async function measureWindow(): Promise<void> {
  const [small, large] = [await recordFile(10), await recordFile(1_000_000)];
  const window = await inTurn(3, { window: () => inWindow(small, large) });
  const value = (metric: string): number => window('window', metric);
  const result = { bench: 'editor', case: '1000000 records in VS Code' };
  report({
    ...result,
    metric: 'click to first records',
    value: value('largeSeconds'),
    unit: 's',
    peer: 'the same with 10 records',
    peerValue: value('smallSeconds'),
  });
  report({
    ...result,
    metric: 'rows still being read after a jump, p50',
    value: value('blankP50'),
    unit: 'ms',
  });
  report({
    ...result,
    metric: 'rows still being read after a jump, most',
    value: value('blankMost'),
    unit: 'ms',
  });
  report({
    ...result,
    metric: 'extension host, all of it',
    value: value('hostAfter'),
    unit: 'MB',
    peer: 'with 10 records',
    peerValue: value('hostBefore'),
  });
}

async function child(task: string, file: string): Promise<Sample> {
  const { stdout } = await runProcess(process.execPath, [path.join(__dirname, 'editorChild.js'), task, file]);
  return JSON.parse(stdout) as Sample;
}

async function measure(records: number): Promise<void> {
  const file = await recordFile(records);
  const { size } = await stat(file);
  const name = `${records} records, ${size > GB / 100 ? `${(size / GB).toFixed(2)} GB` : `${Math.round(size / 1000)} kB`}`;
  const result = { bench: 'editor', case: name };
  say(`  ${name}`);

  const reading = await inTurn(RUNS, {
    index: () => child('index', file),
    wc: async () => ({ seconds: await secondsOf(() => runProcess('wc', ['-l', file])) }),
    browse: () => child('browse', file),
  });
  report({ ...result, metric: 'open to first 50 rows', value: reading('browse', 'seconds'), unit: 's' });
  report({
    ...result,
    metric: 'line index',
    value: reading('index', 'seconds'),
    unit: 's',
    peer: 'wc -l',
    peerValue: reading('wc', 'seconds'),
  });
  report({ ...result, metric: 'jump to 50 rows, p50', value: reading('browse', 'p50'), unit: 'ms' });
  report({ ...result, metric: 'jump to 50 rows, p95', value: reading('browse', 'p95'), unit: 'ms' });
  report({
    ...result,
    metric: 'peak memory, open and 200 jumps',
    value: reading('browse', 'peakMB'),
    unit: 'MB',
  });

  const saving = await withTemporary('saved.jsonl', async (saved) => {
    await copyFile(file, saved);
    await sync(saved);
    return inTurn(RUNS, {
      save: () => child('save', saved),
      cat: () => catSeconds(file, false),
      'cat and fsync': () => catSeconds(file, true),
    });
  });
  for (const peer of ['cat', 'cat and fsync'] as const) {
    report({
      ...result,
      metric: `save after ${Math.min(1000, records)} edits`,
      value: saving('save', 'seconds'),
      unit: 's',
      peer: peer === 'cat' ? 'cat file > copy' : 'cat file > copy, then fsync',
      peerValue: saving(peer, 'seconds'),
    });
  }
  report({ ...result, metric: 'peak memory, save', value: saving('save', 'peakMB'), unit: 'MB' });
}

/** A save is on the disk when it ends, what `cat` wrote is not: both are worth comparing with. */
async function catSeconds(file: string, durable: boolean): Promise<Sample> {
  return withTemporary('copied.jsonl', async (copy) => {
    const seconds = await secondsOf(async () => {
      await runProcess('sh', ['-c', 'cat "$1" > "$2"', 'sh', file, copy]);
      if (durable) await sync(copy);
    });
    await rm(copy);
    return { seconds };
  });
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}
