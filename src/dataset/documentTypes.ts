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
}

export type Change =
  | { readonly kind: 'replace'; readonly key: RowKey; readonly text: string }
  /** `at` is the index the first new row gets. */
  | { readonly kind: 'insert'; readonly at: number; readonly texts: readonly string[] }
  | { readonly kind: 'delete'; readonly keys: readonly RowKey[] }
  /** `to` is the index the row has afterwards. */
  | { readonly kind: 'move'; readonly key: RowKey; readonly to: number };

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

export interface DocumentChange {
  readonly reason: 'edit' | 'undo' | 'redo' | 'save' | 'revert';
  /** Rows whose text changed; after `save` and `revert` any row may have changed its state. */
  readonly keys: readonly RowKey[];
  /** Whether rows were added, removed or moved. */
  readonly structure: boolean;
}
