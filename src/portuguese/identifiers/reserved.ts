import { countryCodeLength } from './countries';
import type { IdentifierKind } from './kinds';

/**
 * Pseudonyms are taken from ranges that nobody is given, and are known by them: a text that has been treated once is
 * not reported again. What each range rests on:
 * - nif: 40 to 44 and 46 to 49; the tax authority issues no number in 4 but 45.
 * - niss: 9; people begin with 1, organisations with 2.
 * - cartao-cidadao: civil numbers from 99 000 000; they are given in order and have reached 32 million.
 * - iban: bank 0000 (in Brazil 9999, where 0000 is Banco do Brasil's); letters of a bank's code are X.
 * - cartao-bancario: 0, which ISO/IEC 7812 keeps from card issuers.
 * - telefone: 20 and 99 are not in ANACOM's plan; area 90 is not in Anatel's; elsewhere 00 after the country's code.
 * - matricula: pairs of K, W and Y, which no plate had before 2020, and which come after 2060 in today's series.
 * - processo: a court unit X0XXX.
 * - cpf: 999, because no range is kept free: the only one that might be somebody's, once in thousands.
 * - cnpj: establishment 0000; they count from 0001.
 * - morada: postal codes below 1000. - email: the domains of RFC 2606.
 */
const RANGES: Readonly<Partial<Record<IdentifierKind, RegExp>>> = {
  nif: /^4[0-46-9]/,
  niss: /^9/,
  'cartao-cidadao': /^99/,
  iban: /^(?:(?!BR)[A-Z]{2}\d\d[0X]{4}|BR\d\d9999)/,
  'cartao-bancario': /^0[1-9]/,
  matricula: /^(?:YK|YW|KY)\d{4}$|^\d{4}(?:YK|YW|KY)$|^\d\d(?:YK|YW|KY)\d\d$|^(?:YK|YW|KY)\d\d[A-Z]{2}$/,
  processo: /\.\dX0X/,
  cpf: /^999/,
  cnpj: /^.{8}0000/,
  email: /(?:@|\.)(?:example\.(?:com|org|net)|example|invalid|test|localhost)$/,
};

/** `normal` as the identifiers have it. */
export function isPseudonym(kind: IdentifierKind, normal: string): boolean {
  if (kind !== 'telefone') return RANGES[kind]?.test(normal) ?? false;
  if (normal.length === 9) return /^(?:20|99)/.test(normal);
  if (/^55\d{10,11}$/.test(normal)) return normal.startsWith('5590');
  return normal.startsWith('00', countryCodeLength(normal));
}
