// node-llama-cpp's bare loop in a process of its own: load, then answer each prompt that comes, reusing what the
// sequence still holds of the one before.
import type { PeerMessage, PeerRequest } from './preview';

const send = (message: PeerMessage): void => {
  process.send?.(message);
};

async function serve({ model: modelPath, context: contextSize, threads }: PeerRequest): Promise<void> {
  const { LlamaLogLevel, getLlama } = await import('node-llama-cpp');
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.disabled,
    maxThreads: 0,
  });
  const model = await llama.loadModel({ modelPath });
  send({ kind: 'loaded' });
  const sequence = (await model.createContext({ contextSize, threads })).getSequence();

  async function answer({ prompt, maxTokens }: PeerRequest): Promise<void> {
    const tokens = model.tokenize(prompt, true);
    await sequence.adaptStateToTokens(tokens, false);
    const written = [];
    let firstAt = 0;
    for await (const token of sequence.evaluate(tokens.slice(sequence.nextTokenIndex), { temperature: 0 })) {
      if (written.push(token) === 1) {
        firstAt = performance.now();
        send({ kind: 'first' });
      }
      if (written.length >= maxTokens) break;
    }
    const seconds = (performance.now() - firstAt) / 1000;
    send({
      kind: 'end',
      tokens: written.length,
      perSecond: (written.length - 1) / seconds,
    });
  }
  process.on('message', (request: PeerRequest) => void answer(request));
}

process.once('message', (request: PeerRequest) => {
  // The first request loads the model and is then answered like the others.
  void serve(request).then(() => process.emit('message', request, undefined));
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
