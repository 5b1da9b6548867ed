import type { CitedDate } from './citation';

// Pieces of patterns. Every repetition is bounded, so that no pattern can look further than a few hundred characters.
export const L = 'A-Za-zÀ-ÖØ-öø-ÿ';
export const U = 'A-ZÀ-ÖØ-Þ';
export const S = '\\s{1,3}';
export const S0 = '\\s{0,3}';
const MONTH =
  'janeiro|fevereiro|março|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro|' +
  'jan\\.?|fev\\.?|mar\\.?|abr\\.?|mai\\.?|jun\\.?|jul\\.?|ago\\.?|set\\.?|out\\.?|nov\\.?|dez\\.?';
const MONTHS = ['jan', 'fev', 'mar', 'abr', 'mai', 'jun', 'jul', 'ago', 'set', 'out', 'nov', 'dez'];

/** «n.º», «nº», «n.os», «n.», «número» and what typists and scanners make of them. */
export const NO = `(?:n\\s?\\.?\\s?(?:[º°]s?|os?(?![${L}]))\\.?|n\\s?\\.|n(?=\\s\\d)|números?|N\\s?\\.?\\s?[º°O][Ss]?\\.?)${S0}`;

/** An ordinal's mark, as in «5.º», «5º», «5o». */
export const ORD = `(?:\\.?[ºª°]|\\.?o(?![${L}]))`;

/** Matches `pattern` exactly at `at`. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

export const sticky = (source: string, flags = ''): RegExp => new RegExp(source, `y${flags}`);

const DATE = sticky(
  `(\\d{1,2})(?:\\.?[ºo°])?${S}de${S}(${MONTH})(?![${L}])(?:,?${S}(?:de|do\\sano\\sde)${S}(\\d{4})(?!\\d))?` +
    `|(\\d{1,2})\\s?[-./]\\s?(\\d{1,2}|${MONTH})(?:\\s?[-./]\\s?(\\d{4}|\\d{2})(?![\\d]))?(?![\\d/]|[-.]\\d)` +
    `|(\\d{4})(?![\\d./-]\\d|\\d)`,
  'i',
);

/** The date that begins at `at`: «26 de agosto de 2013», «26-08-2013», «26/8», «1924». */
export function dateAt(
  text: string,
  at: number,
): { readonly date: CitedDate; readonly end: number } | undefined {
  const code = text.charCodeAt(at);
  if (!(code >= 48 && code <= 57)) return undefined;
  const match = matchAt(DATE, text, at);
  if (match === null) return undefined;
  const end = at + match[0].length;
  const [, day, month, year, shortDay, shortMonth, shortYear, only] = match;
  if (only !== undefined) return { date: { year: Number(only) }, end };
  const name = (month ?? shortMonth ?? '').toLowerCase();
  const named = MONTHS.indexOf(name.slice(0, 3));
  const written = year ?? shortYear;
  return {
    date: {
      day: Number(day ?? shortDay),
      month: named === -1 ? Number(name) : named + 1,
      ...(written === undefined ? {} : { year: fullYear(written) }),
    },
    end,
  };
}

/** `86` → 1986, `08` → 2008. */
export function fullYear(written: string): number {
  const year = Number(written);
  if (written.length !== 2) return year;
  return year > 40 ? 1900 + year : 2000 + year;
}

const BEFORE_DATE = sticky(`${S0},?${S}(?:de|do\\sdia|em|,)${S}(?=\\d)`, 'i');

/** «, de 26 de agosto», whose end is the date's. */
export function datedAt(
  text: string,
  at: number,
): { readonly date: CitedDate; readonly end: number } | undefined {
  const before = matchAt(BEFORE_DATE, text, at);
  return before === null ? undefined : dateAt(text, at + before[0].length);
}

/** A title's further words: «das Nações Unidas sobre o Direito do Mar». */
export const CONNECTORS = `(?:(?:d[aeo]s?|e|sobre|para|em|[ao]s?|à|às|aos?|contra|entre|n[ao]s?|pel[ao]s?|por)${S}){0,2}`;

export const day = ({ day, month, year }: CitedDate, withYear = true): string => {
  const names = [
    'janeiro',
    'fevereiro',
    'março',
    'abril',
    'maio',
    'junho',
    'julho',
    'agosto',
    'setembro',
    'outubro',
    'novembro',
    'dezembro',
  ];
  if (day === undefined || month === undefined) return year === undefined ? '' : String(year);
  const name = names[month - 1] ?? String(month);
  return `${day} de ${name}${withYear && year !== undefined ? ` de ${year}` : ''}`;
};

/** The codes of a pattern's first characters, to look at before the pattern is tried. */
export const codesOf = (letters: string): ReadonlySet<number> =>
  new Set(Array.from({ length: letters.length }, (_, at) => letters.charCodeAt(at)));
