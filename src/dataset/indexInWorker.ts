import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Channel } from '../protocol/channel';
import type { Indexer } from './baseFile';
import { sameStamp } from './fileStamp';
import { indexWorkerApi, indexerApi } from './indexWorkerApi';
import { lineCuts } from './lineCuts';
import { LineIndex } from './lineIndex';
import type { IndexOptions, PackedIndex } from './lineIndex';

/** Bytes that are worth a thread of their own, which takes some 30 ms to start. */
const WORTH_THREAD = 128 * 1024 * 1024;
const MOST_THREADS = 4;

/**
 * An indexer that reads in threads of its own, which end with their work: a large file in as many stretches as there
 * are processors. `workerFile` is the bundled worker.
 */
export function indexInWorker(workerFile: string): Indexer {
  return async (file, { signal, onProgress }) => {
    const stretches = await stretchesOf(file);
    const total = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
    const read = stretches.map(() => 0);
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    try {
      const parts = await Promise.all(
        stretches.map((stretch, at) =>
          indexStretch(workerFile, file, stretch, either, ({ bytes }) => {
            read[at] = bytes;
            onProgress?.({ bytes: read.reduce((sum, each) => sum + each, 0), total });
          }),
        ),
      );
      if (!parts.every(({ stamp }) => parts[0] !== undefined && sameStamp(stamp, parts[0].stamp))) {
        throw new Error('the file was changed while it was indexed');
      }
      return LineIndex.join(parts);
    } finally {
      stop.abort();
    }
  };
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

async function stretchesOf(file: string): Promise<Stretch[]> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const threads = Math.min(MOST_THREADS, availableParallelism(), Math.ceil(size / WORTH_THREAD));
    const cuts = threads < 2 ? [0] : await lineCuts(handle, size, Math.ceil(size / threads));
    return cuts.map((from, at) => ({ from, to: cuts[at + 1] ?? size }));
  } finally {
    await handle.close();
  }
}

async function indexStretch(
  workerFile: string,
  file: string,
  { from, to }: Stretch,
  signal: AbortSignal,
  onProgress: NonNullable<IndexOptions['onProgress']>,
): Promise<PackedIndex> {
  const worker = new Worker(workerFile, {
    // What it needs is one read buffer; a thread's own heap would otherwise grow with the machine's memory.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const channel = new Channel(
    indexerApi,
    indexWorkerApi,
    {},
    {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => worker.on('message', listener),
      onClose: (listener) => {
        worker.on('error', (error) => listener(error instanceof Error ? error : new Error(String(error))));
        worker.on('exit', (code) => listener(new Error(`the worker of the index ended with code ${code}`)));
      },
    },
  );
  try {
    return await channel.request('index/stretch', { file, from, to }, { signal, progress: onProgress });
  } finally {
    channel.dispose();
    await worker.terminate();
  }
}
