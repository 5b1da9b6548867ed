/** What is cited: a diploma, a place in one, a place alone, a decision, or a page of an official journal. */
export type CitationKind = 'law' | 'article-of-law' | 'article' | 'case' | 'gazette';

/** How it is written: Portugal's `n.º 352/86, artigo 1.º`, or Brazil's `nº 8.078/1990, art. 1º`. */
export type CitationStyle = 'pt' | 'br';

export interface CitedDate {
  readonly day?: number;
  readonly month?: number;
  readonly year?: number;
}

/** A law, regulation, directive, convention or code. */
export interface Diploma {
  /** `Decreto-Lei`, `Regulamento (UE)`, `Convenção`, `Código`… */
  readonly type: string;
  /** As it is quoted, without thousands: `352`, `22-A`, `2200-2`. */
  readonly number?: string;
  /** As written, two digits or four. */
  readonly year?: string;
  /** What follows the year: `A` of the Azores, `UE` of a directive. */
  readonly suffix?: string;
  readonly date?: CitedDate;
  readonly body?: string;
  /** Full name, of what has a name instead of a number. */
  readonly name?: string;
  /** Key of the table of codes and treaties. */
  readonly code?: string;
  /** Stands for a diploma named before: «o mesmo diploma», «a Convenção». */
  readonly anaphora?: boolean;
}

export type ProvisionUnit =
  'estrutura' | 'artigo' | 'número' | 'parágrafo' | 'inciso' | 'alínea' | 'subalínea' | 'parte';

/** `n.os 1 a 3`: unit and what is named of it. A range has `to`. */
export interface Provision {
  readonly unit: ProvisionUnit;
  /** For `estrutura`: anexo, livro, capítulo, regra… */
  readonly word?: string;
  readonly items: readonly { readonly from: string; readonly to?: string }[];
  /** «e seguintes». */
  readonly open?: boolean;
}

export interface CitationParts {
  readonly diploma?: Diploma;
  /** One list an article, from the widest unit to the narrowest. */
  readonly places: readonly (readonly Provision[])[];
  readonly court?: string;
  readonly number?: string;
  readonly date?: CitedDate;
  readonly ecli?: string;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Citation {
  /** In UTF-16 units, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly kind: CitationKind;
  readonly style: CitationStyle;
  /** Canonical wording. */
  readonly normal: string;
  readonly parts: CitationParts;
}
