import { tokensOf } from './lexemes';
import type { Lexeme } from './lexemes';
import { MAY_BE_MARKED, spellingOf } from './orthography';
import type { Spelling } from './orthography';
import { constructionsIn } from './varietyGrammar';
import { lexicon, phrases } from './varietyLexicon';
import type { Side } from './varietyLexicon';

export type { Side } from './varietyLexicon';

/** A place in a text that one variety alone would have so. */
export interface Mark {
  readonly kind: 'lexical' | 'orthography' | 'grammar';
  /** The word or construction, for the message. */
  readonly rule: string;
  readonly side: Side;
  readonly start: number;
  readonly end: number;
  /** What it counts in a score, in natural logarithms of odds. */
  readonly weight: number;
  readonly quiet: boolean;
  /** What can be put in its place without looking, in the text's own capitals. */
  readonly replacement?: string | undefined;
  /** What the other variety says, where that needs a look. */
  readonly suggestion?: string | undefined;
  readonly spelling?: Spelling;
  /** Capitalised within a sentence: part of a name. */
  readonly name: boolean;
}

const CLITIC = /-(?:se|me|te|lhes?|nos|vos|[oa]s?|n[oa]s?|l[oa]s?)$/;
const LEXICAL = 3;
const SPELLED = 3.5;
/** A name says where somebody is from, not where the text is. */
const NAMED = 0.6;

/** The rules and the score ask for the same texts, one after the other. */
const recent: { text: string; marks: readonly Mark[] }[] = [];

/** All that a text has of either variety, by start. */
export function marksIn(text: string): readonly Mark[] {
  const known = recent.find((one) => one.text === text);
  if (known !== undefined) return known.marks;
  const marks = findMarks(text);
  recent.unshift({ text, marks });
  if (recent.length > 8) recent.pop();
  return marks;
}

/** What a word by itself says, as it is written. */
export interface WordSense {
  /** Phrases that begin with it. */
  readonly phrases: readonly string[] | undefined;
  /** The entry of the lexicon that it is, with or without its pronoun. */
  readonly entry: string | undefined;
  readonly spelled: { readonly word: string; readonly spelling: Spelling } | undefined;
}

const SHORTEST = 3;

/** Null: a word that says nothing. */
function senseOf({ text: whole, isWord }: Lexeme): WordSense | null {
  if (!isWord || whole.length < SHORTEST) return null;
  const words = lexicon();
  const lower = whole.toLowerCase();
  const head = lower.includes('-') ? lower.replace(CLITIC, '') : lower;
  const starting = phrases().get(head);
  const entry = words.has(lower) ? lower : head !== lower && words.has(head) ? head : undefined;
  let spelled: WordSense['spelled'];
  if (entry === undefined && MAY_BE_MARKED.test(lower)) {
    const own = spellingOf(lower);
    const spelling = own ?? (head === lower ? undefined : spellingOf(head));
    if (spelling !== undefined) spelled = { word: own === undefined ? head : lower, spelling };
  }
  const silent = starting === undefined && entry === undefined && spelled === undefined;
  return silent ? null : { phrases: starting, entry, spelled };
}

function findMarks(text: string): Mark[] {
  const marks: Mark[] = [];
  const words = lexicon();
  const tokens = tokensOf(text);
  const { lexemes, starts } = tokens;
  let from = 0;
  for (let at = 0; at < lexemes.length; at++) {
    const lexeme = lexemes[at];
    const start = starts[at] ?? 0;
    if (lexeme === undefined || start < from) continue;
    if (lexeme.sense === undefined) lexeme.sense = senseOf(lexeme);
    const { sense } = lexeme;
    if (sense === null) continue;
    const phrase = sense.phrases?.find((one) => text.slice(start, start + one.length).toLowerCase() === one);
    if (phrase !== undefined) {
      from = start + phrase.length;
      marks.push(wordMark(text, start, phrase, words));
    } else if (sense.entry !== undefined) marks.push(wordMark(text, start, sense.entry, words));
    else if (sense.spelled !== undefined)
      marks.push(spellingMark(text, start, sense.spelled.word, sense.spelled.spelling));
  }
  const found = marks.length;
  constructionsIn(tokens, (mark) => marks.push(mark));
  return marks.length === found ? marks : marks.sort((a, b) => a.start - b.start);
}

function wordMark(text: string, start: number, word: string, words: ReturnType<typeof lexicon>): Mark {
  const entry = words.get(word);
  const end = start + word.length;
  const name = isName(text, start, end);
  const side = entry?.side ?? 'BR';
  const other = entry?.other;
  return {
    kind: 'lexical',
    rule: word,
    side,
    start,
    end,
    weight: LEXICAL * (name ? NAMED : 1),
    quiet: false,
    replacement:
      other === undefined || entry?.safe !== true ? undefined : inCaseOf(text.slice(start, end), other),
    suggestion: other,
    name,
  };
}

function spellingMark(text: string, start: number, word: string, spelling: Spelling): Mark {
  const end = start + word.length;
  const name = isName(text, start, end);
  return {
    kind: 'orthography',
    rule: word,
    side: spelling.side === 'PT' ? 'PT' : 'BR',
    start,
    end,
    // Before the agreement both wrote «respectivo» and «heróico».
    weight: spelling.side === 'both' ? 0 : SPELLED * (name ? NAMED : 1),
    quiet: false,
    spelling,
    name,
  };
}

/** `other` with the capitals of `word`. */
export function inCaseOf(word: string, other: string): string {
  if (word.length > 1 && word === word.toUpperCase()) return other.toUpperCase();
  const first = word.charAt(0);
  return first === first.toUpperCase() ? other.charAt(0).toUpperCase() + other.slice(1) : other;
}

const CAPITAL = /[A-ZÀ-ÖØ-Þ]/;

/** Whether a word stands capitalised within a sentence, or at its start before another such word. */
function isName(text: string, start: number, end: number): boolean {
  if (!CAPITAL.test(text.charAt(start))) return false;
  let at = start - 1;
  while (at >= 0 && (text[at] === ' ' || text[at] === '*' || text[at] === '#')) at--;
  const before = at < 0 ? '\n' : text.charAt(at);
  if (!/[.!?:;\n\r\t"“«(–—•>-]/.test(before)) return true;
  return (
    text.charAt(end) === ' ' && CAPITAL.test(text.charAt(end + 1)) && /[a-zà-ÿ]/.test(text.charAt(end + 2))
  );
}
