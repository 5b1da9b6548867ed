import { createHash } from 'node:crypto';

/** A number in [0, 1) that only seed and id decide. */
export function splitPosition(seed: number, id: string): number {
  const hash = createHash('sha256').update(`${seed}\0${id}`).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * Which records are held out: those whose position is below `evaluation`. A record stays on its side when others
 * are added, and records of the same id are on the same side. With two records or more and a share above 0, each
 * side has at least one: the nearest to the border changes sides.
 */
export function heldOut(positions: Float64Array, evaluation: number): (record: number) => boolean {
  if (evaluation <= 0 || positions.length < 2) return () => false;
  let lowest = 0;
  let highest = 0;
  let below = 0;
  positions.forEach((position, record) => {
    if (position < evaluation) below++;
    if (position < (positions[lowest] ?? 0)) lowest = record;
    if (position > (positions[highest] ?? 0)) highest = record;
  });
  if (below === 0) return (record) => record === lowest;
  if (below === positions.length) return (record) => record !== highest;
  return (record) => (positions[record] ?? 1) < evaluation;
}
