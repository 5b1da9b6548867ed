import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { convertAdapter } from '../adapter/convert';
import { isWhole, writeAtomically } from '../cluster/files';
import { lastLine } from '../cluster/sshErrors';
import type { Transport } from '../cluster/transport';
import { UserError } from '../protocol/errors';
import { withLock } from './fileLock';
import type { Run } from './run';
import type { RunStore } from './runStore';
import { SAMPLE_FILE, readSample } from './trainingPrompt';
import type { TransportFor } from './submit';

export interface FetchOptions {
  readonly runStore: RunStore;
  readonly transportFor: TransportFor;
  readonly signal?: AbortSignal;
  /** `done` and `total` are bytes while downloading; 0 and 0 while converting. */
  readonly onProgress?: (progress: {
    readonly phase: 'download' | 'convert';
    readonly done: number;
    readonly total: number;
  }) => void;
  /** GGUF of the base, when the run's own is not on this machine. */
  readonly baseGguf?: string;
}

/** A name from another machine becomes a path here: nothing but plain names. */
const fileName = z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/));

/** result.json, as far as it is needed here. */
const resultSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  adapter: z.object({
    path: z.literal('adapter'),
    files: z
      .array(
        z.object({
          name: fileName,
          bytes: z.int().check(z.nonnegative()),
          sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
        }),
      )
      .check(z.minLength(1), z.maxLength(1000)),
  }),
});

/** Downloads a completed run's adapter, verifies it, converts it to `.afina/runs/<run>/adapter.gguf`. May be repeated. */
export async function fetchRun(runId: string, options: FetchOptions): Promise<Run> {
  const { runStore } = options;
  const run = await runStore.get(runId);
  if (run.state !== 'completed') {
    throw new UserError(
      'run/not-completed',
      t('The run {0} has no adapter to fetch: it is not completed.', run.id),
      {
        remedies: ['showRuns'],
      },
    );
  }
  return withLock(
    path.join(runStore.folder(run.id), 'fetch.lock'),
    () => fetchLocked(run.id, options),
    options.signal,
  );
}

async function fetchLocked(id: string, options: FetchOptions): Promise<Run> {
  const { runStore, signal, onProgress } = options;
  const run = await runStore.get(id);
  if (
    run.fetched !== null &&
    (await isWhole(run.fetched.gguf, run.fetched.sha256, run.fetched.bytes, signal))
  )
    return run;
  const base = await findBase(run, options.baseGguf);
  const folder = runStore.folder(id);
  const adapterDir = path.join(folder, 'adapter');
  const transport = options.transportFor(run.clusterConfig);
  const { adapter, text } = await readResult(transport, run, signal);
  await transport.download(
    adapter.files.map(({ name, bytes, sha256 }) => ({
      local: path.join(adapterDir, name),
      remote: `${run.remote.folder}/adapter/${name}`,
      bytes,
      sha256,
    })),
    {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (done, total) => onProgress?.({ phase: 'download', done, total }),
    },
  );
  onProgress?.({ phase: 'convert', done: 0, total: 0 });
  const gguf = path.join(folder, 'adapter.gguf');
  // Versions, settings and final metrics stay with the adapter, also when the cluster forgets the run.
  await writeAtomically(path.join(folder, 'result.json'), text);
  await fetchSample(transport, run, folder, signal);
  const { bytes, sha256 } = await convertAdapter({ adapterDir, base: { gguf: base }, out: gguf, signal });
  return runStore.update(id, () => ({ fetched: { adapterDir, gguf, sha256, bytes } }));
}

/** Before anything is downloaded: without the base's own file nothing can be converted. */
async function findBase(run: Run, given: string | undefined): Promise<string> {
  const file = given ?? run.base.gguf;
  if (file !== null && (await stat(file).catch(() => undefined))?.isFile() === true) return file;
  throw new UserError(
    'run/no-base',
    t(
      'The model "{0}" is not on this machine: download it first. The adapter answers only together with it.',
      run.base.model,
    ),
    { remedies: ['chooseModel'] },
  );
}

/** Larger, it is not what the trainer writes. */
const MOST_SAMPLE = 16 * 1024 * 1024;

/** The tokens that this run trained on, for *Show Prompt*. Runs of older versions have none. */
async function fetchSample(
  transport: Transport,
  run: Run,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { code, stdout } = await transport.run(
    ['head', '-c', String(MOST_SAMPLE), '--', `${run.remote.folder}/${SAMPLE_FILE}`],
    signal === undefined ? {} : { signal },
  );
  if (code === 0 && readSample(stdout.toString('utf8'), run.id) !== undefined)
    await writeAtomically(path.join(folder, SAMPLE_FILE), stdout);
}

async function readResult(
  transport: Transport,
  run: Run,
  signal: AbortSignal | undefined,
): Promise<z.infer<typeof resultSchema> & { readonly text: string }> {
  const file = `${run.remote.folder}/result.json`;
  const { code, stdout, stderr } = await transport.run(
    ['cat', '--', file],
    signal === undefined ? {} : { signal },
  );
  if (code !== 0) {
    throw new UserError(
      'run/no-result',
      t('{0} could not read {1}: {2}', transport.title, file, lastLine(stderr)),
      {
        remedies: ['retry'],
        log: stderr,
      },
    );
  }
  try {
    const text = stdout.toString('utf8');
    const result = z.parse(resultSchema, JSON.parse(text));
    if (result.run === run.id) return { ...result, text };
  } catch {
    // The next line says so.
  }
  throw new UserError('run/no-result', t('{0} on {1} is not what a run writes.', file, transport.title), {
    log: stdout.toString('utf8').slice(0, 4000),
  });
}
