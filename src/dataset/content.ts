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

/** A line as text, or why it has none; then it may be repaired as text all the same. */
export interface LineText {
  readonly text: string | null;
  readonly problem?: string;
  readonly repairable?: boolean;
}

export function textOfBytes(bytes: Buffer): LineText {
  const long = tooLong(bytes.length);
  if (long !== undefined) return long;
  if (!isUtf8(bytes)) {
    return {
      text: null,
      problem: t('This line is not valid UTF-8. It is kept as it is until you repair it as text.'),
      repairable: true,
    };
  }
  return { text: bytes.toString('utf8') };
}

/** The same for text that was written here. */
export function shownText(text: string): LineText {
  return (text.length * 3 > LONGEST_TEXT ? tooLong(Buffer.byteLength(text)) : undefined) ?? { text };
}

export function tooLong(bytes: number): LineText | undefined {
  if (bytes <= LONGEST_TEXT) return undefined;
  return {
    text: null,
    problem: t(
      'This line has {0} MB; the form shows lines of up to 2 MB. It is kept as it is until you edit it as text.',
      Math.round(bytes / 1e6),
    ),
    repairable: true,
  };
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
