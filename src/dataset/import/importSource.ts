/** What kinds of files records can be made of. */
export type SourceKind = 'csv' | 'parquet' | 'json' | 'label-studio' | 'argilla' | 'doccano';

/** One record of the other file, by the names of its fields. */
export interface SourceRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** Line that it begins in, or its number in a file without lines; from 1. */
  readonly line: number;
}

/** A row that cannot be read; the others can. */
export interface BrokenRow {
  readonly problem: string;
  readonly line: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the file that have been read. */
  readonly onBytes?: ((done: number) => void) | undefined;
}

export interface ImportSource {
  readonly kind: SourceKind;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** What was found out about the file, in words: encoding, separator. */
  readonly facts: readonly string[];
  /** Whether rows are counted rather than lines. */
  readonly rowsHaveNoLines?: boolean;
  rows(options: ReadOptions): AsyncGenerator<SourceRow | BrokenRow>;
}

/** How people know them; names are not translated. */
export const SOURCE_TITLES: Readonly<Record<SourceKind, string>> = {
  csv: 'CSV',
  parquet: 'Parquet',
  json: 'JSON',
  'label-studio': 'Label Studio',
  argilla: 'Argilla',
  doccano: 'doccano',
};
