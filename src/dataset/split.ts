import { createHash } from 'node:crypto';

/** A number in [0, 1) that only seed and id decide. */
export function splitPosition(seed: number, id: string): number {
  const hash = createHash('sha256').update(`${seed}\0${id}`).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}
