import type { Citation, CitedDate } from '../portuguese/citations/citation';
import { namedByCode } from '../portuguese/citations/codes';
import { fullYear } from '../portuguese/citations/pieces';
import type { Variety } from '../portuguese/varieties';

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** A day that no calendar has, or a date of another year than the number's. */
export function wrongDateOf({ parts, kind }: Citation): 'impossible' | 'another-year' | undefined {
  const date = parts.date ?? parts.diploma?.date;
  if (date === undefined) return undefined;
  if (!isPossible(date)) return 'impossible';
  const { diploma } = parts;
  if (
    kind === 'gazette' ||
    diploma?.year === undefined ||
    diploma.number === undefined ||
    date.year === undefined
  )
    return undefined;
  // An act of the Union may be published, and numbered, in the year after it was adopted.
  const european = /UE|CE|JAI|PESC/.test(diploma.suffix ?? '');
  const apart = fullYear(diploma.year) - date.year;
  return apart === 0 || (european && apart === 1) ? undefined : 'another-year';
}

function isPossible({ day, month, year }: CitedDate): boolean {
  if (day === undefined || month === undefined) return true;
  const length = LENGTHS[month - 1];
  if (length === undefined || day < 1 || day > length) return false;
  if (month !== 2 || day !== 29 || year === undefined) return true;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const NUMBER_FIRST =
  /^(n\.?[ºo]s?\s?\d{1,3})\s?,\s?((?:artigo|art\.º|art\.)\s?\d{1,4}(?:\.º)?(?:-[A-Z])?)(?![\d.])/i;
const LETTER_FIRST =
  /^(al[íi]nea\s[a-z]{1,2}\)|al\.\s[a-z]{1,2}\))\s?,\s?(?:(n\.?º\s?\d{1,3})\s?,\s?)?((?:artigo|art\.º|art\.)\s?\d{1,4}(?:\.º)?(?:-[A-Z])?)(?![\d.])/i;
const LETTER_BEFORE_NUMBER =
  /^((?:artigo|art\.º|art\.)\s?\d{1,4}(?:\.º)?(?:-[A-Z])?)\s?,\s?(al[íi]nea\s[a-z]{1,2}\)|al\.\s[a-z]{1,2}\))\s?,\s?(n\.?º\s?\d{1,3})(?!\d|\s(?:e|a)\s)/i;

/** «n.º 2, artigo 3.º» and «artigo 3.º, alínea a), n.º 2»: the same places, in their order. */
export function wrongOrderOf(content: string, { start, end }: Citation): Edit | undefined {
  const text = content.slice(start, Math.min(end, start + 80));
  const number = NUMBER_FIRST.exec(text);
  if (number !== null) {
    const [whole, narrow = '', article = ''] = number;
    return { start, end: start + whole.length, text: `${article}, ${narrow}` };
  }
  const letter = LETTER_FIRST.exec(text);
  if (letter !== null) {
    const [whole, narrow = '', middle, article = ''] = letter;
    return {
      start,
      end: start + whole.length,
      text: [article, ...(middle === undefined ? [] : [middle]), narrow].join(', '),
    };
  }
  const inside = LETTER_BEFORE_NUMBER.exec(text);
  if (inside === null) return undefined;
  const [whole, article = '', narrow = '', middle = ''] = inside;
  return { start, end: start + whole.length, text: `${article}, ${middle}, ${narrow}` };
}

/** Whether the law itself is Brazilian, however the text writes. */
function isBrazilianLaw({ parts: { diploma }, style }: Citation, text: string): boolean {
  if (diploma === undefined) return false;
  if (diploma.code !== undefined && (namedByCode(diploma.code)?.style === 'br' || diploma.code === 'cf'))
    return true;
  if (/^(?:Lei Complementar|Emenda|Medida|Instrução Normativa)/.test(diploma.type)) return true;
  return style === 'br' && /\d\.\d{3}/.test(text);
}

type Spelling = readonly [wrong: RegExp, right: string | ((found: RegExpExecArray) => string)];

const PORTUGAL: readonly Spelling[] = [
  [/\bartigos[ºo](?![A-Za-zÀ-ÿ])\.?/gi, 'artigos'],
  [/\bart(?:[ºo]s?\.?|\.o)(?=\s?\d)/gi, (found) => (/s/i.test(found[0].slice(3)) ? 'arts. ' : 'art. ')],
  [/\bart\s(?=\d)/g, 'art. '],
  [/\barts\s(?=\d)/g, 'arts. '],
  [/\bn(?:[º°]|\.?\s[º°]|\.°)s\s?(?=\d)/g, 'n.os '],
  [/\bn(?:[º°]|\.\s[º°]|\.°)\s?(?=\d)/g, 'n.º '],
  [
    /\b(?:Dec\.?|Decreto)[\s-]{1,3}Lei\b|\bDec\.-Lei\b/g,
    (found) => (found[0] === 'Decreto-Lei' ? found[0] : 'Decreto-Lei'),
  ],
  [/\bD\.\s?L\.(?=\s)/g, 'Decreto-Lei'],
  [/\balinea(?=s?\s)/g, 'alínea'],
  [/\bDirectiva/g, 'Diretiva'],
];
/** Ordinals without their point, and an article's number without its mark. */
const ORDINAL =
  /\d(º)|\bart(?:igos?|s?\.?[ºo]?s?\.?)\s?\d{1,4}()(?=[,;)]|\s(?:d[oae]s?|e|n\.|al)\b|$|-[A-Z]\b)/g;
const BRAZIL: readonly Spelling[] = [
  [/\bart(?:[ºo]\.?)(?=\s?\d)/gi, 'art. '],
  [/\bart\s(?=\d)/g, 'art. '],
  [/\bart\.º\s?(?=\d)/g, 'art. '],
  [/\bn[°]\s?(?=\d)/g, 'nº '],
];

/** What a citation does not write as the project's country does, with what it writes. In order, without overlaps. */
export function misspellingsOf(content: string, citation: Citation, variety: Variety): Edit[] {
  const { start, end, kind } = citation;
  if (kind === 'gazette' || kind === 'case') return [];
  const text = content.slice(start, end);
  const brazilian = variety === 'pt-BR' || isBrazilianLaw(citation, text);
  const edits: Edit[] = [];
  for (const [wrong, right] of brazilian ? BRAZIL : PORTUGAL) {
    wrong.lastIndex = 0;
    for (let found = wrong.exec(text); found !== null; found = wrong.exec(text)) {
      const written = typeof right === 'string' ? right : right(found);
      if (written === found[0]) continue;
      // What stood before a number keeps no second space.
      const after =
        written.endsWith(' ') && text[found.index + found[0].length] === ' ' ? written.trimEnd() : written;
      edits.push({ start: start + found.index, end: start + found.index + found[0].length, text: after });
    }
  }
  if (!brazilian) {
    ORDINAL.lastIndex = 0;
    for (let found = ORDINAL.exec(text); found !== null; found = ORDINAL.exec(text)) {
      const at = start + found.index + found[0].length;
      edits.push({ start: at - (found[1]?.length ?? 0), end: at, text: '.º' });
    }
  }
  return edits
    .sort((a, b) => a.start - b.start)
    .filter(({ start: from }, at, all) => at === 0 || from >= (all[at - 1]?.end ?? 0));
}
