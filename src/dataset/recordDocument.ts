import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { FRONT_KEYS, readFrontMatter, refusalOf, writeFrontMatter } from './frontMatter';
import type { DocumentProblem, FrontKey, FrontMatter } from './frontMatter';
import type { Role } from './record';
import { parseRecordText, setId, setMeta } from './recordText';
import { changeTurns } from './turnChanges';
import { isBlank, linesOf, readContent, roleOfHeading, withoutBlankEnds, writeContent } from './turnText';
import type { TextLine } from './turnText';

/** One turn of the document; offsets in UTF-16 units. */
export interface DocumentTurn {
  readonly role: Role;
  readonly content: string;
  readonly heading: TextLine;
  /** The lines that the content is written in, without the blank ones around it. */
  readonly lines: readonly TextLine[];
}

export interface RecordDocument {
  /** From the first `---` to the last, both included. */
  readonly frame: TextLine | undefined;
  readonly front: FrontMatter;
  readonly turns: readonly DocumentTurn[];
  /** Why it is no record; empty when it is one. */
  readonly problems: readonly DocumentProblem[];
}

const FENCE = /^---[ \t]*$/;

/**
 * A record as text that people write in: front matter between `---` lines, then each turn under a heading. Throws
 * UserError `record/no-text` for a line that is no list of turns.
 */
export function writeRecordDocument(line: string): string {
  const { record, raw, error } = parseRecordText(line);
  if (record === undefined) {
    throw new UserError(
      'record/no-text',
      t(
        'This record cannot be shown as text: {0} Repair it in the dataset editor first.',
        error?.message ?? '',
      ),
    );
  }
  const turns = record.messages.map(({ role, content }) => {
    const written = writeContent(content);
    return `\n# ${role}\n${written === '' ? '' : `\n${written}\n`}`;
  });
  return `---\n${writeFrontMatter(raw)}\n---\n${turns.join('')}`;
}

/** Reads a record's text. Never throws. */
export function readRecordDocument(text: string): RecordDocument {
  const lines = linesOf(text);
  const textOf = ({ start, end }: TextLine): string => text.slice(start, end);
  const problems: DocumentProblem[] = [];
  const headings = lines.flatMap((line, at) => {
    const role = roleOfHeading(textOf(line));
    return role === undefined ? [] : [{ role, at, line }];
  });
  const firstHeading = headings[0]?.at ?? lines.length;
  const open = lines.findIndex((line) => !isBlank(textOf(line)));
  const first = lines[open];
  if (first === undefined || !FENCE.test(textOf(first))) {
    const message = t(
      'The text must begin with a line "---", the entries {0}, and a line "---" again.',
      FRONT_KEYS.join(', '),
    );
    problems.push({ message, ...(first ?? { start: 0, end: 0 }) });
    return { frame: undefined, front: {}, turns: [], problems };
  }
  const close = lines.findIndex((line, at) => at > open && at < firstHeading && FENCE.test(textOf(line)));
  const last = lines[close];
  if (last === undefined) {
    problems.push({ message: t('The line "---" that ends the entries is missing.'), ...first });
    return { frame: undefined, front: {}, turns: [], problems };
  }
  const from = lines[open + 1]?.start ?? first.end;
  const read = readFrontMatter(text, from, last.start);
  problems.push(...read.problems);
  const stray = withoutBlankEnds(text, lines.slice(close + 1, firstHeading));
  const [strayFirst] = stray;
  if (strayFirst !== undefined) {
    problems.push({
      message: t('This text belongs to no turn. Put a heading such as "# user" above it.'),
      start: strayFirst.start,
      end: stray.at(-1)?.end ?? strayFirst.end,
    });
  }
  const turns = headings.map(({ role, at, line }, index) => {
    const own = withoutBlankEnds(text, lines.slice(at + 1, headings[index + 1]?.at ?? lines.length));
    return { role, content: readContent(text, own), heading: line, lines: own };
  });
  return { frame: { start: first.start, end: last.end }, front: read.front, turns, problems };
}

/**
 * The record's line after what was written in its text. Only values that differ from those of `line` change; without a
 * difference it is the same line. Problems, when there are any, come instead of a line.
 */
export function applyRecordDocument(
  line: string,
  document: RecordDocument,
):
  | { readonly line: string; readonly problems?: undefined }
  | { readonly line?: undefined; readonly problems: readonly DocumentProblem[] } {
  const before = readRecordDocument(writeRecordDocument(line));
  const problems = [...document.problems];
  const changed: FrontKey[] = [];
  if (problems.length === 0) {
    for (const key of FRONT_KEYS) {
      const entry = document.front[key];
      if (JSON.stringify(entry?.value) === JSON.stringify(before.front[key]?.value)) continue;
      changed.push(key);
      const message = refusalOf(key, entry);
      if (message === undefined) continue;
      const place = entry === undefined || entry.start === entry.end ? (entry?.key ?? document.frame) : entry;
      problems.push(entry?.fault ?? { message, start: place?.start ?? 0, end: place?.end ?? 0 });
    }
  }
  if (problems.length > 0) return { problems };
  let text = line;
  for (const key of changed) {
    const wanted = document.front[key]?.wanted;
    if (key !== 'id') text = setMeta(text, key, wanted);
    else if (typeof wanted === 'string') text = setId(text, wanted);
  }
  return { line: changeTurns(text, before.turns, document.turns) };
}
