import { t } from '@vscode/l10n';
import { UserError } from '../../protocol/errors';
import type { ReadOptions } from './importSource';
import { textOf } from './textStream';
import type { Encoding } from './textStream';

export interface JsonElement {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Characters of one element. */
const LONGEST = 64 * 1024 * 1024;
const QUOTE = 34;
const BACKSLASH = 92;
const LF = 10;

/**
 * The objects of one JSON list, or of texts that follow one another, without ever holding more than one: the exports of
 * annotation tools are one list of any size.
 */
export async function* jsonElements(
  file: string,
  encoding: Encoding,
  options: ReadOptions,
): AsyncGenerator<JsonElement> {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let line = 1;
  let start = 1;
  let element = '';
  for await (const text of textOf(file, encoding, options)) {
    let from = depth > 0 ? 0 : -1;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === LF) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) inString = false;
        continue;
      }
      if (code === QUOTE) inString = depth > 0;
      else if (code === 123 || (code === 91 && depth > 0)) {
        if (depth++ === 0) {
          from = at;
          start = line;
        }
      } else if ((code === 125 || code === 93) && depth > 0 && --depth === 0) {
        yield { text: element + text.slice(from, at + 1), line: start };
        element = '';
        from = -1;
      }
    }
    if (from >= 0) element += text.slice(from);
    if (element.length > LONGEST) throw cutOff(file, start);
  }
  if (depth > 0) throw cutOff(file, start);
}

function cutOff(file: string, line: number): UserError {
  return new UserError(
    'import/json',
    t('{0}, line {1}: the record that begins here has no end. Was the file cut off?', file, line),
    { place: { file, line }, remedies: ['openFile'] },
  );
}
