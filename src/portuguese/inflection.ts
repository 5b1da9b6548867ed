/** Inflected forms of a word, in an order that is the same for every word of the same kind. */

/** Singular and plural, by the regular rules; what is irregular is written out in the lexicon. */
export function nounForms(word: string): [string, string] {
  return [word, pluralOf(word)];
}

function pluralOf(word: string): string {
  const head = word.slice(0, -2);
  if (word.endsWith('ão')) return `${head}ões`;
  if (word.endsWith('al') || word.endsWith('ol') || word.endsWith('ul')) return `${word.slice(0, -1)}is`;
  if (word.endsWith('vel')) return `${head}eis`;
  if (word.endsWith('el')) return `${head}éis`;
  if (word.endsWith('il')) return `${word.slice(0, -1)}s`;
  if (word.endsWith('m')) return `${word.slice(0, -1)}ns`;
  if (/[rz]$/.test(word)) return `${word}es`;
  if (/[sx]$/.test(word)) return word;
  return `${word}s`;
}

/** Of an adjective or a person in -o: masculine and feminine, singular and plural. */
export function genderForms(word: string): string[] {
  const stem = word.slice(0, -1);
  if (word.endsWith('o')) return [word, `${stem}a`, `${word}s`, `${stem}as`];
  if (word.endsWith('or')) return [word, `${word}a`, `${word}es`, `${word}as`];
  return [word, word, pluralOf(word), pluralOf(word)];
}

const PARTICIPLE = ['o', 'a', 'os', 'as'];
const ENDINGS = {
  ar: `o as a amos am ei aste ou ámos aram ava avas ávamos avam ara áramos e es emos em asse ássemos assem ando
    ares armos arem`,
  er: `o es e emos em i este eu emos eram ia ias íamos iam era êramos a as amos am esse êssemos essem endo
    eres ermos erem`,
  ir: `o es e imos em i iste iu imos iram ia ias íamos iam ira íramos a as amos am isse íssemos issem indo
    ires irmos irem`,
} as const;
const FUTURE = ['', 'ei', 'ás', 'á', 'emos', 'ão', 'ia', 'ias', 'íamos', 'iam'];

/**
 * The forms of a verb, regular but for spelling (c/qu, ç/c, g/gu) and for verbs in -ear. The same number for every
 * verb: forms at the same place mean the same.
 */
export function verbForms(infinitive: string): string[] {
  const ending = infinitive.slice(-2);
  const stem = infinitive.slice(0, -2);
  if (ending !== 'ar' && ending !== 'er' && ending !== 'ir') return [infinitive];
  const finite = ENDINGS[ending]
    .trim()
    .split(/\s+/)
    .map((end) => `${spelled(stem, ending, end)}${end}`);
  const participle = PARTICIPLE.map((end) => `${stem}${ending === 'ar' ? 'ad' : 'id'}${end}`);
  return [...finite, ...participle, ...FUTURE.map((end) => `${infinitive}${end}`)];
}

/** The stem before an ending: its last letter as it is written there. */
function spelled(stem: string, conjugation: string, ending: string): string {
  const last = stem.slice(-1);
  const front = /^[eéê]/.test(ending);
  if (conjugation === 'ar') {
    if (last === 'e' && /^(?:o|as?|am|es?|em)$/.test(ending)) return `${stem}i`;
    if (!front) return stem;
    if (last === 'c') return `${stem.slice(0, -1)}qu`;
    if (last === 'ç') return `${stem.slice(0, -1)}c`;
    if (last === 'g') return `${stem}u`;
    return stem;
  }
  if (last === 'c' && /^[oaá]/.test(ending)) return `${stem.slice(0, -1)}ç`;
  if (last === 'g' && /^[oaá]/.test(ending)) return `${stem.slice(0, -1)}j`;
  return stem;
}
