import { mixed } from './shingles';

/** Values of a signature. */
const VALUES = 128;
/** Share of the pairs exactly at the threshold that must meet in a band; above it more do. */
const RECALL = 0.99;

const values = new Uint32Array(VALUES);
/** The round in which a value was found first. */
const foundIn = new Uint8Array(VALUES);

/**
 * How signatures are cut into bands: two sets that are alike in all values of a band are candidates. The longest bands
 * that still bring together enough of the pairs that are as similar as `threshold`.
 */
export interface Bands {
  readonly count: number;
  readonly rows: number;
}

export function bandsFor(threshold: number): Bands {
  let best: Bands = { count: VALUES, rows: 1 };
  for (let rows = 2; rows <= 32; rows++) {
    const count = Math.floor(VALUES / rows);
    if (1 - (1 - threshold ** rows) ** count < RECALL) break;
    best = { count, rows };
  }
  return best;
}

/**
 * Writes the hash of each band of a set's MinHash signature to `target`. The signature is a "fast similarity sketch"
 * (Dahlgaard, Knudsen, Thorup, FOCS 2017): every element is hashed once a round into one of the 128 values, and rounds
 * go on until every value has one; a value of an earlier round stands. Two values are equal with the probability of the
 * sets' Jaccard similarity, as with 128 permutations, in about 128·ln 128 steps instead of 128 for each element.
 */
export function hashBands(set: Uint32Array, bands: Bands, target: Uint32Array, at: number): void {
  foundIn.fill(255);
  let empty = VALUES;
  for (let round = 0; round < VALUES && empty > 0; round++) {
    const seed = mixed(Math.imul(round + 1, 0x9e3779b1));
    for (const element of set) {
      const hash = mixed(element ^ seed);
      const place = hash >>> 25;
      const before = foundIn[place] ?? 0;
      if (before < round) continue;
      const value = (hash << 7) >>> 0;
      if (before !== round) {
        foundIn[place] = round;
        values[place] = value;
        empty--;
      } else if (value < (values[place] ?? 0)) values[place] = value;
    }
  }
  for (let place = 0; empty > 0 && place < VALUES; place++) {
    if (foundIn[place] !== 255) continue;
    const seed = mixed(Math.imul(VALUES + place + 1, 0x9e3779b1));
    let least = 0xffffffff;
    for (const element of set) least = Math.min(least, mixed(element ^ seed) >>> 0);
    values[place] = least;
    empty--;
  }
  for (let band = 0; band < bands.count; band++) {
    let hash = Math.imul(band + 1, 0x85ebca6b);
    for (let row = 0; row < bands.rows; row++)
      hash = mixed(hash ^ (values[band * bands.rows + row] ?? 0)) + 0x9e3779b9;
    target[at + band] = hash;
  }
}
