import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { t } from '@vscode/l10n';
import { CancelledError, UserError, isCancelled, messageOf } from '../../protocol/errors';
import { systemCode } from '../fileErrors';
import { isObject } from '../record';
import { toolOf, valuesOf } from './annotationTools';
import type { ImportSource, ReadOptions, SourceRow } from './importSource';

/** Rows that are read at once. */
const BATCH = 500;

type Decompress = (input: Uint8Array) => Uint8Array;

/** A table in Parquet, as dataset hubs keep them. Snappy is hyparquet's own; Node has the other compressions. */
export async function parquetSource(file: string, size: number): Promise<ImportSource> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const zstd: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  const compressors = {
    GZIP: (input: Uint8Array) => gunzipSync(input),
    BROTLI: (input: Uint8Array) => brotliDecompressSync(input),
    // Newer than the oldest Node that is supported: without it the file is refused with its reason.
    ...(typeof zstd === 'function' ? { ZSTD: (input: Uint8Array) => (zstd as Decompress)(input) } : {}),
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isCancelled(error) || error instanceof UserError || systemCode(error) !== undefined) throw error;
      throw new UserError(
        'import/parquet',
        t('{0} cannot be read as Parquet: {1}', file, messageOf(error)),
        { place: { file } },
        { cause: error },
      );
    }
  };
  const buffer = await asyncBufferFromFile(file);
  const metadata = await guarded(() => parquetMetadataAsync(buffer));
  const count = Number(metadata.num_rows);
  const read = (rowStart: number, rowEnd: number): Promise<Record<string, unknown>[]> =>
    guarded(() => parquetReadObjects({ file: buffer, metadata, compressors, rowStart, rowEnd }));
  const tool = toolOf((await read(0, Math.min(count, 20))).filter(isObject));
  async function* rows({ signal, onBytes }: ReadOptions): AsyncGenerator<SourceRow> {
    for (let from = 0; from < count; from += BATCH) {
      if (signal?.aborted === true) throw new CancelledError();
      const to = Math.min(count, from + BATCH);
      for (const [at, row] of (await read(from, to)).entries()) {
        yield { line: from + at + 1, values: valuesOf(tool, plain(row) as Record<string, unknown>) };
      }
      onBytes?.(Math.round((to / count) * size));
    }
  }
  return { kind: 'parquet', file, size, facts: [], rowsHaveNoLines: true, rows };
}

/** Values as JSON has them: Parquet's 64-bit integers and dates are not. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return undefined;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
