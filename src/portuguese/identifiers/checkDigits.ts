// Check digits as their issuers define them. All take digits (or capitals and digits) without separators.

const ZERO = 48;

function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) sum += (digits.charCodeAt(at) - ZERO) * (weights[at] ?? 0);
  return sum;
}

/** Remainder of modulo 11 schemes: 10 and 11 are written 0. */
function complement11(sum: number): number {
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

const NIF_WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2];
/** Of a tax number's first 8 digits; the civil identification number has the same one. */
export function nifCheckDigit(digits: string): number {
  return complement11(weighted(digits, NIF_WEIGHTS));
}

export function isNif(digits: string): boolean {
  return digits.length === 9 && nifCheckDigit(digits) === digits.charCodeAt(8) - ZERO;
}

const NISS_WEIGHTS = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
export function nissCheckDigit(digits: string): number {
  return 9 - (weighted(digits, NISS_WEIGHTS) % 10);
}

export function isNiss(digits: string): boolean {
  return digits.length === 11 && nissCheckDigit(digits) === digits.charCodeAt(10) - ZERO;
}

const CPF_FIRST = [10, 9, 8, 7, 6, 5, 4, 3, 2];
const CPF_SECOND = [11, ...CPF_FIRST];
/** Both check digits of a CPF's first 9. */
export function cpfCheckDigits(digits: string): string {
  const first = complement11(weighted(digits, CPF_FIRST));
  return `${first}${complement11(weighted(`${digits}${first}`, CPF_SECOND))}`;
}

/** Eleven equal digits have the right check digits but are never issued. */
export function isCpf(digits: string): boolean {
  return digits.length === 11 && !/^(\d)\1*$/.test(digits) && cpfCheckDigits(digits) === digits.slice(9);
}

const CNPJ_FIRST = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
const CNPJ_SECOND = [6, ...CNPJ_FIRST];
/**
 * Both check digits of a CNPJ's first 12 characters. Since July 2026 they may be letters, each worth its ASCII code
 * less 48 (Instrução Normativa RFB n.º 2.229/2024).
 */
export function cnpjCheckDigits(characters: string): string {
  const first = complement11(weighted(characters, CNPJ_FIRST));
  return `${first}${complement11(weighted(`${characters}${first}`, CNPJ_SECOND))}`;
}

export function isCnpj(characters: string): boolean {
  return (
    characters.length === 14 &&
    !/^(\d)\1*$/.test(characters) &&
    cnpjCheckDigits(characters) === characters.slice(12)
  );
}

export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    const digit = (digits.charCodeAt(at) - ZERO) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** Luhn's scheme over a Cartão de Cidadão's 12 characters: letters count from 10 (A) to 35 (Z). */
export function isCartaoCidadao(characters: string): boolean {
  if (characters.length !== 12) return false;
  let sum = 0;
  for (let at = 11, double = false; at >= 0; at--, double = !double) {
    const value = Number.parseInt(characters.charAt(at), 36) * (double ? 2 : 1);
    sum += double && value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Remainder by 97 of digits and capitals, letters as 10 to 35 (ISO 7064). */
export function modulo97(characters: string): number {
  let rest = 0;
  for (let at = 0; at < characters.length; at++) {
    const code = characters.charCodeAt(at);
    rest = code < 58 ? (rest * 10 + code - ZERO) % 97 : (rest * 100 + code - 55) % 97;
  }
  return rest;
}

export function isIban(characters: string): boolean {
  return (
    characters.length === IBAN_LENGTHS.get(characters.slice(0, 2)) &&
    modulo97(`${characters.slice(4)}${characters.slice(0, 4)}`) === 1
  );
}

/** A Portuguese account without country and IBAN check digits: bank, branch, account, two check digits. */
export function isNib(digits: string): boolean {
  return digits.length === 21 && modulo97(digits) === 1;
}

/** From SWIFT's IBAN registry. */
export const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 ' +
    'AO25 CV25 GW25 MZ25 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
