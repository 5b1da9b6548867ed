import type { JsonPath } from '../dataset/jsonTree';

export type Severity = 'error' | 'warning' | 'info';

/** In UTF-16 units, end exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A change that settles a finding without anybody having to think about it again. */
export interface Fix {
  /** What it does, for a menu. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Replaces a range of the text at `path`, in that text's own UTF-16 units. */
export interface TextEdit extends TextRange {
  readonly path: JsonPath;
  readonly text: string;
}

/** What a check has to say of one record. The field names are the contract of `afina check --json`. */
export interface Finding {
  /** `family/name`, for instance `schema/role-order`; stable. */
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** The record's id, or null where it has none that can be read. */
  readonly id: string | null;
  readonly message: string;
  /** Path inside the record such as `messages[1].content`, or null for the whole line. */
  readonly field: string | null;
  /** Range in the line's text, in UTF-16 units from the line's start, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** The same range within the field's text, where the finding is of a part of it. */
  readonly textRange?: TextRange;
  readonly fix?: Fix;
  /** The other record, where the finding is of two. */
  readonly twin?: Twin;
}

export interface Twin {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly id: string | null;
  /** Jaccard similarity of the word shingles, where the two were compared by it. */
  readonly similarity?: number;
  /** What the two have in common. */
  readonly of: 'id' | 'record' | 'prompt' | 'source';
}
