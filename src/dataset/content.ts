import { isUtf8 } from 'node:buffer';
import { t } from '@vscode/l10n';

/** A row's text as somebody wrote it here. */
export interface WrittenText {
  readonly kind: 'text';
  readonly text: string;
}

/**
 * A line that is in the file no more but that an undo may ask for again, with its line end and the blank lines
 * below it (`bytes` from `contentLength` on).
 */
export interface KeptLine {
  readonly kind: 'kept';
  readonly bytes: Buffer;
  readonly contentLength: number;
}

/** A kept line that is in the vault's file, not in memory. Lengths and offset in bytes. */
export interface SpilledLine {
  readonly kind: 'spilled';
  readonly offset: number;
  readonly length: number;
  readonly contentLength: number;
}

/** What a row has instead of its line in the file. Compared by identity. */
export type Content = WrittenText | KeptLine | SpilledLine;

/** Longest line, in bytes, that is handed out as text: forms and webviews stop being usable far below it. */
const LONGEST_TEXT = 2 * 1024 * 1024;

/** A line as text, or why it has none. */
export function textOfBytes(bytes: Buffer): { readonly text: string | null; readonly problem?: string } {
  const problem = problemOfLength(bytes.length);
  if (problem !== undefined) return { text: null, problem };
  if (!isUtf8(bytes)) {
    return {
      text: null,
      problem: t('This record is not valid UTF-8. Save the file as UTF-8 to edit it here.'),
    };
  }
  return { text: bytes.toString('utf8') };
}

export function problemOfLength(bytes: number): string | undefined {
  if (bytes <= LONGEST_TEXT) return undefined;
  return t(
    'This record has {0} MB; records over 2 MB are kept, but cannot be edited here.',
    Math.round(bytes / 1e6),
  );
}

/**
 * `text` as one line of UTF-8: line breaks become spaces (in JSON they can stand between tokens only), halves of
 * surrogate pairs become escapes, which is the one way to write them in UTF-8.
 */
export function oneLine(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/[\r\n]+/g, ' ')
    .replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
