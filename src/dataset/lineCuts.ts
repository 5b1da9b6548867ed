import type { FileHandle } from 'node:fs/promises';

const PIECE = 64 * 1024;

/**
 * Cuts a file of `size` bytes behind line ends, into stretches of about `length` bytes. The offset that each begins
 * at; a line that is longer makes its stretch longer.
 */
export async function lineCuts(handle: FileHandle, size: number, length: number): Promise<number[]> {
  const cuts = [0];
  const buffer = Buffer.allocUnsafe(PIECE);
  for (let at = length; at < size; at = Math.max(at, cuts[cuts.length - 1] ?? 0) + length) {
    for (let position = at; position < size;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      const found = buffer.subarray(0, bytesRead).indexOf(10);
      position += found === -1 ? bytesRead : found + 1;
      if (found === -1) continue;
      if (position < size) cuts.push(position);
      break;
    }
  }
  return [...new Set(cuts)];
}
