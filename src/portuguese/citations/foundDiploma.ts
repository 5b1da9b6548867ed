import type { CitationStyle, Diploma } from './citation';

/** A diploma as it stands in the text. */
export interface FoundDiploma {
  readonly end: number;
  /** Where what follows it begins, when that is behind a date that is not part of it. */
  readonly after?: number;
  readonly diploma: Diploma;
  readonly style: CitationStyle;
  /** «Leis n.os 1/2020 e 2/2020»: more numbers of the same kind may follow. */
  readonly plural?: boolean;
}
