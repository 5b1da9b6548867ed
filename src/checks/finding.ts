export type Severity = 'error' | 'warning' | 'info';

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
}
