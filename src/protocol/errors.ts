/** Where in a file something is wrong. Lines and columns count from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a user may be offered to do about an error; the editor maps each to a command. */
export type Remedy = 'openFile' | 'openLog' | 'openSettings' | 'retry' | 'chooseModel' | 'showRuns';

/**
 * An error whose message is written for the person who reads it: what failed and what to change, in the
 * interface's language. `code` is stable and names the reason; everything else that is thrown is a defect.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly code: string,
    message: string,
    readonly details: {
      readonly place?: Place;
      readonly remedies?: readonly Remedy[];
      readonly log?: string;
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A cancellation is an answer, not a failure: it is never shown. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';

  constructor(message = 'cancelled') {
    super(message);
  }
}

export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'CancelledError' || error.name === 'AbortError');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
