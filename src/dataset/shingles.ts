/** Hash of a word that has not begun. */
const BEGIN = 0x811c9dc5 | 0;

/** Words of a shingle. */
const WORDS = 3;

/**
 * For each UTF-16 unit the lower-case one that words are compared by; 0 for what stands between words. Made on first
 * use: 65,536 questions to a regular expression take some milliseconds.
 */
let folded: Uint16Array | undefined;

function foldTable(): Uint16Array {
  const table = new Uint16Array(65_536);
  const word = /[\p{L}\p{N}\p{M}]/u;
  for (let unit = 48; unit < table.length; unit++) {
    // Halves of surrogate pairs are letters of no word that Portuguese has.
    if (unit >= 0xd800 && unit < 0xe000) continue;
    const sign = String.fromCharCode(unit);
    if (word.test(sign)) table[unit] = sign.toLowerCase().charCodeAt(0);
  }
  return table;
}

/** Characters that composition may change. */
const MAY_COMPOSE = /[^\0-\u02ff]/;

let words = new Uint32Array(1024);
let shingles = new Uint32Array(1024);

const NONE = new Uint32Array(0);

/**
 * The set of a text's shingles: hashes (32 bits) of three words that follow each other, sorted, each once. Case,
 * punctuation, white space and Unicode composition make no difference. A text of one or two words is one shingle, one
 * without words has none. The parts are one text, but no word goes on from one to the next.
 */
export function shinglesOf(parts: readonly string[]): Uint32Array {
  folded ??= foldTable();
  const table = folded;
  let count = 0;
  for (const part of parts) {
    const text = MAY_COMPOSE.test(part) ? part.normalize('NFC') : part;
    if (count + text.length / 2 + 1 > words.length) words = grown(words, count + text.length / 2 + 1);
    let hash = BEGIN;
    for (let at = 0; at < text.length; at++) {
      const unit = table[text.charCodeAt(at)] ?? 0;
      if (unit !== 0) {
        hash = Math.imul(hash ^ unit, 0x9e3779b1);
        hash ^= hash >>> 15;
      } else if (hash !== BEGIN) {
        words[count++] = hash;
        hash = BEGIN;
      }
    }
    if (hash !== BEGIN) words[count++] = hash;
  }
  if (count === 0) return NONE;
  const found = Math.max(1, count - WORDS + 1);
  if (found > shingles.length) shingles = grown(shingles, found);
  for (let at = 0; at < found; at++) {
    // A text of less than three words has zeros in their place.
    const second = at + 1 < count ? (words[at + 1] ?? 0) : 0;
    const third = at + 2 < count ? (words[at + 2] ?? 0) : 0;
    shingles[at] = mixed(
      Math.imul(words[at] ?? 0, 0x9e3779b1) +
        Math.imul(second ^ 0x27d4eb2f, 0x85ebca77) +
        Math.imul(third ^ 0x165667b1, 0xc2b2ae3d),
    );
  }
  const sorted = shingles.subarray(0, found).sort();
  let kept = 1;
  for (let at = 1; at < found; at++) {
    const shingle = sorted[at] ?? 0;
    if (shingle !== sorted[kept - 1]) sorted[kept++] = shingle;
  }
  return sorted.slice(0, kept);
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.ceil(length * 1.5));
  larger.set(array);
  return larger;
}

/** Finalizer of MurmurHash3 (public domain). */
export function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A stretch of an array that holds a sorted set. */
export interface SetSlice {
  readonly values: Uint32Array;
  readonly start: number;
  readonly end: number;
}

/** Jaccard similarity of two sets, or 0 as soon as it is certain to be below `atLeast`. */
export function jaccard(a: SetSlice, b: SetSlice, atLeast = 0): number {
  const sizeA = a.end - a.start;
  const sizeB = b.end - b.start;
  if (sizeA === 0 || sizeB === 0) return 0;
  // |A ∩ B| / (|A| + |B| - |A ∩ B|) ≥ t, solved for the intersection; rounding must not lose the border itself.
  const needed = Math.ceil((atLeast * (sizeA + sizeB)) / (1 + atLeast) - 1e-9);
  let missing = Math.min(sizeA, sizeB) - needed;
  if (missing < 0) return 0;
  // What A and B may each have beside the intersection.
  let spareA = sizeA - needed;
  let spareB = sizeB - needed;
  let shared = 0;
  let left = a.start;
  let right = b.start;
  while (left < a.end && right < b.end) {
    const x = a.values[left] ?? 0;
    const y = b.values[right] ?? 0;
    if (x === y) {
      shared++;
      left++;
      right++;
    } else if (x < y) {
      if (--spareA < 0) return 0;
      left++;
    } else {
      if (--spareB < 0) return 0;
      right++;
    }
  }
  missing = sizeA + sizeB - shared;
  const similarity = shared / missing;
  return similarity >= atLeast ? similarity : 0;
}
