import { tokensOf } from './lexemes';
import type { Lexeme } from './lexemes';

/** Number of places of the model, a power of two. */
export const BUCKETS = 1 << 18;

const CAPITAL = /^[A-ZÀ-ÖØ-Þ]/;
/** Tokens of a record that are looked at: what comes behind seldom changes the picture, and costs time. */
const TOKENS = 300;

/** FNV-1a over UTF-16 units. */
function mix(hash: number, text: string, from: number): number {
  let now = hash;
  for (let at = from; at < text.length; at++) now = Math.imul(now ^ text.charCodeAt(at), 0x01000193);
  return now;
}

function bucket(hash: number): number {
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}

const SEED = 0x811c9dc5;
const kind = (name: string): number => mix(SEED, name, 0);
const WORD = kind('w');
const PAIR = kind('p');
const NAME = kind('n');
const SUFFIX = kind('s');
const SHAPE = kind('f');
const TRIPLE = kind('t');

/** What the features of a token are made of, whatever stands beside it. */
export interface Features {
  readonly capital: boolean;
  readonly lower: string;
  readonly end: string;
  /** Places of the word, of the same as a name, and of its endings of three and four letters; -1 for a short token. */
  readonly word: number;
  readonly name: number;
  readonly three: number;
  readonly four: number;
  /** Hashes that what follows it goes on from. */
  readonly pair: number;
  readonly shape: number;
  readonly triple: number;
}

const SPACE = 32;
const space = (hash: number): number => Math.imul(hash ^ SPACE, 0x01000193);

function featuresLike(lower: string, end: string, capital: boolean): Features {
  const long = lower.length > 5;
  return {
    capital,
    lower,
    end,
    word: bucket(mix(WORD, lower, 0)),
    name: bucket(mix(NAME, lower, 0)),
    three: long ? bucket(mix(SUFFIX, lower, lower.length - 3)) : -1,
    four: long ? bucket(mix(SUFFIX, lower, lower.length - 4)) : -1,
    pair: space(mix(PAIR, lower, 0)),
    shape: space(mix(SHAPE, end, 0)),
    triple: space(mix(TRIPLE, end, 0)),
  };
}

const START = featuresLike('^', '^', false);
/** In the place of any name, as what stands beside others. */
const SOME_NAME = featuresLike('X', 'X', true);

function featuresFor({ text }: Lexeme): Features {
  const first = text.charCodeAt(0);
  const lower = first >= 48 && first <= 57 ? '0' : text.toLowerCase();
  return featuresLike(lower, lower.length > 5 ? lower.slice(-3) : lower, CAPITAL.test(text));
}

/**
 * The features of a text, as places in the model: words, pairs of words, endings, endings of neighbours (which see
 * grammar where they have not seen the words), names apart from other words. How many were put into `into`.
 */
export function featuresOf(text: string, into: Uint32Array): number {
  const { lexemes } = tokensOf(text);
  const most = Math.min(lexemes.length, TOKENS);
  let count = 0;
  let before = START;
  let twoBefore = START;
  const put = (place: number): void => {
    if (count < into.length) into[count++] = place;
  };
  for (let at = 0; at < most; at++) {
    const lexeme = lexemes[at];
    if (lexeme === undefined) break;
    const own = (lexeme.features ??= featuresFor(lexeme));
    const isName = own.capital && before !== START && before.lower !== '.';
    const shown = isName ? SOME_NAME : own;
    put(isName ? own.name : own.word);
    put(bucket(mix(before.pair, shown.lower, 0)));
    put(bucket(mix(before.shape, shown.end, 0)));
    put(bucket(mix(space(mix(twoBefore.triple, before.end, 0)), shown.end, 0)));
    if (own.three >= 0) {
      put(own.three);
      put(own.four);
    }
    twoBefore = before;
    before = shown;
  }
  return count;
}
