const CHARACTERS = 6;
const WORDS = 2;
const BETA_SQUARED = 4;

/** What `str.split()` of Python splits at; JavaScript's \s has U+FEFF too, and lacks the separators of ASCII. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u; // eslint-disable-line no-control-regex
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** For each order, characters first: n-grams of the answer, of the reference, and those that both have. */
export type ChrfCounts = readonly (readonly [answer: number, reference: number, both: number])[];

function wordsOf(text: string): string[] {
  return text.split(SPACE).filter((word) => word !== '');
}

/** A mark at the end of a word, or else at its beginning, is a word of its own; only one of the two. */
function splitPunctuation(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const letters = Array.from(word);
    const first = letters[0] ?? '';
    const last = letters.at(-1) ?? '';
    if (letters.length === 1) return [word];
    if (PUNCTUATION.has(last)) return [letters.slice(0, -1).join(''), last];
    return PUNCTUATION.has(first) ? [first, letters.slice(1).join('')] : [word];
  });
}

function ngrams(pieces: readonly string[], order: number, between: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + order <= pieces.length; at++) {
    const key = pieces.slice(at, at + order).join(between);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

export function chrfCounts(answer: string, reference: string): ChrfCounts {
  const sides = [answer, reference].map((text) => {
    const words = wordsOf(text);
    return { letters: Array.from(words.join('')), words: splitPunctuation(words) };
  });
  const compare = (order: number, piece: 'letters' | 'words'): [number, number, number] => {
    const [ours, theirs] = sides.map((side) => ngrams(side[piece], order, piece === 'words' ? ' ' : ''));
    if (ours === undefined || theirs === undefined) return [0, 0, 0];
    let both = 0;
    for (const [key, count] of ours) both += Math.min(count, theirs.get(key) ?? 0);
    // n-grams that the reference is too short to have count against nobody
    return [theirs.size === 0 ? 0 : sum(ours), sum(theirs), both];
  };
  return [
    ...Array.from({ length: CHARACTERS }, (_, at) => compare(at + 1, 'letters')),
    ...Array.from({ length: WORDS }, (_, at) => compare(at + 1, 'words')),
  ];
}

/** F₂ of the mean precision and recall of the orders that both sides have ("effective order"), 0 to 100. */
export function chrfScore(counts: ChrfCounts): number {
  const usable = counts.filter(([answer, reference]) => answer > 0 && reference > 0);
  if (usable.length === 0) return 0;
  const mean = (of: (each: (typeof usable)[number]) => number): number =>
    usable.reduce((total, each) => total + of(each), 0) / usable.length;
  const precision = mean(([answer, , both]) => both / answer);
  const recall = mean(([, reference, both]) => both / reference);
  if (precision + recall === 0) return 0;
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
}

/** chrF++ of one answer, as sacrebleu's `CHRF(word_order=2)` scores a sentence. */
export function chrf(answer: string, reference: string): number {
  return chrfScore(chrfCounts(answer, reference));
}

/** chrF++ of a corpus, as sacrebleu scores it: of the n-grams of all answers together, not a mean of their scores. */
export function corpusChrf(counts: Iterable<ChrfCounts>): number {
  const total = Array.from({ length: CHARACTERS + WORDS }, (): [number, number, number] => [0, 0, 0]);
  for (const each of counts) {
    total.forEach((sums, order) => {
      for (const side of [0, 1, 2] as const) sums[side] += each[order]?.[side] ?? 0;
    });
  }
  return chrfScore(total);
}
