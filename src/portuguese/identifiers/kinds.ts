/** The kinds are the names of the rules, without their family. */
export const IDENTIFIER_KINDS = [
  'nif',
  'niss',
  'cartao-cidadao',
  'iban',
  'cartao-bancario',
  'telefone',
  'email',
  'morada',
  'matricula',
  'processo',
  'cpf',
  'cnpj',
] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** A part of a text that identifies somebody. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly start: number;
  readonly end: number;
  /** As it is written. */
  readonly value: string;
  /** The same for every way of writing it. */
  readonly normal: string;
}

/** What was recognised, also where it is nothing to report: then no other kind may be read into it. */
export interface Recognised {
  readonly kind: IdentifierKind;
  readonly start: number;
  readonly end: number;
  readonly normal: string;
}

/** The text that is looked at, with what is already known to be something. */
export class Scan {
  readonly found: Recognised[] = [];
  private readonly taken: Uint8Array;

  constructor(readonly text: string) {
    this.taken = new Uint8Array(text.length);
  }

  /** Nothing else may be read into this part. */
  take(start: number, end: number): void {
    this.taken.fill(1, start, end);
  }

  add(found: Recognised): void {
    this.found.push(found);
    this.take(found.start, found.end);
  }

  isFree(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.taken[at] === 1) return false;
    return true;
  }
}
