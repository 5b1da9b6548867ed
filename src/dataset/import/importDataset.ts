import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { CancelledError, UserError } from '../../protocol/errors';
import { replaceFile } from '../atomicWrite';
import type { ByteSink } from '../atomicWrite';
import { oneLine } from '../content';
import { fileError, systemCode } from '../fileErrors';
import { sameStamp, stampOf } from '../fileStamp';
import type { FileStamp } from '../fileStamp';
import { readLines } from '../lineReader';
import { isObject } from '../record';
import type { Status } from '../record';
import { importRecord } from './importRecord';
import type { ImportSource } from './importSource';
import type { Mapping } from './mapping';

export interface ImportOptions {
  readonly source: ImportSource;
  readonly mapping: Mapping;
  /** The state of records that have none. */
  readonly status: Status;
  /** The dataset: absolute. Folders above it are made. */
  readonly target: string;
  /** `new` refuses a file that is there; `append` keeps every byte of it. */
  readonly mode: 'new' | 'append' | 'overwrite';
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the source read so far, of all. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

export interface ImportResult {
  readonly target: string;
  readonly records: number;
  /** Records whose id another has, and that got one of their own. */
  readonly renamed: number;
  /** Records whose state nobody knows: they have that of records without one. */
  readonly unknownStatus: number;
  readonly skipped: number;
  /** Some of the rows that were left out. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

const NAMED = 20;

/**
 * Writes the records of a source as a dataset, wholly or not at all. Throws UserError (`import/…`, `changed-on-disk`),
 * CancelledError, and what reading and writing files throws.
 */
export async function importDataset(options: ImportOptions): Promise<ImportResult> {
  const { source, target, mode, signal } = options;
  try {
    const before = await stampAt(target);
    if (mode === 'new' && before !== undefined) {
      throw new UserError(
        'import/exists',
        t('{0} is there already. Choose another name, or add the records to it.', target),
        { place: { file: target } },
      );
    }
    if (before !== undefined && (await sameFile(source.file, target))) {
      throw new UserError('import/same', t('{0} is the file that is imported. Choose another one.', target), {
        place: { file: target },
      });
    }
    const append = mode === 'append' && before !== undefined;
    const ids = append ? await idsOf(target, signal) : new Set<string>();
    await mkdir(path.dirname(target), { recursive: true });
    let result: ImportResult | undefined;
    await replaceFile(
      target,
      async (sink) => {
        if (append) await copy(target, sink, signal);
        result = await writeRecords(sink, ids, options);
        if (result.records === 0) throw nothing(source, result);
        const after = await stampAt(target);
        const same =
          before === undefined ? after === undefined : after !== undefined && sameStamp(before, after);
        if (!same && mode !== 'overwrite') {
          throw new UserError(
            'changed-on-disk',
            t('{0} changed while it was being read. Try again.', target),
            {
              place: { file: target },
              remedies: ['retry'],
            },
          );
        }
      },
      { signal },
    );
    if (result === undefined) throw new Error('nothing was written');
    return result;
  } catch (error) {
    throw fileError(error, target);
  }
}

async function writeRecords(
  sink: ByteSink,
  ids: Set<string>,
  { source, mapping, status, target, signal, progress }: ImportOptions,
): Promise<ImportResult> {
  const prefix =
    path
      .basename(target)
      .replace(/\.jsonl$/i, '')
      .replace(/[^\p{L}\p{N}_-]+/gu, '-') || 'r';
  const problems: { line: number; message: string }[] = [];
  let records = 0;
  let renamed = 0;
  let unknownStatus = 0;
  let skipped = 0;
  let number = 0;
  const tried = new Map<string, number>();
  const skip = (line: number, message: string): void => {
    skipped++;
    if (problems.length < NAMED) problems.push({ line, message });
  };
  const onBytes = (done: number): void => progress?.(done, source.size);
  for await (const row of source.rows({ signal, onBytes })) {
    if (signal?.aborted === true) throw new CancelledError();
    const record = 'problem' in row ? row : importRecord(row, mapping, status);
    if ('problem' in record) {
      skip(row.line, record.problem);
      continue;
    }
    let { id } = record;
    if (id === '') {
      do id = `${prefix}-${String(++number).padStart(4, '0')}`;
      while (ids.has(id));
    } else if (ids.has(id)) {
      id = freeId(id, ids, tried);
      renamed++;
    }
    ids.add(id);
    if (record.unknownStatus) unknownStatus++;
    records++;
    const text = JSON.stringify({ id, ...record.fields, meta: record.meta });
    await sink.write(Buffer.from(`${oneLine(text)}\n`, 'utf8'));
  }
  return { target, records, renamed, unknownStatus, skipped, problems };
}

/** `tried` keeps how far each id has come: a table may have the same one in every row. */
function freeId(id: string, ids: ReadonlySet<string>, tried: Map<string, number>): string {
  for (let n = tried.get(id) ?? 2; ; n++) {
    if (ids.has(`${id}-${n}`)) continue;
    tried.set(id, n + 1);
    return `${id}-${n}`;
  }
}

/** Ids of a dataset; what is no JSON has none. */
async function idsOf(file: string, signal: AbortSignal | undefined): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const lines of readLines(file, { signal })) {
    for (const { bytes } of lines) {
      try {
        const value: unknown = JSON.parse(bytes.toString('utf8'));
        if (isObject(value) && typeof value.id === 'string') ids.add(value.id);
      } catch {
        continue;
      }
    }
  }
  return ids;
}

/** The dataset as it is, its last line ended. */
async function copy(file: string, sink: ByteSink, signal: AbortSignal | undefined): Promise<void> {
  for await (const chunk of createReadStream(file, signal === undefined ? {} : { signal })) {
    await sink.write(chunk as Buffer);
  }
  if (sink.length > 0 && sink.lastByte !== 10) await sink.write(Buffer.from('\n'));
}

function nothing(source: ImportSource, { problems, skipped }: ImportResult): UserError {
  const [first] = problems;
  const message =
    first === undefined
      ? t('{0} has no records. Choose another file.', source.file)
      : t(
          'None of the {0} records of {1} can be imported. Line {2}: {3}',
          skipped,
          source.file,
          first.line,
          first.message,
        );
  return new UserError('import/nothing', message, {
    place: { file: source.file, ...(first === undefined ? {} : { line: first.line }) },
  });
}

async function stampAt(file: string): Promise<FileStamp | undefined> {
  try {
    return stampOf(await stat(file, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(a), stat(b)]);
  return first.ino === second.ino && first.dev === second.dev;
}
