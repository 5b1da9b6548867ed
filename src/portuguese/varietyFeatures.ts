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

/**
 * The features of a text, as places in the model: words, pairs of words, endings, endings of neighbours (which see
 * grammar where they have not seen the words), names apart from other words. How many were put into `into`.
 */
export function featuresOf(text: string, into: Uint32Array): number {
  let count = 0;
  let tokens = 0;
  let before = '^';
  let beforeEnd = '^';
  let beforeHash = mix(PAIR, '^', 0);
  let twoBefore = '^';
  const put = (hash: number): void => {
    if (count < into.length) into[count++] = bucket(hash);
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null && tokens < TOKENS; match = TOKEN.exec(text)) {
    tokens++;
    const token = match[0];
    const first = token.charCodeAt(0);
    const isNumber = first >= 48 && first <= 57;
    const isName = before !== '^' && before !== '.' && CAPITAL.test(token);
    const lower = isNumber ? '0' : token.toLowerCase();
    const shown = isName ? 'X' : lower;
    put(mix(isName ? NAME : WORD, lower, 0));
    put(mix(mix(beforeHash, ' ', 0), shown, 0));
    const end = isName ? 'X' : lower.length > 5 ? lower.slice(-3) : lower;
    put(mix(mix(mix(SHAPE, beforeEnd, 0), ' ', 0), end, 0));
    put(mix(mix(mix(mix(mix(TRIPLE, twoBefore, 0), ' ', 0), beforeEnd, 0), ' ', 0), end, 0));
    if (lower.length > 5) {
      put(mix(SUFFIX, lower, lower.length - 3));
      put(mix(SUFFIX, lower, lower.length - 4));
    }
    twoBefore = beforeEnd;
    before = shown;
    beforeEnd = end;
    beforeHash = mix(PAIR, shown, 0);
  }
  return count;
}
