import { Readable, pipeline } from 'node:stream';
import { t } from '@vscode/l10n';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { UserError, messageOf } from '../../protocol/errors';
import { systemCode } from '../fileErrors';
import type { BrokenRow, ImportSource, ReadOptions, SourceRow } from './importSource';
import { headOf, textOf } from './textStream';
import type { Encoding } from './textStream';

const HEAD = 128 * 1024;
const SEPARATORS = [',', ';', '\t', '|'] as const;
/** Characters of one row: more means that a quote was opened and never closed. */
const LONGEST_ROW = 16 * 1024 * 1024;
const LONGEST_NAME = 80;

interface Shape {
  readonly separator: string;
  readonly names: readonly string[];
  /** Whether the first row holds the names. */
  readonly header: boolean;
  /** Rows of the file before the table: Excel's `sep=;`. */
  readonly skip: number;
}

const PARSING = {
  bom: true,
  // Found out by the library, they would be those of the first line, which Excel's `sep=` may not share with the rest.
  record_delimiter: ['\r\n', '\n', '\r'] as string[],
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: LONGEST_ROW,
  info: true,
} as const;

/** Comma or other separated values, with or without a row of names. */
export async function csvSource(file: string, size: number, encoding: Encoding): Promise<ImportSource> {
  const shape = shapeOf(file, await headOf(file, encoding, HEAD));
  return {
    kind: 'csv',
    file,
    size,
    facts: [separatorFact(shape.separator), ...(shape.header ? [] : [t('without a row of names')])],
    rows: (options) => rowsOf(file, encoding, shape, options),
  };
}

function separatorFact(separator: string): string {
  switch (separator) {
    case ';':
      return t('separated by semicolons');
    case '\t':
      return t('separated by tabs');
    case '|':
      return t('separated by bars');
    default:
      return t('separated by commas');
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly empty_lines: number };
}

async function* rowsOf(
  file: string,
  encoding: Encoding,
  { separator, names, header, skip }: Shape,
  options: ReadOptions,
): AsyncGenerator<SourceRow | BrokenRow> {
  const parser = parse({ ...PARSING, delimiter: separator });
  const feeding = pipeline(Readable.from(textOf(file, encoding, options)), parser, () => undefined);
  let line = 1;
  let reached = 1;
  let number = 0;
  try {
    for await (const each of parser) {
      const { record, info } = each as Parsed;
      const start = line + info.empty_lines;
      // The library's own count takes a carriage return and line feed in a cell for two lines.
      line += 1 + record.reduce((sum, cell) => sum + (cell.match(/\r\n?|\n/g)?.length ?? 0), 0);
      reached = line + info.empty_lines;
      if (number++ < skip + (header ? 1 : 0)) continue;
      const extra = record.findIndex((cell, at) => at >= names.length && cell.trim() !== '');
      if (extra >= 0) {
        yield {
          line: start,
          problem: t(
            'It has {0} columns where the table has {1}. Put texts with a separator in them in double quotes.',
            record.length,
            names.length,
          ),
        };
        continue;
      }
      if (record.every((cell) => cell.trim() === '')) continue;
      const values = Object.fromEntries(names.map((name, at) => [name, record[at] ?? '']));
      yield { line: start, values };
    }
  } catch (error) {
    throw csvError(error, file, reached);
  } finally {
    feeding.destroy();
  }
}

function csvError(error: unknown, file: string, line: number): unknown {
  const code = systemCode(error);
  if (code?.startsWith('CSV_') !== true) return error;
  const open = code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE';
  const message = open
    ? t(
        '{0}, line {1}: a double quote is opened here and never closed. Close it, or write it twice.',
        file,
        line,
      )
    : t('{0}, line {1}: this cannot be read as a table: {2}', file, line, messageOf(error));
  return new UserError(
    'import/csv',
    message,
    { place: { file, line }, remedies: ['openFile'] },
    { cause: error },
  );
}

/** Separator and names, told by the beginning of the file. */
function shapeOf(file: string, head: string): Shape {
  const told = /^sep=(.)\r?\n/i.exec(head.replace(/^\uFEFF/, ''))?.[1];
  const separators = told === undefined ? SEPARATORS : [told];
  const skip = told === undefined ? 0 : 1;
  const text = wholeLines(head);
  let best: { separator: string; rows: string[][]; score: number } | undefined;
  for (const separator of separators) {
    const rows = tryParse(text, separator).slice(skip);
    const widths = rows.map((row) => row.length);
    const width = widths[0] ?? 0;
    const even = widths.filter((each) => each === width).length / Math.max(1, widths.length);
    const score = width < 2 ? 0 : even * 10 + Math.min(width, 20) / 100;
    if (best === undefined || score > best.score) best = { separator, rows, score };
  }
  const first = best?.rows[0];
  if (best === undefined || first === undefined) {
    throw new UserError('import/empty', t('{0} has no rows. Choose another file.', file), {
      place: { file },
    });
  }
  const cells = first.map((cell) => cell.trim());
  const filled = cells.filter((cell) => cell !== '');
  const header =
    best.rows.length > 1 &&
    filled.length * 2 > cells.length &&
    filled.every((cell) => cell.length <= LONGEST_NAME && !cell.includes('\n')) &&
    new Set(filled).size === filled.length &&
    filled.some((cell) => /\p{L}/u.test(cell));
  while (header && cells.length > 1 && cells.at(-1) === '') cells.pop();
  return { separator: best.separator, names: namesOf(cells, header), header, skip };
}

function namesOf(cells: readonly string[], header: boolean): string[] {
  return cells.map((cell, at) => (header && cell !== '' ? cell : t('Column {0}', at + 1)));
}

/** Without the row that the head cuts off. */
function wholeLines(head: string): string {
  if (head.length < HEAD) return head;
  const end = head.lastIndexOf('\n');
  return end < 0 ? head : head.slice(0, end + 1);
}

function tryParse(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  try {
    parseNow(text, {
      ...PARSING,
      info: false,
      delimiter: separator,
      to: 50,
      on_record: (record: string[]) => {
        rows.push(record);
        return null;
      },
    });
  } catch {
    // What was read before the fault tells enough; the fault itself is named when the rows are read.
  }
  return rows;
}
