import fc from 'fast-check';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export interface NaiveRow {
  content: Buffer;
  /** Line end and blank lines below; null for a row that was never written. */
  tail: Buffer | null;
}

export interface NaiveFile {
  bom: boolean;
  /** Blank lines above the first record. */
  head: Buffer;
  rows: NaiveRow[];
  eol: '\n' | '\r\n';
  endsWithNewline: boolean;
}

/** Every line with its end, the slow and obvious way. */
export function naiveLines(
  bytes: Buffer,
): { content: Buffer; mark: Buffer; blank: boolean; start: number }[] {
  const lines: { content: Buffer; mark: Buffer; blank: boolean; start: number }[] = [];
  let start = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
  while (start < bytes.length) {
    let end = start;
    while (end < bytes.length && bytes[end] !== 10) end++;
    const ended = end < bytes.length;
    const markStart = ended && end > start && bytes[end - 1] === 13 ? end - 1 : end;
    const content = bytes.subarray(start, markStart);
    const mark = bytes.subarray(markStart, ended ? end + 1 : end);
    lines.push({ content, mark, blank: /^[ \t\r]*$/.test(content.toString('latin1')), start });
    start = ended ? end + 1 : end;
  }
  return lines;
}

export function naiveFile(bytes: Buffer): NaiveFile {
  const lines = naiveLines(bytes);
  const file: NaiveFile = {
    bom: bytes.subarray(0, 3).equals(BOM),
    head: Buffer.alloc(0),
    rows: [],
    eol: '\n',
    endsWithNewline: lines.length === 0 || bytes[bytes.length - 1] === 10,
  };
  const marks = lines.map(({ mark }) => mark.length).filter((length) => length > 0);
  if (marks.filter((length) => length === 2).length * 2 > marks.length) file.eol = '\r\n';
  for (const { content, mark, blank } of lines) {
    const last = file.rows[file.rows.length - 1];
    if (!blank) file.rows.push({ content, tail: mark });
    else if (last === undefined) file.head = Buffer.concat([file.head, content, mark]);
    else last.tail = Buffer.concat([last.tail ?? Buffer.alloc(0), content, mark]);
  }
  return file;
}

/** What a document with these rows is to be saved as. */
export function naiveBytes(file: NaiveFile, rows: readonly NaiveRow[]): Buffer {
  const parts: Buffer[] = [file.head];
  const endLine = (): void => {
    const so = Buffer.concat(parts);
    if (so.length > 0 && so[so.length - 1] !== 10) parts.push(Buffer.from(file.eol));
  };
  for (const row of rows) {
    endLine();
    parts.push(row.content, row.tail ?? Buffer.alloc(0));
  }
  if (file.endsWithNewline) endLine();
  return Buffer.concat([...(file.bom ? [BOM] : []), ...parts]);
}

const lineContent = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => JSON.stringify({ id: text })),
  },
  { weight: 2, arbitrary: fc.constantFrom('', ' ', '\t ', '\r', ' \r ') },
  { weight: 1, arbitrary: fc.constantFrom('{"id":"a"', 'not json', '{"a":1}\r', 'a\rb', '\u2028') },
);
const lineBytes = fc.oneof(
  { weight: 5, arbitrary: lineContent.map((text) => Buffer.from(text.replaceAll('\n', ' '), 'utf8')) },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 12 })
      .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)))
      .filter((bytes) => !bytes.subarray(0, 3).equals(BOM)),
  },
);

/** Files as they come: any line ends, byte order marks, blank lines, broken UTF-8, no final line end. */
export const anyFile: fc.Arbitrary<Buffer> = fc
  .record({
    bom: fc.boolean(),
    lines: fc.array(fc.tuple(lineBytes, fc.constantFrom('\n', '\n', '\r\n')), { maxLength: 12 }),
    // A lone \r at the very end would become part of a line end once something follows it.
    last: fc.option(
      lineBytes.filter((bytes) => bytes[bytes.length - 1] !== 13),
      { nil: Buffer.alloc(0) },
    ),
  })
  .map(({ bom, lines, last }) =>
    Buffer.concat([
      ...(bom ? [BOM] : []),
      ...lines.flatMap(([bytes, mark]) => [bytes, Buffer.from(mark)]),
      last,
    ]),
  );
