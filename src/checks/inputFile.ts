import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { parse } from 'jsonc-parser';
import { systemCode } from '../dataset/fileErrors';
import { formatTitle } from '../dataset/format';
import { isObject } from '../dataset/record';
import { UserError, messageOf } from '../protocol/errors';

/** Bytes at a file's beginning that tell what it is. */
const HEAD = 64 * 1024;

export interface InputFile {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Why this is one JSON document rather than JSON Lines: then its lines are no records. */
  readonly document?: { readonly line: number; readonly text: string; readonly message: string };
}

function unusable(file: string, message: string, cause?: unknown): UserError {
  return new UserError('unusable-input', message, { place: { file } }, { cause });
}

/** Looks at a file before it is checked. Throws UserError `unusable-input` when its lines cannot be records. */
export async function inspectFile(file: string): Promise<InputFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) throw unusable(file, t('{0} is not a file. Name a JSONL file.', file));
    const head = Buffer.alloc(Math.min(HEAD, stats.size));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return { file, size: stats.size, ...look(file, head.subarray(0, bytesRead)) };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw unusable(file, t('There is no file {0}.', file), error);
    if (code === 'EISDIR') throw unusable(file, t('{0} is a folder. Name a JSONL file in it.', file), error);
    if (code !== undefined) throw unusable(file, t('{0} cannot be read: {1}', file, messageOf(error)), error);
    throw error;
  } finally {
    await handle?.close();
  }
}

function look(file: string, head: Buffer): Pick<InputFile, 'document'> {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw unusable(file, t('{0} is UTF-16. Save it as UTF-8.', file));
  }
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  const first = text.trimStart()[0];
  // The head may end inside a character, so the last three bytes prove nothing.
  const binary = head.includes(0) || !isUtf8(head.subarray(0, wholeCharacters(head)));
  if (binary && first !== '{' && first !== '[' && (head.includes(0) || mostlyUnprintable(text))) {
    throw unusable(file, t('{0} is not a text file. Name a JSONL file: one JSON record a line.', file));
  }
  return documentOf(text);
}

function wholeCharacters(head: Buffer): number {
  let end = head.length;
  while (end > Math.max(0, head.length - 4) && ((head[end - 1] ?? 0) & 0x80) !== 0) end--;
  return end;
}

function mostlyUnprintable(text: string): boolean {
  const odd = text.match(/[\uFFFD\p{Cc}]/gu)?.filter((sign) => !/\s/.test(sign)).length ?? 0;
  return odd * 5 > text.length;
}

/** A list over the whole file, or an object over several lines, as exports and pretty-printers write them. */
function documentOf(text: string): Pick<InputFile, 'document'> {
  const lines = text.split(/\r?\n/);
  const filled = lines.flatMap((line, at) => (line.trim() === '' ? [] : [{ line, number: at + 1 }]));
  const [first, second] = filled;
  if (first === undefined) return {};
  const start = first.line.trimStart();
  const opensList = start.startsWith('[');
  // Nothing but an opening brace and perhaps a name: a record has its values on the same line.
  const opensObject = /^\{\s*("[^"]*"\s*:?\s*[[{]?\s*)?$/.test(start);
  if (!opensList && !opensObject) return {};
  if (isRecord(first.line) || (second !== undefined && isRecord(second.line))) return {};
  const guess = formatTitle(firstRecord(text));
  const message =
    guess === undefined
      ? t(
          'This file is one JSON document. A dataset is JSON Lines: write each record on one line of its own, without the list around them.',
        )
      : t(
          'This file is one JSON document; it looks like {0}. Make a dataset of it with the command Afina: Import…: JSON Lines, one record a line.',
          guess,
        );
  return { document: { line: first.number, text: first.line, message } };
}

function isRecord(line: string): boolean {
  try {
    return isObject(JSON.parse(line));
  } catch {
    return false;
  }
}

/** The first element of a list, or the object itself, as far as the beginning of the file has it. */
function firstRecord(text: string): unknown {
  try {
    const value: unknown = parse(text, [], { disallowComments: true, allowTrailingComma: true });
    return Array.isArray(value) ? (value as unknown[])[0] : value;
  } catch {
    return undefined; // nested too deeply
  }
}
