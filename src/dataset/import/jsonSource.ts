import { t } from '@vscode/l10n';
import { UserError } from '../../protocol/errors';
import { syntaxError } from '../jsonTree';
import { LONGEST_LINE, isBlankLine, readLines } from '../lineReader';
import { isObject } from '../record';
import { toolOf, valuesOf } from './annotationTools';
import type { BrokenRow, ImportSource, ReadOptions, SourceKind, SourceRow } from './importSource';
import { jsonElements } from './jsonElements';
import { headOf } from './textStream';
import type { Encoding } from './textStream';

const HEAD = 64 * 1024;
/** Records that tell which tool wrote the file. */
const LOOKED_AT = 20;

type Fields = Readonly<Record<string, unknown>>;
interface ParsedObject {
  readonly object: Fields;
  readonly line: number;
}

/** A JSON list of objects, or one object a line; of an annotation tool or of anything else. */
export async function jsonSource(file: string, size: number, encoding: Encoding): Promise<ImportSource> {
  const lines = encoding === 'utf-8' && isLines(await headOf(file, encoding, HEAD));
  const objects = (options: ReadOptions): AsyncGenerator<ParsedObject | BrokenRow> =>
    lines ? objectsOfLines(file, options) : objectsOfList(file, encoding, options);
  const kind = await kindOf(objects);
  if (kind === undefined) {
    throw new UserError(
      'import/empty',
      t('{0} holds no records: objects in braces { }. Choose another file.', file),
      {
        place: { file },
      },
    );
  }
  async function* rows(options: ReadOptions): AsyncGenerator<SourceRow | BrokenRow> {
    for await (const each of objects(options)) {
      yield 'problem' in each ? each : { line: each.line, values: valuesOf(kind ?? 'json', each.object) };
    }
  }
  return { kind, file, size, facts: [lines ? t('one record a line') : t('one list')], rows };
}

/** The first line is an object by itself. */
function isLines(head: string): boolean {
  const [first = ''] = head.replace(/^[\uFEFF\s]+/, '').split('\n', 1);
  if (!first.startsWith('{')) return false;
  if (first.length >= HEAD - 4) return !/^\{\s*$/.test(first);
  try {
    return isObject(JSON.parse(first));
  } catch {
    return first.trimEnd().length > 1 && first.trimEnd().endsWith('}');
  }
}

async function kindOf(
  objects: (options: ReadOptions) => AsyncGenerator<ParsedObject | BrokenRow>,
): Promise<SourceKind | undefined> {
  const found: Fields[] = [];
  for await (const each of objects({})) {
    if ('object' in each) found.push(each.object);
    if (found.length >= LOOKED_AT) break;
  }
  return found.length === 0 ? undefined : toolOf(found);
}

async function* objectsOfLines(file: string, options: ReadOptions): AsyncGenerator<ParsedObject | BrokenRow> {
  const { signal, onBytes } = options;
  for await (const batch of readLines(file, { signal, chunk: 1024 * 1024 })) {
    for (const { bytes, length, number } of batch) {
      if (bytes.length < length) {
        yield { line: number, problem: t('It is longer than {0} MB.', Math.round(LONGEST_LINE / 1e6)) };
      } else if (!isBlankLine(bytes)) {
        yield parsed(bytes.toString('utf8'), number);
      }
    }
    const last = batch.at(-1);
    if (last !== undefined) onBytes?.(last.offset + last.length);
  }
}

async function* objectsOfList(
  file: string,
  encoding: Encoding,
  options: ReadOptions,
): AsyncGenerator<ParsedObject | BrokenRow> {
  for await (const { text, line } of jsonElements(file, encoding, options)) yield parsed(text, line);
}

function parsed(text: string, line: number): ParsedObject | BrokenRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { message, offset } = syntaxError(text);
    const before = text.slice(0, offset).split('\n');
    return { line: line + before.length - 1, problem: message };
  }
  return isObject(value)
    ? { object: value, line }
    : { line, problem: t('It is not an object in braces { }.') };
}
