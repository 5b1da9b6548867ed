import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { mkdir, open, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { writeAtomically } from '../cluster/files';
import { UserError, messageOf } from '../protocol/errors';
import { withLock } from './fileLock';
import { isEnded, metricSchema, runSchema } from './run';
import type { Metric, Run } from './run';

export interface BrokenRun {
  readonly id: string;
  /** Absolute path of the run.json that cannot be read. */
  readonly file: string;
  readonly message: string;
}

/** New bytes of a run's growing files, and from where they are. */
export interface Growth {
  readonly from: { readonly metrics: number; readonly log: number };
  /** Whole lines only. */
  readonly metrics: Buffer;
  readonly log: Buffer;
}

const FOLDER = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const DEBOUNCE_MS = 60;

/** The runs of one project, in `.afina/runs/<run>/`. Several windows may use it at once. */
export class RunStore {
  private readonly runs: string;

  constructor(readonly projectRoot: string) {
    this.runs = path.join(projectRoot, '.afina', 'runs');
  }

  /** `.afina/runs/<run>`, absolute. Holds run.json, spec.json, metrics.jsonl, train.log, adapter/, adapter.gguf. */
  folder(id: string): string {
    return path.join(this.runs, id);
  }

  /** Newest first. A folder without run.json is none of ours. */
  async list(): Promise<{ runs: Run[]; broken: BrokenRun[] }> {
    const runs: Run[] = [];
    const broken: BrokenRun[] = [];
    for (const id of await this.ids()) {
      try {
        const run = await this.read(id);
        if (run !== undefined) runs.push(run);
      } catch (error) {
        broken.push({ id, file: this.file(id), message: messageOf(error) });
      }
    }
    runs.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
    return { runs, broken };
  }

  /** Throws UserError `run/unknown` or `run/broken`. A unique beginning or end of an id is accepted. */
  async get(id: string): Promise<Run> {
    const ids = await this.ids();
    const matching = ids.includes(id) ? [id] : ids.filter((each) => each.startsWith(id) || each.endsWith(id));
    const [only, ...more] = id === '' ? [] : matching;
    if (only === undefined)
      throw new UserError('run/unknown', t('There is no run "{0}" in this project.', id), {
        remedies: ['showRuns'],
      });
    if (more.length > 0) {
      throw new UserError('run/unknown', t('"{0}" fits several runs: {1}.', id, matching.join(', ')), {
        remedies: ['showRuns'],
      });
    }
    const run = await this.read(only);
    if (run === undefined)
      throw new UserError('run/unknown', t('There is no run "{0}" in this project.', id), {
        remedies: ['showRuns'],
      });
    return run;
  }

  /** Throws UserError `run/exists`. */
  async create(run: Run): Promise<void> {
    await this.makeFolder();
    await mkdir(this.folder(run.id), { recursive: true });
    await withLock(this.lock(run.id), async () => {
      if ((await stat(this.file(run.id)).catch(() => undefined)) !== undefined) {
        throw new UserError('run/exists', t('The run {0} exists already.', run.id), {
          remedies: ['showRuns'],
        });
      }
      await this.write(run);
    });
    await this.announce();
  }

  /** Changes a run under its lock; `change` gets the newest state and returns what is to differ. */
  async update(id: string, change: (run: Run) => Partial<Run>): Promise<Run> {
    return (await this.absorb(id, undefined, change)).run;
  }

  /**
   * Appends what a poll brought and changes the run, in one step: bytes that another window has stored in between are
   * left out, and so are those of a crash between file and run.json.
   */
  async absorb(
    id: string,
    growth: Growth | undefined,
    change: (run: Run) => Partial<Run>,
  ): Promise<{ run: Run; changed: boolean }> {
    const result = await withLock(this.lock(id), async () => {
      const run = await this.read(id);
      if (run === undefined)
        throw new UserError('run/unknown', t('There is no run "{0}" in this project.', id), {
          remedies: ['showRuns'],
        });
      const offsets = { ...run.offsets };
      let grown = false;
      for (const [kind, name] of [
        ['metrics', 'metrics.jsonl'],
        ['log', 'train.log'],
      ] as const) {
        if (growth === undefined || growth[kind].length === 0 || growth.from[kind] !== offsets[kind])
          continue;
        const written = await writeAt(path.join(this.folder(id), name), growth[kind], offsets[kind]);
        offsets[kind] = written ? offsets[kind] + growth[kind].length : 0;
        grown = true;
      }
      const next: Run = { ...run, offsets, ...change({ ...run, offsets }) };
      const differs = JSON.stringify(next) !== JSON.stringify(run);
      if (differs) await this.write(next);
      return { run: next, changed: grown || differs };
    });
    if (result.changed) await this.announce();
    return result;
  }

  /** All metrics that are here. A line that cannot be read is left out. */
  async metrics(id: string): Promise<Metric[]> {
    return parseMetrics(await readFile(path.join(this.folder(id), 'metrics.jsonl'), 'utf8').catch(() => ''));
  }

  /** Last `bytes` of the run's train.log. */
  async logTail(id: string, bytes: number): Promise<string> {
    let handle;
    try {
      handle = await open(path.join(this.folder(id), 'train.log'));
      const { size } = await handle.stat();
      const length = Math.min(size, bytes);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      const text = buffer.subarray(0, bytesRead).toString('utf8');
      // The first line of a part is rarely whole.
      return length < size ? text.slice(text.indexOf('\n') + 1) : text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    } finally {
      await handle?.close();
    }
  }

  /** Removes the local folder of an ended run (nothing on the cluster). */
  async remove(id: string): Promise<void> {
    const run = await this.get(id);
    if (!isEnded(run.state)) {
      throw new UserError('run/active', t('The run {0} has not ended: cancel it first.', run.id), {
        remedies: ['showRuns'],
      });
    }
    await rm(this.folder(run.id), { recursive: true, force: true });
    await this.announce();
  }

  /** Calls back when any run changed, in this window or another. Returns the function that stops it. */
  watchChanges(listener: () => void): () => void {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    let watcher: FSWatcher | undefined;
    const changed = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!stopped) listener();
      }, DEBOUNCE_MS);
    };
    void this.makeFolder()
      .then(() => {
        if (stopped) return;
        // One file that every change rewrites: watching a folder of folders is not possible everywhere.
        watcher = watch(this.runs, { persistent: false }, (_event, name) => {
          if (name === null || name === MARKER) changed();
        });
        watcher.on('error', () => watcher?.close());
      })
      .catch(() => undefined);
    return () => {
      stopped = true;
      clearTimeout(timer);
      watcher?.close();
    };
  }

  private file(id: string): string {
    return path.join(this.folder(id), 'run.json');
  }

  private lock(id: string): string {
    return path.join(this.folder(id), 'run.lock');
  }

  private async ids(): Promise<string[]> {
    const entries = await readdir(this.runs, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name)).map(({ name }) => name);
  }

  /** Undefined when there is no run.json; throws UserError `run/broken`. */
  private async read(id: string): Promise<Run | undefined> {
    const file = this.file(id);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    let reason: string;
    try {
      const parsed = z.safeParse(runSchema, JSON.parse(text));
      if (parsed.success && parsed.data.id === id) return parsed.data;
      reason = parsed.success ? 'id' : (parsed.error.issues[0]?.path.join('.') ?? '');
    } catch (error) {
      reason = messageOf(error);
    }
    throw new UserError(
      'run/broken',
      t('{0} cannot be read ({1}). Remove that folder, or restore the file.', file, reason),
      {
        place: { file },
        remedies: ['openFile'],
      },
    );
  }

  private write(run: Run): Promise<void> {
    return writeAtomically(this.file(run.id), `${JSON.stringify(run, undefined, 1)}\n`);
  }

  private async makeFolder(): Promise<void> {
    await mkdir(this.runs, { recursive: true });
    await ignoreInGit(this.projectRoot);
  }

  private async announce(): Promise<void> {
    await writeFile(path.join(this.runs, MARKER), randomUUID()).catch(() => undefined);
  }
}

const MARKER = '.changed';

/** Keeps `.afina/` out of git whatever the project's own .gitignore says. */
export async function ignoreInGit(projectRoot: string): Promise<void> {
  await writeFile(path.join(projectRoot, '.afina', '.gitignore'), '*\n', { flag: 'wx' }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    },
  );
}

export function parseMetrics(text: string): Metric[] {
  const metrics: Metric[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const parsed = z.safeParse(metricSchema, JSON.parse(line));
      if (parsed.success) metrics.push(parsed.data);
    } catch {
      // Torn by a crash of the trainer.
    }
  }
  return metrics;
}

/** Writes at an offset and drops whatever stood behind it; false when the file has lost what stood before it. */
async function writeAt(file: string, data: Buffer, offset: number): Promise<boolean> {
  const handle = await open(file, offset === 0 ? 'w' : 'a');
  try {
    const { size } = await handle.stat();
    if (size < offset) return false;
    if (size > offset) await truncate(file, offset);
    await handle.write(data);
    return true;
  } finally {
    await handle.close();
  }
}
