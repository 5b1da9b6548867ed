import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { yamlText } from '../../../src/dataset/frontMatter';
import {
  applyRecordDocument,
  readRecordDocument,
  writeRecordDocument,
} from '../../../src/dataset/recordDocument';
import { placeInContent } from '../../../src/dataset/turnText';

const RUNS = 3000;

/** What text editors, YAML and the format itself give a meaning to. */
const awkward = fc.constantFrom(
  ...[
    '\n',
    '\r',
    '\r\n',
    '\0',
    '\t',
    ' ',
    '  ',
    '\\',
    '\\\\',
    '\\u{d}',
    '\\u{',
    'u{5c}',
    '}',
    '\u2028',
    '\u2029',
  ],
  ...[
    '\u0085',
    '\uFEFF',
    '\ud800',
    '\udc00',
    '😀',
    'ç',
    '---',
    '--- ',
    '# user',
    '\\# user',
    '# assistant \n',
    '#',
  ],
  ...[
    '# system\t',
    '\\\\#  user',
    '# Título',
    '- ',
    ': ',
    ' #',
    '"',
    "'",
    '{',
    '[',
    '&a',
    '*a',
    '!',
    '%',
    '~',
    'null',
  ],
  ...[
    '42',
    '0042',
    'true',
    '.nan',
    '=',
    '<<',
    '?',
    '|',
    '>',
    '@',
    '`',
    'n.º',
    '\u{10ffff}',
    '\\u{110000}',
    '\x7f',
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 7 })
    .map((all) => all.join('')),
);
const role = fc.constantFrom('system', 'user', 'assistant');
const turn = fc.record({ role, content: anyText }, { noNullPrototype: true });
const turns = fc.array(turn, { maxLength: 5 });
const extra = fc.dictionary(fc.constantFrom('x', 'ç', 'reviews', 'ignore'), fc.jsonValue({ maxDepth: 1 }), {
  maxKeys: 2,
});
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const statusValue = fc.constantFrom('draft', 'review', 'approved', 'rejected');

interface Loose {
  id?: unknown;
  messages: { role: string; content: string }[];
  meta?: Record<string, unknown>;
}

/** A record as good ones are: the known values of their types. */
const goodRecord: fc.Arbitrary<Loose> = fc
  .tuple(
    fc.record({ id: anyText, topic: optional(anyText), status: optional(statusValue) }),
    optional(fc.array(anyText, { maxLength: 3 })),
    fc.array(
      fc.tuple(turn, extra).map(([own, other]) => ({ ...other, ...own })),
      { maxLength: 5 },
    ),
    extra,
    extra,
  )
  .map(([{ id, topic, status }, sources, messages, more, moreMeta]) => ({
    ...more,
    id,
    messages,
    meta: { ...moreMeta, topic, status, sources },
  }));
/** A record whose values have any type. */
const oddRecord: fc.Arbitrary<Loose> = fc
  .tuple(
    goodRecord,
    fc.jsonValue({ maxDepth: 2 }),
    fc.jsonValue({ maxDepth: 2 }),
    fc.jsonValue({ maxDepth: 2 }),
    fc.nat(4),
  )
  .map(([record, a, b, c, kind]) => {
    if (kind === 0) return { ...record, meta: a as Record<string, unknown> };
    return {
      ...record,
      id: a,
      meta: { ...record.meta, topic: b, sources: c, status: kind === 1 ? a : 'odd' },
    };
  });
/** The same record in another spelling. */
const spelled = (record: fc.Arbitrary<Loose>): fc.Arbitrary<string> =>
  fc.tuple(record, fc.constantFrom(0, 1, 2), fc.boolean()).map(([value, style, escaped]) => {
    let text =
      style === 2 ? JSON.stringify(value, undefined, 1).replace(/\n */g, ' ') : JSON.stringify(value);
    if (style === 1) text = `${text.slice(0, -1)},"n":1.0,"e":12345678901234567890 }`;
    return escaped
      ? text.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : text;
  });
const line = fc.oneof(spelled(goodRecord), spelled(oddRecord));
const parse = (text: string): Loose => JSON.parse(text) as Loose;
const applied = (before: string, text: string): string => {
  const result = applyRecordDocument(before, readRecordDocument(text));
  assert.deepEqual(result.problems, undefined);
  return result.line;
};

describe('a record as text', function () {
  this.timeout(180_000);

  it('comes back byte for byte when nothing changed, in either kind of line end', () => {
    fc.assert(
      fc.property(line, (before) => {
        const text = writeRecordDocument(before);
        assert.equal(applied(before, text), before);
        assert.equal(applied(before, text.replaceAll('\n', '\r\n')), before);
        assert.equal(applied(before, text.replace(/\n$/, '')), before);
      }),
      { seed: 11, numRuns: RUNS },
    );
  });

  it('holds nothing that a text editor changes, hides or cannot save', () => {
    fc.assert(
      fc.property(line, (before) => {
        const text = writeRecordDocument(before);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(text, /[\0-\x08\v-\x1f\x7f-\x9f\u2028\u2029\uFEFF]|\p{Surrogate}/u);
        assert.equal(Buffer.from(text).toString(), text);
      }),
      { seed: 12, numRuns: RUNS },
    );
  });

  it('carries every content that somebody may write', () => {
    fc.assert(
      fc.property(
        goodRecord,
        turns,
        anyText,
        fc.array(anyText, { maxLength: 3 }),
        (record, written, topic, sources) => {
          // What another record's text says is put in the place of this one's.
          const before = JSON.stringify(record);
          const id = record.id === '' ? 'a' : record.id;
          const wanted = {
            id: `${String(id)}x`,
            messages: written,
            meta: { topic, status: 'review', sources },
          };
          const after = parse(applied(before, writeRecordDocument(JSON.stringify(wanted))));
          assert.deepEqual(
            after.messages.map((each) => ({ role: each.role, content: each.content })),
            written,
          );
          assert.equal(after.id, wanted.id);
          const known = new Set(['topic', 'status', 'sources']);
          const entriesOf = (meta: object = {}, shown = true): unknown =>
            Object.fromEntries(Object.entries(meta).filter(([key]) => known.has(key) === shown));
          assert.deepEqual(entriesOf(after.meta), wanted.meta);
          assert.deepEqual(entriesOf(after.meta, false), entriesOf(parse(before).meta, false));
        },
      ),
      { seed: 13, numRuns: RUNS },
    );
  });

  it('changes the value that was changed and no other byte', () => {
    fc.assert(
      fc.property(line, fc.nat(), anyText, (before, which, content) => {
        const record = parse(before);
        const at = which % Math.max(1, record.messages.length);
        const turnBefore = record.messages[at];
        if (turnBefore === undefined || turnBefore.content === content) return;
        const shown = readRecordDocument(writeRecordDocument(before));
        const edited = {
          ...shown,
          turns: shown.turns.map((each, index) => (index === at ? { ...each, content } : each)),
        };
        const result = applyRecordDocument(before, edited);
        const after = result.line!;
        turnBefore.content = content;
        assert.deepEqual(parse(after), record);
        let start = 0;
        while (before[start] === after[start] && start < before.length) start++;
        let end = 0;
        while (before.at(-1 - end) === after.at(-1 - end) && end < before.length - start) end++;
        const written = JSON.stringify(content);
        assert.ok(start + end + written.length >= after.length, 'only the content was written anew');
      }),
      { seed: 14, numRuns: RUNS },
    );
  });

  it('keeps what else a line says of turns that stay, move or are rewritten', () => {
    const other = (n: number, content: string): string => `{"role":"user","n":${n}.0,"content":"${content}"}`;
    const before = `{"messages":[${other(1, 'a')}, ${other(2, 'b')}, ${other(3, 'c')}],"id":"i"}`;
    const text = writeRecordDocument(before);
    const bodies = { a: '\n# user\n\na\n', b: '\n# user\n\nb\n', c: '\n# user\n\nc\n' };
    const front = text.slice(0, text.indexOf('\n# user'));
    assert.equal(text, front + bodies.a + bodies.b + bodies.c);
    const inner = (after: string): string => /\[(.*)\]/.exec(after)?.[1] ?? '';
    assert.equal(
      inner(applied(before, front + bodies.c + bodies.a + bodies.b)),
      `${other(3, 'c')}, ${other(1, 'a')}, ${other(2, 'b')}`,
    );
    assert.equal(inner(applied(before, front + bodies.b)), other(2, 'b'));
    assert.equal(
      inner(applied(before, `${front}${bodies.a}\n# user\n\nB!\n${bodies.c}`)),
      `${other(1, 'a')}, ${other(2, 'B!')}, ${other(3, 'c')}`,
    );
    assert.equal(
      inner(applied(before, `${front}${bodies.a}${bodies.b}\n# assistant\n\nc\n`)),
      `${other(1, 'a')}, ${other(2, 'b')}, ${other(3, 'c').replace('user', 'assistant')}`,
    );
    assert.equal(
      inner(applied(before, `${front}${bodies.a}\n# assistant\n\nnew\n${bodies.b}${bodies.c}`)),
      `${other(1, 'a')}, {"role":"assistant","content":"new"}, ${other(2, 'b')}, ${other(3, 'c')}`,
    );
  });

  it('reads as people write: loose lines, plain colons, numbers, nothing for what is not there', () => {
    const before = '{"id":"a","messages":[],"meta":{"topic":"t","x":1}}';
    const after = applied(
      before,
      '\n---\nsources:\n- Acórdão: proc. n.º 5/19\n-   2019\nid: 0042\n---\n\n\n# user \nO quê?\n\n\n# assistant\n\n\nIsto.\n\nE isto.\n\n\n',
    );
    assert.equal(
      after,
      '{"id":"0042","messages":[{"role":"user","content":"O quê?"},{"role":"assistant","content":"Isto.\\n\\nE isto."}],"meta":{"x":1,"sources":["Acórdão: proc. n.º 5/19","2019"]}}',
    );
  });

  it('says what is wrong and where', () => {
    const before = '{"id":"a","messages":[{"role":"user","content":"b"}],"meta":{"status":"draft"}}';
    const cases: [text: string, place: string, message: RegExp][] = [
      ['', '', /must begin/],
      ['olá\n', 'olá', /must begin/],
      ['---\nid: a\n\n# user\n\nb\n---\n', '---', /is missing/],
      ['---\nid: a\n---\n\nperdido\n\n# user\n\nb', 'perdido', /belongs to no turn/],
      ['---\nid: a\nautor: x\n---\n', 'autor', /no place/],
      ['---\nid: a\nid: b\n---\n', 'id', /twice/],
      ['---\nid: a\nstatus: feito\n---\n', 'feito', /unknown/],
      ['---\nid:\n---\n', 'id', /missing/],
      ['---\ntopic: x\n---\n', '---\ntopic: x\n---', /missing/],
      ['---\nid: a\ntopic: [x, y]\n---\n', '[x, y]', /one text/],
      ['---\nid: a\nsources: x\n---\n', 'x', /line of its own/],
      ['---\nid: a\nsources:\n  - \n  - b\n---\n', '', /empty/],
      ['---\nid: a\nsources:\n  - Lei #3\n---\n', '#3', /comment/],
      ['---\nid: a\ntopic: "x\n---\n', '', /quotes/],
      ['---\njust text\n---\n', 'just text', /one entry a line/],
    ];
    for (const [text, place, message] of cases) {
      const document = readRecordDocument(text);
      const { problems } = applyRecordDocument(before, document);
      assert.equal(problems?.length, 1, text);
      assert.match(problems[0]!.message, message, text);
      const { start, end } = problems[0]!;
      assert.ok(start <= end && end <= text.length, text);
      if (place !== '')
        assert.ok(text.slice(start, end).startsWith(place), `${text}: ${text.slice(start, end)}`);
    }
  });

  it('never throws on a text, and keeps its places inside it', () => {
    const piece = fc.oneof(
      awkward,
      fc.constantFrom(
        '---\n',
        'id: ',
        'topic:',
        'sources:\n',
        '  - ',
        '\n# user\n',
        '\n# assistant\n',
        '\\u{a}',
      ),
    );
    const before = '{"id":"a","messages":[{"role":"user","content":"b"}]}';
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.boolean(), (pieces, framed) => {
        const text = framed ? `---\nid: a\n---\n${pieces.join('')}` : pieces.join('');
        const document = readRecordDocument(text);
        const result = applyRecordDocument(before, document);
        for (const { start, end } of result.problems ?? [])
          assert.ok(0 <= start && start <= end && end <= text.length);
        // What it says is what a fresh text of it says.
        if (result.line !== undefined) {
          const again = readRecordDocument(writeRecordDocument(result.line));
          assert.deepEqual(
            again.turns.map(({ role: who, content }) => ({ who, content })),
            document.turns.map(({ role: who, content }) => ({ who, content })),
          );
        }
      }),
      { seed: 15, numRuns: RUNS },
    );
  });

  it('refuses a line that is no list of turns', () => {
    for (const broken of ['{', '[]', '{"messages":1}', '{"messages":[{"role":"tool","content":""}]}']) {
      assert.throws(() => writeRecordDocument(broken), { code: 'record/no-text' });
    }
  });

  it('knows where each character of a content is written', () => {
    const content = '# user\nA\u2028B \\u{a} c';
    const text = writeRecordDocument(JSON.stringify({ messages: [{ role: 'user', content }] }));
    const { lines } = readRecordDocument(text).turns[0]!;
    const at = (sign: string): string => text.slice(placeInContent(text, lines, content.indexOf(sign)));
    assert.ok(at('# user').startsWith('# user\nA'));
    assert.ok(at('A').startsWith('A\\u{2028}B'));
    assert.ok(at('\u2028').startsWith('\\u{2028}B'));
    assert.ok(at('B').startsWith('B \\u{5c}u{a} c'));
    assert.ok(at('c').startsWith('c\n'));
    assert.equal(text.slice(placeInContent(text, lines, content.length)), '\n');
  });

  it('writes YAML texts plain where that is safe', () => {
    assert.equal(
      yamlText('Decreto-Lei n.º 352/86, de 21 de outubro'),
      'Decreto-Lei n.º 352/86, de 21 de outubro',
    );
    assert.equal(yamlText('42'), '"42"');
    assert.equal(yamlText('a: b'), '"a: b"');
    assert.equal(yamlText(''), '""');
    assert.equal(yamlText('a\nb\u2028'), '"a\\nb\\u2028"');
  });
});
