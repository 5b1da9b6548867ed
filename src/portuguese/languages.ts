/** Which language a paragraph is in, by its function words alone: names and terms travel, these do not. */

import { tokensOf } from './lexemes';
import type { Lexeme } from './lexemes';

export type Language = 'pt' | 'en' | 'es' | 'fr' | 'it' | 'gl';

const FUNCTION_WORDS: Readonly<Record<Language, string>> = {
  pt: `o a as os de que se por para como entre este esta estes estas era tem têm o os do da dos das e um uma em no na nos nas com não é à ao às aos pelo pela pelos pelas mas foi são também mais
    num numa dum duma isto isso seu sua seus suas ou já muito ser está ter há nem até quando onde qual quais sobre
    deste desta nesse nessa neste nesta lhe lhes foram então assim`,
  en: `the of and to in is that for it with as was on be by this are from at or which not have has had an were been
    will shall would their its they you he she we but if there when who what any may must can such these those`,
  es: `a de que se por para como el los las del y una en con es pero más también fue ha han muy según donde cuando hay al lo son este esta estos
    estas ser entre sobre sin desde hasta su sus unos unas nos ya así cual cuales quien le les fueron está`,
  fr: `le la les des du et est une dans pour pas qui sur au aux avec par ce cette ces sont il elle ils elles ne été se
    son sa ses leur leurs ou mais comme plus a à en être avoir ont fait nous vous je`,
  it: `a se il lo gli dei della delle del e è un una in con per non che di da sono nel nella anche più ma come alla al
    questo questa essere stato ha hanno suo sua loro quale degli`,
  gl: `a as os de que se por para como entre este esta unha unhas non máis coa cos co polo pola xa tamén moi dun dunha nun nunha ata onde ao os é ou foi pero cando
    seu súa súas seus así ese esa estes estas haberá poderá deberá poderán deberán poden deben teñen ten sen nin aínda despois
    entón hoxe algunha algunhas ningunha ningún moito moita xunto dende`,
};

const LANGUAGES = Object.keys(FUNCTION_WORDS) as Language[];

/** Further words that Galician has, too: they speak for Portuguese, but not against Galician. */
const GALICIAN_TOO = new Set('o e do da dos das un nos nas foi mais ser'.split(' '));

const PORTUGUESE = LANGUAGES.indexOf('pt');
const GALICIAN = LANGUAGES.indexOf('gl');

/** For each word, the languages that have it, as indexes. */
const OWNERS = new Map<string, number[]>();
for (const [at, language] of LANGUAGES.entries()) {
  for (const word of FUNCTION_WORDS[language].trim().split(/\s+/)) {
    OWNERS.set(word, [...(OWNERS.get(word) ?? []), at]);
  }
}

/** A paragraph with fewer words is a title, a name, a saying. */
const FEWEST_WORDS = 12;
const FEWEST_MARKS = 4;
/** How much likelier than Portuguese another language has to be. */
const AHEAD = 2.5;
const MOST_WORDS = 400;

/** What a word says of the language that it stands in. */
export interface LanguageSigns {
  /** It may be several, joined by hyphens. */
  readonly words: number;
  /** By language: a word of several speaks for each of them less. Empty for most words. */
  readonly counts: readonly { readonly language: number; readonly share: number }[];
  /** How many Galician has and Portuguese has not, and the other way round: most of their small words are the same. */
  readonly galician: number;
  readonly portuguese: number;
}

const NONE: LanguageSigns = { words: 1, counts: [], galician: 0, portuguese: 0 };

function signsOf({ text }: Lexeme): LanguageSigns {
  const words = text.toLowerCase().split('-');
  const counts = words.flatMap((word) => {
    const owners = OWNERS.get(word) ?? [];
    return owners.map((language) => ({ language, share: 1 / owners.length }));
  });
  if (words.length === 1 && counts.length === 0) return NONE;
  const has = (word: string, language: number): boolean => OWNERS.get(word)?.includes(language) === true;
  return {
    words: words.length,
    counts,
    galician: words.filter((word) => has(word, GALICIAN) && !has(word, PORTUGUESE)).length,
    portuguese: words.filter(
      (word) => has(word, PORTUGUESE) && !has(word, GALICIAN) && !GALICIAN_TOO.has(word),
    ).length,
  };
}

/** Undefined where there is too little to tell. */
export function languageOf(text: string, start = 0, end = text.length): Language | undefined {
  const { lexemes, starts } = tokensOf(text);
  const counts = LANGUAGES.map(() => 0);
  let words = 0;
  let galician = 0;
  let portuguese = 0;
  for (let at = firstFrom(starts, start); at < lexemes.length && (starts[at] ?? end) < end; at++) {
    const lexeme = lexemes[at];
    if (lexeme?.isWord !== true) continue;
    const signs = (lexeme.languages ??= signsOf(lexeme));
    words += signs.words;
    galician += signs.galician;
    portuguese += signs.portuguese;
    for (const { language, share } of signs.counts) counts[language] = (counts[language] ?? 0) + share;
    if (words >= MOST_WORDS) break;
  }
  if (words < FEWEST_WORDS) return undefined;
  if (galician >= FEWEST_MARKS && galician > portuguese * AHEAD) return 'gl';
  const own = counts[PORTUGUESE] ?? 0;
  const best = counts.indexOf(Math.max(...counts));
  const most = counts[best] ?? 0;
  if (most < FEWEST_MARKS) return undefined;
  if (best === PORTUGUESE) return 'pt';
  return most > own * AHEAD ? LANGUAGES[best] : undefined;
}

/** Index of the first start that is not before `offset`. */
function firstFrom(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
