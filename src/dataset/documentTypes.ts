/** Stable name of a row: it stays the row's through edits, undo and saves, whatever happens to other rows. */
export type RowKey = number;

/** `saved`: as in the file; `edited`: differs from its line in the file; `new`: not in the file yet. */
export type RowState = 'saved' | 'edited' | 'new';

/** One record as a line of text. */
export interface Row {
  readonly key: RowKey;
  /** Position in the document, from 0. */
  readonly index: number;
  /** The line without its end; null when it cannot be shown, and then `problem` says why. */
  readonly text: string | null;
  readonly state: RowState;
  readonly problem?: string;
  /** It cannot be shown as it is, but can be repaired as text. */
  readonly repairable?: boolean;
  readonly conflict?: ConflictKind;
}

export type Change =
  | { readonly kind: 'replace'; readonly key: RowKey; readonly text: string }
  /** `at` is the index the first new row gets. */
  | { readonly kind: 'insert'; readonly at: number; readonly texts: readonly string[] }
  | { readonly kind: 'delete'; readonly keys: readonly RowKey[] }
  /** `to` is the index the row has afterwards. */
  | { readonly kind: 'move'; readonly key: RowKey; readonly to: number }
  /** The row has its line in the file again. */
  | { readonly kind: 'discard'; readonly key: RowKey };

export interface DocumentEdit {
  /** What the user did, as a menu names it. */
  readonly label: string;
  readonly changes: readonly Change[];
}

/** An edit that was made. Both functions may be called any number of times, as the undo stack asks. */
export interface AppliedEdit {
  readonly label: string;
  /** Keys of the rows that the edit's inserts made, in order. */
  readonly inserted: readonly RowKey[];
  undo(): void;
  redo(): void;
}

/**
 * What another program and an unsaved edit did to one record: both changed it, or one side removed what the other
 * changed. The row keeps what was written here; a row that was removed here is shown as the file has it.
 */
export type ConflictKind = 'bothChanged' | 'removedThere' | 'removedHere';

/** A conflict with both texts; null where that side has no record, or none that can be shown. */
export interface Conflict {
  readonly key: RowKey;
  readonly index: number;
  readonly kind: ConflictKind;
  readonly mine: string | null;
  readonly theirs: string | null;
}

export interface DocumentChange {
  /** `follow`: the file was changed by another program; `load`: the whole file is known now, or how far it is. */
  readonly reason: 'edit' | 'undo' | 'redo' | 'save' | 'revert' | 'follow' | 'load' | 'resolve';
  /** Rows whose text changed; after `save`, `revert`, `follow` and `load` any row may have changed its state. */
  readonly keys: readonly RowKey[];
  /** Whether rows were added, removed or moved. */
  readonly structure: boolean;
}
