import { parentPort, workerData } from 'node:worker_threads';
import { config } from '@vscode/l10n';
import { Channel } from '../protocol/channel';
import { checkRange } from './checkRange';
import { poolApi, workerApi } from './workerApi';
import type { WorkerData } from './workerApi';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker of the checks');
const { l10n } = workerData as WorkerData;
if (l10n !== null) config({ contents: { ...l10n } });

new Channel(
  workerApi,
  poolApi,
  {
    'checks/range': (job, { signal, progress }) => checkRange(job, { signal, onBytes: progress }),
  },
  {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', listener),
  },
);
