import { Worker } from 'node:worker_threads';
import { Channel } from '../protocol/channel';
import { indexWorkerApi, indexerApi } from './indexWorkerApi';
import type { Indexer } from './baseFile';
import { LineIndex } from './lineIndex';

/** An indexer that reads in a thread of its own, which ends with its work. `workerFile` is the bundled worker. */
export function indexInWorker(workerFile: string): Indexer {
  return async (file, { signal, onProgress }) => {
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
      const options = { signal, ...(onProgress === undefined ? {} : { progress: onProgress }) };
      return LineIndex.unpack(await channel.request('index/file', { file }, options));
    } finally {
      channel.dispose();
      await worker.terminate();
    }
  };
}
