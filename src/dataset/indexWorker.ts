import { parentPort } from 'node:worker_threads';
import { Channel } from '../protocol/channel';
import { indexWorkerApi, indexerApi } from './indexWorkerApi';
import { buildLineIndex } from './lineIndex';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker of the dataset editor');
/** Handed over with the next message instead of being copied: 8 bytes for every line. */
let handedOver: ArrayBuffer[] = [];

new Channel(
  indexWorkerApi,
  indexerApi,
  {
    'index/stretch': async ({ file, from, to }, { signal, progress }) => {
      const options = { from, to, signal, onProgress: progress, blocking: true };
      const index = (await buildLineIndex(file, options)).pack();
      if (index.ends.buffer instanceof ArrayBuffer) handedOver = [index.ends.buffer];
      return index;
    },
  },
  {
    post: (message) => {
      port.postMessage(message, isResponse(message) ? handedOver.splice(0) : []);
    },
    onMessage: (listener) => port.on('message', listener),
  },
);

function isResponse(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'response';
}
