import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CancelledError } from '../../protocol/errors';
import type { ReadOptions } from './importSource';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const CHUNK = 1024 * 1024;

/**
 * UTF-16 by its mark; UTF-8 when the whole file is that; else Windows-1252, which is what Excel writes in Portugal and
 * of which Latin-1 is, but for control characters, a part.
 */
export async function detectEncoding(file: string, options: ReadOptions = {}): Promise<Encoding> {
  const handle = await open(file, 'r');
  try {
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  } finally {
    await handle.close();
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
      if (options.signal?.aborted === true) throw new CancelledError();
      decoder.decode(chunk as Buffer, { stream: true });
    }
    decoder.decode();
    return 'utf-8';
  } catch (error) {
    if (error instanceof TypeError) return 'windows-1252';
    throw error;
  }
}

/** The text of a file in pieces, without a byte order mark. Throws system errors and CancelledError. */
export async function* textOf(
  file: string,
  encoding: Encoding,
  options: ReadOptions = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
    if (options.signal?.aborted === true) throw new CancelledError();
    const bytes = chunk as Buffer;
    done += bytes.length;
    const text = decoder.decode(bytes, { stream: true });
    if (text !== '') yield text;
    options.onBytes?.(done);
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** The beginning of a file as text. */
export async function headOf(file: string, encoding: Encoding, length: number): Promise<string> {
  let head = '';
  for await (const text of textOf(file, encoding)) {
    head += text;
    if (head.length >= length) break;
  }
  return head.slice(0, length);
}
