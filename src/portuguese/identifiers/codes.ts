import { IBAN_LENGTHS, isCartaoCidadao, isCnpj, isIban } from './checkDigits';
import { surroundingsOf } from './context';
import type { IdentifierKind, Scan } from './kinds';
import { isPseudonym } from './reserved';

// Identifiers with letters in them.

const SPACE = '[ \\u00a0\\u202f\\u2009]';

/** Addresses and names of documents: numbers in them are nobody's. */
const LINKS = /(?:https?:\/\/|www\.|doi:\s?|ECLI:|urn:)[^\s<>"«»]+|(?<![\d.])10\.\d{4,9}\/[^\s<>"«»]+/giu;

export function scanLinks({ text }: Scan, take: (start: number, end: number) => void): void {
  if (!/:|www|10\./.test(text)) return;
  for (const match of text.matchAll(LINKS)) take(match.index, match.index + match[0].length);
}

function add(
  scan: Scan,
  kind: IdentifierKind,
  start: number,
  end: number,
  normal: string,
  valid: boolean,
): void {
  if (!scan.isFree(start, end)) return;
  // What has the form alone is nothing to report, but no other number hides in it either.
  if (valid && !isPseudonym(kind, normal)) scan.add({ kind, start, end, normal });
  else scan.take(start, end);
}

const IBAN_START = new RegExp(
  `(?<![\\p{L}\\d])(?:[A-Z]{2}|pt)${SPACE}?\\d{2}(?=[ .\\u00a0\\u202f\\u2009-]?[A-Z\\d])`,
  'gu',
);
const ALPHANUMERIC = /[A-Za-z\d]/;
const SEPARATOR = /[ .\u00a0\u202f\u2009-]/;

export function scanIbans(scan: Scan): void {
  const { text } = scan;
  for (const match of text.matchAll(IBAN_START)) {
    const length = IBAN_LENGTHS.get(match[0].slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    let normal = '';
    let end = match.index;
    for (let at = match.index; normal.length < length && at < text.length; at++) {
      const character = text.charAt(at);
      if (ALPHANUMERIC.test(character)) {
        normal += character;
        end = at + 1;
      } else if (!SEPARATOR.test(character) || SEPARATOR.test(text.charAt(at - 1))) break;
    }
    if (normal.length < length || /[\p{L}\d]/u.test(text.charAt(end))) continue;
    normal = normal.toUpperCase();
    const digits = normal.slice(4).replace(/\D/g, '').length;
    // Words of an ordinary sentence may stand behind two letters and two digits.
    if (isIban(normal)) add(scan, 'iban', match.index, end, normal, true);
    else if (digits * 2 >= length) add(scan, 'iban', match.index, end, normal, false);
  }
}

const CARTAO = new RegExp(
  `(?<![\\p{L}\\d/.-])(\\d{8})(?:${SPACE}|-)?(\\d)(?:${SPACE}|-)?([A-Za-z][A-Za-z\\d]|\\d[A-Za-z])(?:${SPACE}|-)?(\\d)(?![\\p{L}\\d]|[-/]\\d)`,
  'gu',
);

export function scanCartoes(scan: Scan): void {
  for (const match of scan.text.matchAll(CARTAO)) {
    const normal = match.slice(1).join('').toUpperCase();
    const { index } = match;
    add(scan, 'cartao-cidadao', index, index + match[0].length, normal, isCartaoCidadao(normal));
  }
}

/** The four series of plates: AA-00-00 (1937), 00-00-AA (1992), 00-AA-00 (2005), AA-00-AA (2020). */
const PLATE = new RegExp(
  `(?<![\\p{L}\\d/.-])(?:[A-Z]{2}-\\d{2}-(?:\\d{2}|[A-Z]{2})|\\d{2}-(?:\\d{2}-[A-Z]{2}|[A-Z]{2}-\\d{2})|` +
    `[A-Z]{2}([ ·\\u00a0]?)\\d{2}\\1(?:\\d{2}|[A-Z]{2})|\\d{2}([ ·\\u00a0]?)(?:\\d{2}\\2[A-Z]{2}|[A-Z]{2}\\2\\d{2}))` +
    `(?![\\p{L}\\d]|[-/.][\\p{L}\\d])`,
  'gu',
);
/** Words near a plate; without hyphens only they make it one. */
const VEHICLE =
  /matr[íi]cul|ve[íi]culo|viatura|autom[óo]ve|carro|ligeiro|pesado|motociclo|mota\b|moto\b|ciclomotor|reboque|cami[ãa]o|carrinha|furg[ãa]o|t[áa]xi|autocarro/iu;
const NO_VEHICLE =
  /(?<!\p{L})(?:ref(?:er[êe]ncia)?\.?|c[óo]d(?:igo)?\.?|modelo|lote|artigo|art\.|s[ée]rie|norma|pe[çc]a|produto|voo|sala|processo|proc\.|cota|NP|ISO|EN|vers[ãa]o)[^\p{L}\d]{0,6}(?:n\.?[ºo°])?[^\p{L}\d]{0,3}$/iu;

export function scanPlates(scan: Scan): void {
  const { text } = scan;
  for (const match of text.matchAll(PLATE)) {
    const { index } = match;
    const end = index + match[0].length;
    const before = text.slice(Math.max(0, index - 80), index);
    if (match[0].includes('-') ? NO_VEHICLE.test(before) : !VEHICLE.test(before)) continue;
    add(scan, 'matricula', index, end, match[0].replace(/[^A-Z\d]/g, ''), true);
  }
}

/**
 * Court process numbers since 1991: order/year.check digit and court unit, then letters of annexes and appeals:
 * 1234/19.8T8LSB-A.L1.S1.
 */
const PROCESS =
  /(?<![\p{L}\d/.-])\d{1,7}\/\d{2}\.\d[A-Z\d]{4,6}(?:[-.][A-Z]{1,3}\d{0,2}(?![\p{L}\d])){0,4}(?:-\d{1,2}(?!\d))?(?![\p{L}\d]|-\d)/gu;
const CITED_BEFORE =
  /(?<!\p{L})(?:ac[óo]rd[ãa]os?|acs?\.|aresto|jurisprud[êe]ncia|ECLI|dgsi|relatora?|rel\.|STJ|STA|TR[LPCGE]|RL|RP|RC|RG|RE|TCA[NS]?|(?:Supremo )?Tribunal (?:d[ae] Rela[çc][ãa]o|Central Administrativo|Constitucional|de Justi[çc]a)|Supremo|Rela[çc][ãa]o d[eo])(?!\p{L})/iu;
const CITED_BEHIND = /^[^]{0,50}?(?:\brelator|\brel\.|dgsi|\bin www|dispon[íi]vel|publicad|www\.|\bECLI)/iu;
const PARTY =
  /(?<!\p{L})(?:em que (?:é|são|foi|foram|figura)|contra|(?:o |a )?(?:meu|minha|noss[oa]) (?:constituinte|cliente|mandante|process)|(?:meu|minha|nosso|nossa|seu|sua) process|corre termos|pendente|insolv[êe]ncia de|invent[áa]rio (?:de|por [óo]bito)|arguid[oa]|penhora)(?!\p{L})/iu;

/**
 * Published decisions are cited by their process, and name nobody: those numbers are the case law's address, and a
 * finding at each would make people turn the rule off. What tells them: the court's decision before the number, or its
 * reporter or collection behind it, and no word of a party or of a pending case beside it.
 */
export function scanProcesses(scan: Scan): void {
  const { text } = scan;
  if (!text.includes('/')) return;
  for (const match of text.matchAll(PROCESS)) {
    const { index } = match;
    const end = index + match[0].length;
    // The unit has letters, or it is a number such as 12/05.1234.
    if (!/\.\d[A-Z\d]*[A-Z]{2}/.test(match[0])) continue;
    const before = text.slice(Math.max(0, index - 110), index).replace(/^[^]*(?:\n\s*\n|;)/, '');
    const behind = text.slice(end, end + 70);
    const cited = CITED_BEFORE.test(before) || CITED_BEHIND.test(behind);
    const party = PARTY.test(before.slice(-60)) || PARTY.test(behind.slice(0, 45));
    add(scan, 'processo', index, end, match[0], !cited || party);
  }
}

/** With letters a CNPJ counts in its written form, or behind its name. */
const CNPJ =
  /(?<![\p{L}\d])[A-Z\d]{2}\.[A-Z\d]{3}\.[A-Z\d]{3}\/[A-Z\d]{4}-\d{2}(?![\p{L}\d])|(?<![\p{L}\d])(?=\d*[A-Z])[A-Z\d]{12}-?\d{2}(?![\p{L}\d-])/gu;

export function scanCnpjs(scan: Scan): void {
  const { text } = scan;
  for (const match of text.matchAll(CNPJ)) {
    const { index } = match;
    const end = index + match[0].length;
    const normal = match[0].replace(/[./-]/g, '');
    if (match[0].includes('/')) add(scan, 'cnpj', index, end, normal, isCnpj(normal));
    else if (isCnpj(normal) && surroundingsOf(text, index, end, 14).label === 'cnpj') {
      add(scan, 'cnpj', index, end, normal, true);
    }
  }
}
