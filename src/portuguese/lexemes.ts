import type { LanguageSigns } from './languages';
import type { Features } from './varietyFeatures';
import type { WordSense } from './varietyMarks';

/**
 * A word with its hyphens, a number, or a single sign, as it is written. Texts of one field use the same few thousand
 * again and again: what each family knows of one is worked out once and kept with it.
 */
export class Lexeme {
  features: Features | undefined;
  languages: LanguageSigns | undefined;
  /** Null: it says nothing of a variety by itself. */
  sense: WordSense | null | undefined;
  /** Constructions and tendencies that may begin with it, or be it. */
  constructions: readonly number[] | undefined;
  tendencies: readonly number[] | undefined;
  /** Whether a placeholder may stand where it does. */
  placeholder: boolean | undefined;

  constructor(
    readonly text: string,
    readonly isWord: boolean,
  ) {}
}

/** A text's lexemes in order, and where each begins. */
export interface Tokens {
  readonly text: string;
  readonly lexemes: readonly Lexeme[];
  readonly starts: readonly number[];
}

const LETTER = 1;
const DIGIT = 2;
const SPACE = 3;
const HYPHEN = 45;

/** What each character up to ÿ is; 0: a sign. */
const KINDS = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-zÀ-ÖØ-öø-ÿ]/.test(character)) KINDS[code] = LETTER;
  else if (/\d/.test(character)) KINDS[code] = DIGIT;
  else if (/\s/.test(character)) KINDS[code] = SPACE;
}
const WIDE_SPACE = /\s/;

function kindOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 256) return KINDS[code] ?? 0;
  // Portuguese has no letter there; NaN, behind the end, is no space either.
  return code >= 0x1680 && WIDE_SPACE.test(text.charAt(at)) ? SPACE : 0;
}

const PLACES = 1 << 16;
const MOST_KNOWN = 40_000;
/** Open addressing: both hashes of a lexeme, and its index + 1. Together they are 64 bits: that its text is another is not looked at. */
const firsts = new Int32Array(PLACES);
const seconds = new Int32Array(PLACES);
const places = new Uint16Array(PLACES);
let known: Lexeme[] = [];

function lexemeAt(
  text: string,
  start: number,
  end: number,
  first: number,
  second: number,
  isWord: boolean,
): Lexeme {
  let place = (first ^ (first >>> 16)) & (PLACES - 1);
  for (let held = places[place] ?? 0; held !== 0; held = places[place] ?? 0) {
    const lexeme = known[held - 1];
    if (firsts[place] === first && seconds[place] === second && lexeme !== undefined) return lexeme;
    place = (place + 1) & (PLACES - 1);
  }
  const lexeme = new Lexeme(text.slice(start, end), isWord);
  if (known.length >= MOST_KNOWN) {
    places.fill(0);
    known = [];
    place = (first ^ (first >>> 16)) & (PLACES - 1);
  }
  firsts[place] = first;
  seconds[place] = second;
  places[place] = known.push(lexeme);
  return lexeme;
}

/** The families ask for the same texts, one after the other. */
const recent: Tokens[] = [];
const MOST_RECENT = 8;

export function tokensOf(text: string): Tokens {
  const held = recent.find((one) => one.text === text);
  if (held !== undefined) return held;
  const tokens = cut(text);
  recent.unshift(tokens);
  if (recent.length > MOST_RECENT) recent.pop();
  return tokens;
}

function cut(text: string): Tokens {
  const lexemes: Lexeme[] = [];
  const starts: number[] = [];
  for (let at = 0; at < text.length;) {
    const kind = kindOf(text, at);
    if (kind === SPACE) {
      at++;
      continue;
    }
    const start = at;
    // FNV-1a, and a polynomial, over UTF-16 units.
    let first = Math.imul(0x811c9dc5 ^ text.charCodeAt(at), 0x01000193);
    let second = text.charCodeAt(at);
    at++;
    while (kind !== 0 && at < text.length) {
      const code = text.charCodeAt(at);
      const joined = code === HYPHEN && kind === LETTER && kindOf(text, at + 1) === LETTER;
      if (!joined && (code >= 256 || KINDS[code] !== kind)) break;
      first = Math.imul(first ^ code, 0x01000193);
      second = (Math.imul(second, 0x5bd1e995) + code) | 0;
      at++;
    }
    lexemes.push(lexemeAt(text, start, at, first, second, kind === LETTER));
    starts.push(start);
  }
  return { text, lexemes, starts };
}
