import { createHmac } from 'node:crypto';
import {
  cnpjCheckDigits,
  cpfCheckDigits,
  isCpf,
  isNif,
  modulo97,
  nifCheckDigit,
  nissCheckDigit,
} from './checkDigits';
import { countryCodeLength } from './countries';
import type { Identifier } from './kinds';

/**
 * Names the use of the hash; no secret. A secret key would have to lie in the project, where everybody who has the
 * dataset has it too, or on each annotator's machine, where one person would get another pseudonym from each of them.
 * So whoever has a list of candidates can try them; from the dataset alone nobody reads a number back, since many share
 * each pseudonym's hash only in its last digits.
 */
const USE = 'afina pseudonym 1';

/** Digits that follow from a value and always are the same. */
class Source {
  private digits: string;

  constructor(seed: string) {
    const bytes = createHmac('sha256', USE).update(seed).digest();
    this.digits = [...bytes].map((byte) => byte.toString().padStart(3, '0').slice(1)).join('');
  }

  take(count: number): string {
    const taken = this.digits.slice(0, count);
    this.digits = this.digits.slice(count);
    return taken;
  }

  below(limit: number): number {
    return Number(this.take(6)) % limit;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

/** What to write for the identifier, in its own form: the same value gives the same pseudonym everywhere. */
export function pseudonymOf({ kind, normal, value }: Identifier): string {
  for (let attempt = 0; ; attempt++) {
    const source = new Source(`${kind} ${normal} ${attempt}`);
    const written = write(kind, source, normal, value);
    // Digits of one kind must not be a valid number of another: there the text would be reported again.
    const digits = written.replace(/\D/g, '');
    const other = kind !== 'nif' && kind !== 'cartao-cidadao' && digits.length === 9 && isNif(digits);
    if (!other && !(kind === 'niss' && isCpf(digits))) return written;
  }
}

function write(kind: Identifier['kind'], source: Source, normal: string, value: string): string {
  switch (kind) {
    case 'nif': {
      const first = `4${source.pick(['0', '1', '2', '3', '4', '6', '7', '8', '9'])}${source.take(6)}`;
      return fill(value, `${first}${nifCheckDigit(first)}`);
    }
    case 'niss': {
      const first = `9${source.take(9)}`;
      return fill(value, `${first}${nissCheckDigit(first)}`);
    }
    case 'cartao-cidadao':
      return fill(value, cartao(source, normal));
    case 'iban':
      return fill(value, iban(source, normal));
    case 'cartao-bancario': {
      const first = `0${1 + source.below(9)}${source.take(normal.length - 3)}`;
      return fill(value, `${first}${luhnDigit(first)}`);
    }
    case 'telefone':
      return fill(value, phone(source, normal));
    case 'email':
      return `pessoa-${source.take(6)}@example.org`;
    case 'morada':
      return address(source);
    case 'matricula':
      return fill(value, plate(source, normal));
    case 'processo':
      return process(source, normal);
    case 'cpf': {
      const first = `999${source.take(6)}`;
      return fill(value, `${first}${cpfCheckDigits(first)}`);
    }
    case 'cnpj': {
      const first = `${source.take(8)}0000`;
      return fill(value, `${first}${cnpjCheckDigits(first)}`);
    }
  }
}

/** Puts the characters in the places of the last letters and digits of what was written. */
function fill(written: string, characters: string): string {
  let rest = characters;
  let filled = '';
  for (let at = written.length - 1; at >= 0; at--) {
    const old = written.charAt(at);
    if (rest === '' || !/[A-Za-z\d]/.test(old)) filled = old + filled;
    else {
      const next = rest.slice(-1);
      rest = rest.slice(0, -1);
      filled = (/[a-z]/.test(old) ? next.toLowerCase() : next) + filled;
    }
  }
  return filled;
}

function luhnDigit(first: string): number {
  let sum = 0;
  for (let at = first.length - 1, double = true; at >= 0; at--, double = !double) {
    const digit = Number(first.charAt(at)) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10;
}

function cartao(source: Source, normal: string): string {
  const number = `99${source.take(6)}`;
  if (normal.length === 8) return number;
  const civil = `${number}${nifCheckDigit(number)}`;
  if (normal.length === 9) return civil;
  const version = `ZZ`;
  let sum = 0;
  for (const [at, character] of Array.from(`${civil}${version}`).entries()) {
    const value = Number.parseInt(character, 36) * (at % 2 === 0 ? 2 : 1);
    sum += at % 2 === 0 && value > 9 ? value - 9 : value;
  }
  return `${civil}${version}${(10 - (sum % 10)) % 10}`;
}

/** Keeps country and form: a digit for a digit, a letter for a letter. */
function iban(source: Source, normal: string): string {
  const country = normal.slice(0, 2);
  const zero = country === 'BR' ? '9' : '0';
  let account = '';
  for (const [at, character] of Array.from(normal.slice(4)).entries()) {
    if (/\d/.test(character)) account += at < 4 ? zero : source.take(1);
    else account += 'X';
  }
  if (country === 'PT') {
    const first = account.slice(0, 19);
    account = `${first}${String(98 - modulo97(`${first}00`)).padStart(2, '0')}`;
  }
  const check = 98 - modulo97(`${account}${country}00`);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

function phone(source: Source, normal: string): string {
  if (normal.length === 9) return `${normal.startsWith('9') ? '99' : '20'}${source.take(7)}`;
  if (/^55\d{10,11}$/.test(normal)) {
    return normal.length === 13 ? `55909${source.take(8)}` : `5590${source.take(8)}`;
  }
  const country = countryCodeLength(normal);
  return `${normal.slice(0, country)}00${source.take(normal.length - country - 2)}`;
}

const PLATE_PAIRS = ['YK', 'YW', 'KY'] as const;

function plate(source: Source, normal: string): string {
  const pair = source.pick(PLATE_PAIRS);
  if (/^[A-Z]{2}\d\d[A-Z]{2}$/.test(normal)) {
    const letter = (): string => String.fromCharCode(65 + source.below(26));
    return `${pair}${source.take(2)}${letter()}${letter()}`;
  }
  return normal
    .replace(/[A-Z]{2}/, '@')
    .replace(/\d/g, () => source.take(1))
    .replace('@', pair);
}

/** The year and the letters of annexes and appeals stay: they tell of the case, not of the people in it. */
function process(source: Source, normal: string): string {
  const parts = /^\d+(\/\d\d\.)\d[A-Z\d]+(.*)$/.exec(normal);
  return `${1 + source.below(9999)}${parts?.[1] ?? '/00.'}${source.take(1)}X0X${letters(source)}${parts?.[2] ?? ''}`;
}

function letters(source: Source): string {
  return `${String.fromCharCode(65 + source.below(26))}${String.fromCharCode(65 + source.below(26))}`;
}

const STREETS = [
  'Acácias',
  'Amendoeiras',
  'Camélias',
  'Cerejeiras',
  'Faias',
  'Giestas',
  'Laranjeiras',
  'Magnólias',
  'Oliveiras',
  'Tílias',
] as const;

function address(source: Source): string {
  const street = source.pick(STREETS);
  return `Rua das ${street}, n.º ${1 + source.below(200)}, 0${source.take(3)}-${source.take(3)} Localidade`;
}
