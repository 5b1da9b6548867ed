import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import type { TextPattern } from '../protocol/bulk';

/** Lower case without accents and cedillas: `Ação` → `acao`. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** Letters by what they fold to: the Latin ones with marks, which are all that Portuguese and its neighbours have. */
const VARIANTS = ((): ReadonlyMap<string, string> => {
  const variants = new Map<string, string>();
  for (const [first, last] of [
    [0x41, 0x5a],
    [0xc0, 0x24f],
    [0x1e00, 0x1eff],
  ] as const) {
    for (let code = first; code <= last; code++) {
      const letter = String.fromCharCode(code);
      const base = fold(letter);
      if (base.length === 1 && base !== letter) variants.set(base, (variants.get(base) ?? '') + letter);
    }
  }
  return variants;
})();

/**
 * An expression that finds `text` whatever its case and accents. It runs over the text as it is: folding every
 * record first takes twenty times as long as looking for the needle.
 */
export function needleOf(text: string): RegExp {
  const words = fold(text.trim()).split(/\s+/);
  return new RegExp(words.map((word) => looseSource(word, false)).join('\\s+'));
}

/**
 * The expression for a pattern, global. Throws UserError `search/pattern` when it is no valid one. White space of plain
 * text is taken as it stands.
 */
export function patternOf({ text, regex, matchCase, matchAccents }: TextPattern): RegExp {
  if (!regex) {
    const source = matchAccents ? escaped(text) : looseSource(text, matchCase);
    return new RegExp(source, matchCase || !matchAccents ? 'gu' : 'giu');
  }
  try {
    return new RegExp(text, matchCase ? 'gmu' : 'gimu');
  } catch (error) {
    throw new UserError('search/pattern', problemOf((error as Error).message));
  }
}

/** What a field is searched with: plain text is found anywhere and its white space does not matter. */
export function searchOf(pattern: TextPattern): RegExp {
  const loose = !pattern.regex && !pattern.matchCase && !pattern.matchAccents;
  return loose ? needleOf(pattern.text) : patternOf({ ...pattern, text: trimmed(pattern) });
}

function trimmed({ text, regex }: TextPattern): string {
  return regex ? text : text.trim();
}

function looseSource(text: string, matchCase: boolean): string {
  return Array.from(text.normalize('NFC'), (letter) => {
    const base = fold(letter);
    if (base.length !== 1) return escaped(letter);
    const all = `${base}${VARIANTS.get(base) ?? ''}`;
    const upper = letter !== letter.toLowerCase();
    const fitting = Array.from(all).filter((each) => !matchCase || (each !== each.toLowerCase()) === upper);
    return `[${fitting.map(escaped).join('')}][\u0300-\u036f]*`;
  }).join('');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('-', '\\x2d');
}

/** V8 gives its reasons in English. */
function problemOf(message: string): string {
  if (message.includes('Unterminated group')) return t('The expression lacks a closing parenthesis “)”.');
  if (message.includes("Unmatched ')'")) return t('The expression has a “)” without its “(”.');
  if (message.includes('Unterminated character class'))
    return t('The expression lacks a closing bracket “]”.');
  if (message.includes('Nothing to repeat')) {
    return t('A “*”, “+”, “?” or “{” of the expression has nothing before it that it could repeat.');
  }
  if (message.includes('Lone quantifier brackets')) {
    return t('Write “\\{” and “\\}” for braces that are meant as they stand.');
  }
  if (message.includes('escape') || message.includes('\\ at end')) {
    return t('A “\\” of the expression stands before a character that needs none.');
  }
  return t('This is not a valid regular expression.');
}
