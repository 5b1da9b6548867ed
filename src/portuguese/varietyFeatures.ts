/** Number of places of the model, a power of two. */
export const BUCKETS = 1 << 18;

const TOKEN = /[A-Za-zÀ-ÖØ-öø-ÿ]+(?:-[A-Za-zÀ-ÖØ-öø-ÿ]+)*|\d+|[^\sA-Za-zÀ-ÖØ-öø-ÿ\d]/g;
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
interface Token {
  readonly capital: boolean;
  readonly lower: string;
  readonly word: number;
  readonly name: number;
  readonly end: string;
  /** Places of its endings of three and four letters; -1 for a short token. */
  readonly three: number;
  readonly four: number;
}

/** Texts of one field use the same few thousand words again and again. */
const known = new Map<string, Token>();
const MOST_KNOWN = 50_000;

function tokenOf(text: string): Token {
  const found = known.get(text);
  if (found !== undefined) return found;
  const first = text.charCodeAt(0);
  const lower = first >= 48 && first <= 57 ? '0' : text.toLowerCase();
  const long = lower.length > 5;
  const token: Token = {
    capital: CAPITAL.test(text),
    lower,
    word: bucket(mix(WORD, lower, 0)),
    name: bucket(mix(NAME, lower, 0)),
    end: long ? lower.slice(-3) : lower,
    three: long ? bucket(mix(SUFFIX, lower, lower.length - 3)) : -1,
    four: long ? bucket(mix(SUFFIX, lower, lower.length - 4)) : -1,
  };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, token);
  return token;
}

const SPACE = 32;
const space = (hash: number): number => Math.imul(hash ^ SPACE, 0x01000193);

/**
 * The features of a text, as places in the model: words, pairs of words, endings, endings of neighbours (which see
 * grammar where they have not seen the words), names apart from other words. How many were put into `into`.
 */
export function featuresOf(text: string, into: Uint32Array): number {
  let count = 0;
  let tokens = 0;
  let before = '^';
  let beforeEnd = '^';
  let twoBefore = '^';
  const put = (place: number): void => {
    if (count < into.length) into[count++] = place;
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null && tokens < TOKENS; match = TOKEN.exec(text)) {
    tokens++;
    const token = tokenOf(match[0]);
    const isName = before !== '^' && before !== '.' && token.capital;
    const shown = isName ? 'X' : token.lower;
    const end = isName ? 'X' : token.end;
    put(isName ? token.name : token.word);
    put(bucket(mix(space(mix(PAIR, before, 0)), shown, 0)));
    put(bucket(mix(space(mix(SHAPE, beforeEnd, 0)), end, 0)));
    put(bucket(mix(space(mix(space(mix(TRIPLE, twoBefore, 0)), beforeEnd, 0)), end, 0)));
    if (token.three >= 0) {
      put(token.three);
      put(token.four);
    }
    twoBefore = beforeEnd;
    before = shown;
    beforeEnd = end;
  }
  return count;
}
