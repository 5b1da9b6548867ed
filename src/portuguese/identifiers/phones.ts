import { countryCodeLength } from './countries';
import type { Recognised, Scan } from './kinds';
import { isPseudonym } from './reserved';

/** Portugal's numbers by ANACOM's plan: geographic and nomadic ones. */
const AREA = /^(?:2(?:1|2|3[1-689]|4[1-5789]|5[1-689]|6[1-35689]|7[1-46-8]|8[1-46-9]|9[1-68])|30)/;

export function isPortuguesePhone(digits: string): boolean {
  return (
    digits.length === 9 &&
    (/^9[1236]/.test(digits) || AREA.test(digits) || /^(?:80\d|70[78]|76\d)/.test(digits))
  );
}

const BRAZILIAN_AREA = /^(?:1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9])$/;

/** `+351 …`, `00351 …`, `(+351) …`. */
const PORTUGUESE = /(?<![\p{L}\d+])\(?(?:\+|00 ?)351\)?(?:[ .\u00a0\u202f()-]{0,2}\d){9}(?![\d\p{L}])/gu;
/** With two zeros for the plus only the countries that people here call, since codes of other kinds begin so. */
const INTERNATIONAL =
  /(?<![\p{L}\d+]|\d[ \u00a0.-])\(?(?:\+(?!351)|00(?=(?:3[1-49]|352|4[149]|55|24[45]|238|239|258) ))[1-9](?:[ .\u00a0\u202f()-]{0,2}\d){7,14}(?![\d\p{L}])/gu;
/** `(11) 91234-5678`, `11 91234-5678`; the area in brackets or the hyphen make it one. */
const BRAZILIAN =
  /(?<![\p{L}\d+/.-])(?:\(0?(\d{2})\)[ \u00a0]?9?\d{4}[ \u00a0.-]?\d{4}|(\d{2})[ \u00a0]9\d{4}-\d{4})(?![\d\p{L}]|[.,-]\d)/gu;
/** `(21) 345 67 89`, `(213) 456 789`. */
const BRACKETED = /(?<![\p{L}\d+/.-])\(2\d{1,2}\)[ \u00a0]?\d(?:[ .\u00a0-]?\d){5,6}(?![\d\p{L}]|[.,-]\d)/gu;

/** Telephones that their form tells, without a word about them. */
export function scanPhones(scan: Scan): void {
  const { text } = scan;
  if (text.includes('351')) {
    for (const match of text.matchAll(PORTUGUESE)) {
      const national = digitsOf(match[0]).slice(3);
      if (isPortuguesePhone(national) || isPseudonym('telefone', national)) add(scan, match, national);
      else scan.take(match.index, match.index + match[0].length);
    }
  }
  if (text.includes('+') || text.includes('00')) {
    for (const match of text.matchAll(INTERNATIONAL)) {
      const digits = digitsOf(match[0]);
      if (isInternational(digits)) add(scan, match, digits);
    }
  }
  if (!text.includes('(') && !text.includes('-')) return;
  for (const match of text.matchAll(BRAZILIAN)) {
    const area = match[1] ?? match[2] ?? '';
    const national = match[0].replace(/\D/g, '').replace(/^0/, '');
    if (BRAZILIAN_AREA.test(area) || area === '90') add(scan, match, `55${national}`);
  }
  for (const match of text.matchAll(BRACKETED)) {
    const national = digitsOf(match[0]);
    if (isPortuguesePhone(national)) add(scan, match, national);
  }
}

/** North America and Russia have eleven digits, others ten at least. */
function isInternational(digits: string): boolean {
  if (countryCodeLength(digits) === 1) return digits.length === 11;
  return digits.length >= 10 && digits.length <= 15;
}

/** Without the zeros that stand for a plus. */
function digitsOf(written: string): string {
  return written.replace(/\D/g, '').replace(/^00/, '');
}

function add(scan: Scan, match: RegExpExecArray, normal: string): void {
  let start = match.index;
  let written = match[0];
  // A bracket that the number does not close is not its own.
  if (written.startsWith('(') && !written.includes(')')) {
    start++;
    written = written.slice(1);
  }
  const found: Recognised = { kind: 'telefone', start, end: start + written.length, normal };
  if (!scan.isFree(found.start, found.end)) return;
  if (isPseudonym('telefone', normal)) scan.take(found.start, found.end);
  else scan.add(found);
}
