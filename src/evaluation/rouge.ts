const ASCII_WORD = /[a-z0-9]+/g;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * ROUGE-L of an answer, as rouge-score computes its F-measure by default (no stemmer), 0 to 1.
 *
 * That tokenizer knows `a` to `z` and digits alone: every other letter separates words. «Não é lícita a ação» is
 * n, o, l, cita, a, a, o for it, so Portuguese texts seem somewhat more alike than their words are: the pieces left of
 * accented words are short and common. Use it to compare with published figures, and `rougeLWords` to compare answers.
 */
export function rougeL(answer: string, reference: string): number {
  return ofTokens(
    answer.toLowerCase().match(ASCII_WORD) ?? [],
    reference.toLowerCase().match(ASCII_WORD) ?? [],
  );
}

/** The same of whole words, whatever letters they are written in. */
export function rougeLWords(answer: string, reference: string): number {
  return ofTokens(wordsOf(answer), wordsOf(reference));
}

function wordsOf(text: string): readonly string[] {
  return text.normalize('NFC').toLowerCase().match(WORD) ?? [];
}

/** Words of a text: runs of letters, marks and digits. */
export function countWords(text: string): number {
  return wordsOf(text).length;
}

function ofTokens(answer: readonly string[], reference: readonly string[]): number {
  if (answer.length === 0 || reference.length === 0) return 0;
  const common = longestCommonSubsequence(answer, reference);
  const precision = common / answer.length;
  const recall = common / reference.length;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** One row of the table at a time: an answer of a few thousand words must not take a table of millions. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const row = new Uint32Array(b.length + 1);
  for (const token of a) {
    let diagonal = 0;
    for (let at = 1; at <= b.length; at++) {
      const above = row[at] ?? 0;
      row[at] = token === b[at - 1] ? diagonal + 1 : Math.max(above, row[at - 1] ?? 0);
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
}
