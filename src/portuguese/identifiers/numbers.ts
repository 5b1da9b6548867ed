import { isCnpj, isCpf, isLuhn, isNib, isNif, isNiss } from './checkDigits';
import { surroundingsOf } from './context';
import type { Surroundings } from './context';
import type { Recognised, Scan } from './kinds';
import { isPortuguesePhone } from './phones';
import { isPseudonym } from './reserved';

/** Digits in groups: what stands between the groups is one character each. */
interface Numeral {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** Lengths of the groups, such as `3-3-3`. */
  readonly groups: string;
  /** What stands between them, or undefined where that differs. */
  readonly separator: string | undefined;
}

const CHAIN = /\d(?:[ .\u00a0\u202f\u2009/-]?\d){7,}/g;
const GROUP = /\d+/g;
const MOST_DIGITS = 21;
const MOST_GROUPS = 6;

/** The identifiers that are digits alone. */
export function scanNumbers(scan: Scan): void {
  for (const chain of scan.text.matchAll(CHAIN)) {
    const from = chain.index;
    const groups = [...chain[0].matchAll(GROUP)].map((group) => ({
      start: from + group.index,
      end: from + group.index + group[0].length,
      digits: group[0],
    }));
    for (let first = 0; first < groups.length; first++) {
      const last = longestAt(scan, groups, first);
      if (last !== undefined) first = last;
    }
  }
}

type Group = Pick<Numeral, 'start' | 'end' | 'digits'>;

/** Recognises what begins with a group; the index of its last group, or undefined. */
function longestAt(scan: Scan, groups: readonly Group[], first: number): number | undefined {
  const { text } = scan;
  const start = groups[first]?.start ?? 0;
  if (GLUED.test(text.charAt(start - 1)) && !followsName(text, start))
    return taxNumberOfVat(scan, groups, first);
  let digits = '';
  let lengths = '';
  let separator: string | undefined;
  let best: { readonly found: Recognised | undefined; readonly last: number } | undefined;
  for (let last = first; last < first + MOST_GROUPS; last++) {
    const group = groups[last];
    if (group === undefined) break;
    const gap = last === first ? '' : text.charAt(group.start - 1);
    if (last === first + 1) separator = gap;
    else if (last > first && separator !== gap && !(isSpace(separator) && isSpace(gap)))
      separator = undefined;
    digits += group.digits;
    lengths += `${last === first ? '' : '-'}${group.digits.length}`;
    if (digits.length > MOST_DIGITS) break;
    if (digits.length < 8 || !endsHere(text, group.end, last > first ? gap : '')) continue;
    if (last > first && first > 0 && sameGap(text.charAt(start - 1), separator)) continue;
    if (!scan.isFree(start, group.end)) break;
    const numeral: Numeral = { start, end: group.end, digits, groups: lengths, separator };
    const found = recognise(text, numeral);
    if (found !== null) best = { found, last };
  }
  if (best?.found !== undefined) scan.add(best.found);
  return best?.last;
}

/** Letters but for the raised ones of «n.º». */
const GLUED = /(?![ºª])[\p{L}\p{M}\d_/=#\\&+.,@-]/u;

/** `PT501442600`, as VAT numbers are written in the Union. */
function taxNumberOfVat(scan: Scan, groups: readonly Group[], first: number): number | undefined {
  const group = groups[first];
  if (group?.digits.length !== 9 || !isNif(group.digits)) return undefined;
  const start = group.start - 2;
  if (!/(?<![\p{L}\d/=#_-])PT$/u.test(scan.text.slice(Math.max(0, start - 1), group.start))) return undefined;
  if (!endsHere(scan.text, group.end, '') || !scan.isFree(start, group.end)) return undefined;
  if (!isPseudonym('nif', group.digits)) {
    scan.add({ kind: 'nif', start, end: group.end, normal: group.digits });
  }
  return first;
}

/** `NIF-…`, `nif=…`, `NIF…`: the mark belongs to the name, not to the number. */
function followsName(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 14), start);
  return NAME_BEFORE.test(before) || OTHER_NUMBER_BEFORE.test(before);
}

/** `912345678/963456789`: two numbers, not a number and its year. */
const OTHER_NUMBER_BEFORE = /(?<!\d)\d{3} ?\d{3} ?\d{3}\/$/;
const OTHER_NUMBER_BEHIND = /^\/\d{3} ?\d{3} ?\d{3}(?!\d)/;
const NAME_BEFORE =
  /(?<![\p{L}\d])(?:(?:nif|nipc|niss|cpf|cnpj|nib|contribuinte|tel|telef|tlf|telem|tlm)[./=-]?|n[./-])$/iu;

function isSpace(gap: string | undefined): boolean {
  return gap !== undefined && gap !== '' && ' \u00a0\u202f\u2009'.includes(gap);
}

function sameGap(one: string, other: string | undefined): boolean {
  return one === other || (isSpace(one) && isSpace(other));
}

/** A number does not go on in a word, a fraction, a further group or a code. */
function endsHere(text: string, end: number, gap: string): boolean {
  const next = text.charAt(end);
  if (next === '') return true;
  if (/[\p{L}\p{M}_=@\\]/u.test(next)) return false;
  const second = text.charAt(end + 1);
  // The name of a file goes on; a sentence that lacks its space goes on in a capital.
  if (next === '.' && /\p{Ll}/u.test(second)) return false;
  const digit = second >= '0' && second <= '9';
  if (OTHER_NUMBER_BEHIND.test(text.slice(end, end + 13))) return true;
  if (digit && (',.-/:'.includes(next) || sameGap(next, gap))) return false;
  return !('-/'.includes(next) && /\p{L}/u.test(second));
}

/** What the number is. Undefined: something, but nothing to report. Null: nothing. */
function recognise(text: string, numeral: Numeral): Recognised | undefined | null {
  const { digits, start, end } = numeral;
  let known: Surroundings | undefined;
  const surroundings = (): Surroundings => (known ??= surroundingsOf(text, start, end, digits.length));
  const as = (kind: Recognised['kind']): Recognised | undefined =>
    isPseudonym(kind, digits) ? undefined : { kind, start, end, normal: digits };
  switch (digits.length) {
    case 8:
      return civilNumber(numeral, surroundings, as);
    case 9:
      return nineDigits(numeral, surroundings, as);
    case 11:
      return elevenDigits(numeral, surroundings, as, text);
    case 12:
      // The country's code without its plus.
      if (
        digits.startsWith('351') &&
        isPortuguesePhone(digits.slice(3)) &&
        surroundings().label === 'telefone'
      ) {
        return { kind: 'telefone', start, end, normal: digits.slice(3) };
      }
      return card(numeral, surroundings, as);
    case 14:
      if (isCnpj(digits) && CNPJ_FORMS.test(numeral.groups)) {
        const { label } = surroundings();
        if (label === 'cnpj' || numeral.groups.includes('-')) return as('cnpj');
        if (label === undefined && !TIMESTAMP.test(digits)) return as('cnpj');
      }
      return card(numeral, surroundings, as);
    case 21:
      return numeral.separator !== '/' && isNib(digits) && surroundings().label !== 'other'
        ? isPseudonym('iban', `PT50${digits}`)
          ? undefined
          : { kind: 'iban', start, end, normal: `PT50${digits}` }
        : null;
    default:
      return card(numeral, surroundings, as);
  }
}

type Known = () => Surroundings;
type As = (kind: Recognised['kind']) => Recognised | undefined;

const CNPJ_FORMS = /^(?:14|2-3-3-4-2|8-4-2|12-2)$/;
/** A date and a time in 14 digits. */
const TIMESTAMP = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$/;

/**
 * Civil identification numbers have a check digit behind them that most deeds leave out: the eight digits count only
 * where their name is right before them.
 */
function civilNumber({ groups, separator }: Numeral, known: Known, as: As): Recognised | undefined | null {
  if (!/^(?:8|2-3-3|1-3-3-1)$/.test(groups) || separator === '/' || separator === '-') return null;
  return known().label === 'cartao-cidadao' ? as('cartao-cidadao') : null;
}

/** Prefixes of tax numbers. 91 is one of them, too, but first of all that of mobile telephones. */
const NIF_PREFIX = /^(?:[123568]|45|7[01245789]|9[01457-9])/;

function nineDigits(
  { digits, groups, separator }: Numeral,
  known: Known,
  as: As,
): Recognised | undefined | null {
  if (separator === '/') return null;
  const plain = groups === '9' || groups === '3-3-3';
  const tax = !digits.startsWith('0') && digits !== FINAL_CONSUMER && isNif(digits);
  const phone = isPortuguesePhone(digits);
  if (!tax && !phone && !PSEUDONYM_PHONE.test(digits)) {
    // Its name makes it a civil identification number only with the right check digit, which is a tax number's.
    return null;
  }
  const { label, telephone } = known();
  switch (label) {
    case 'nif':
      return tax ? as('nif') : phone && telephone ? as('telefone') : null;
    case 'telefone':
      return phone ? as('telefone') : undefined;
    case 'cartao-cidadao':
      return isNif(digits) ? as('cartao-cidadao') : null;
    case undefined:
      break;
    default:
      return undefined;
  }
  if (/^(?:2-3-2-2|2-7|2-3-4)$/.test(groups)) return phone && /^[29]/.test(digits) ? as('telefone') : null;
  if (!plain) return null;
  if (/^9[1236]/.test(digits)) return as('telefone');
  if (digits === LADDER) return null;
  return tax && (NIF_PREFIX.test(digits) || isPseudonym('nif', digits)) ? as('nif') : null;
}

/** What invoices say that name no buyer. */
const FINAL_CONSUMER = '999999990';
/** Happens to be valid, and stands for a number in examples. */
const LADDER = '123456789';
const PSEUDONYM_PHONE = /^(?:99|20)/;

function elevenDigits(
  { digits, groups, separator, start, end }: Numeral,
  known: Known,
  as: As,
  text: string,
): Recognised | undefined | null {
  const cpf = isCpf(digits);
  const niss = /^[12]/.test(digits) && isNiss(digits);
  if (!cpf && !niss && !isPseudonym('niss', digits)) return null;
  const { label } = known();
  if (label === 'cpf') return cpf ? as('cpf') : null;
  if (label === 'niss') return isNiss(digits) ? as('niss') : null;
  if (label !== undefined) return undefined;
  const brazilian = groups === '3-3-3-2' && (separator === undefined || separator === '.');
  if (cpf && (brazilian || groups === '9-2')) return as('cpf');
  if (!/^(?:11|3-3-3-2|1-3-3-3-1|4-4-3|3-4-4|2-3-3-3|10-1|1-10)$/.test(groups) || separator === '/')
    return null;
  if (niss && !(cpf && BRAZIL.test(text.slice(Math.max(0, start - 200), end + 100)))) return as('niss');
  return cpf && (groups === '11' || groups === '3-3-3-2') ? as('cpf') : null;
}

/** Decides for a number that is valid in both countries. */
const BRAZIL = /CPF|Brasil|brasileir/;

/** Forms in which cards are printed, and the lengths of each brand. */
const CARD_GROUPS = /^(?:\d+|4-4-4-4|4-6-5|4-6-4|4-4-4-4-3|4-4-4-1|4-4-5|8-8)$/;
const BRANDS: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d+$/, // Mastercard, 16 (below)
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-59]|[689])\d{11}(?:\d{2})?$/, // Diners
  /^(?:6011|64[4-9]|65)\d+$/, // Discover
  /^35(?:2[89]|[3-8])\d+$/, // JCB
  /^62\d{14}(?:\d{1,3})?$/, // UnionPay
  /^(?:50|5[6-8]|6[013-9])\d+$/, // Maestro, Elo, Hipercard
];

function card({ digits, groups, separator }: Numeral, known: Known, as: As): Recognised | undefined | null {
  const { length } = digits;
  if (length < 12 || length > 19 || separator === '/' || !CARD_GROUPS.test(groups)) return null;
  if (!isLuhn(digits) || !BRANDS.some((brand) => brand.test(digits))) return null;
  const { label } = known();
  if (label === 'cartao-bancario') return as('cartao-bancario');
  if (label !== undefined) return undefined;
  // A tenth of all numbers pass Luhn's check: without a name only the usual lengths count.
  const usual =
    length === 16 || (length === 15 && /^3[47]/.test(digits)) || (length === 14 && groups !== '14');
  return usual ? as('cartao-bancario') : null;
}
