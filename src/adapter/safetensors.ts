import { open } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';

export type Dtype = 'F32' | 'F16' | 'BF16';
export const DTYPE_BYTES: Readonly<Record<Dtype, number>> = { F32: 4, F16: 2, BF16: 2 };

export interface SafeTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major, as in PyTorch. */
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** The format's own limit on the header. */
const MAX_HEADER = 100_000_000;

const count = z.int().check(z.nonnegative());
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count).check(z.maxLength(8)),
  data_offsets: z.tuple([count, count]),
});

function damaged(file: string, detail: string): UserError {
  return new UserError(
    'safetensors/damaged',
    t('{0} is damaged or not a safetensors file: {1}. Fetch the run again.', file, printable(detail)),
    { place: { file } },
  );
}

/**
 * Reads the header of a safetensors file as untrusted input. Tensors come in the order of their data, which
 * covers the file without a gap or an overlap. Throws UserError `safetensors/…`.
 * Source: https://github.com/huggingface/safetensors#format
 */
export async function readSafetensors(file: string): Promise<readonly SafeTensor[]> {
  let text: string;
  let dataStart: number;
  let fileBytes: number;
  try {
    const handle = await open(file, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw damaged(file, t('it is no file'));
      fileBytes = stat.size;
      const head = Buffer.alloc(8);
      const { bytesRead } = await handle.read(head, 0, 8, 0);
      const length = head.readBigUInt64LE();
      if (bytesRead < 8 || length > BigInt(Math.min(MAX_HEADER, fileBytes - 8))) {
        throw damaged(file, t('its header is cut off'));
      }
      dataStart = 8 + Number(length);
      const header = Buffer.alloc(Number(length));
      for (let done = 0; done < header.length;) {
        const read = await handle.read(header, done, header.length - done, 8 + done);
        if (read.bytesRead === 0) throw damaged(file, t('its header is cut off'));
        done += read.bytesRead;
      }
      text = header.toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '?';
    throw new UserError('safetensors/unreadable', t('{0} cannot be read ({1}).', file, code), {
      place: { file },
    });
  }
  const tensors = parseHeader(file, text, dataStart).sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  for (const tensor of tensors) {
    if (tensor.offset !== end) throw damaged(file, tensor.name);
    end += tensor.bytes;
  }
  if (end !== fileBytes) throw damaged(file, t('it ends too early'));
  return tensors;
}

function parseHeader(file: string, text: string, dataStart: number): SafeTensor[] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged(file, t('its header is not JSON'));
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw damaged(file, t('its header is not JSON'));
  }
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => {
      const entry = entrySchema.safeParse(value);
      if (!entry.success) throw damaged(file, name);
      const { dtype, shape, data_offsets: offsets } = entry.data;
      if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
        throw new UserError(
          'safetensors/dtype',
          t(
            '{0} holds {1} in the type {2}; supported are F32, F16 and BF16.',
            file,
            printable(name),
            printable(dtype),
          ),
          { place: { file } },
        );
      }
      const [begin, end] = offsets;
      const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
      if (!Number.isSafeInteger(bytes) || end - begin !== bytes) throw damaged(file, name);
      return { name, dtype, shape, offset: dataStart + begin, bytes };
    });
}
