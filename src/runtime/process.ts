// The forked process that holds llama.cpp. A native crash ends this process and nothing else.
import path from 'node:path';
import { config } from '@vscode/l10n';
import { Channel } from '../protocol/channel';
import type { Transport } from '../protocol/channel';
import { Engine } from './engine';
import { runtimeApi } from './protocol';

const nothing = { methods: {}, events: {} } as const;

const transport: Transport = {
  post: (message) => {
    if (process.connected) process.send?.(message);
  },
  onMessage: (listener) => process.on('message', listener),
};

/** Texts of this process in the interface's language. Without them it speaks English. */
function loadTexts(bundle: string | undefined): void {
  if (bundle === undefined || bundle === '') return;
  try {
    config({ fsPath: bundle });
  } catch {
    // English is better than no preview
  }
}
const texts = process.env.AFINA_L10N_BUNDLE;
loadTexts(texts);

// Listening starts before anything is awaited: a request that is already there is not lost.
const threads = Number(process.env.AFINA_THREADS);
const engine = new Engine({
  // Metal is part of macOS on Apple silicon; elsewhere the package carries the CPU alone.
  gpu:
    process.env.AFINA_GPU === 'auto' || `${process.platform}-${process.arch}` === 'darwin-arm64'
      ? 'auto'
      : false,
  log: (level, text) => channel.emit('runtime/log', { level, text }),
  ...(threads > 0 ? { threads } : {}),
  // The file of a language bears its name.
  language: texts === undefined ? 'en' : path.basename(texts, '.json'),
});
const channel = new Channel(runtimeApi, nothing, engine.handlers, transport);

// A normal exit runs llama.cpp's destructors under its working threads and may hang or abort; there is no state to save.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
