import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import {
  duplicateRecordText,
  newId,
  newRecordText,
  parseRecordText,
  setId,
  setMeta,
  summary,
} from '../../../src/dataset/recordText';
import {
  insertTurn,
  moveTurn,
  removeTurn,
  setTurnContent,
  setTurnRole,
} from '../../../src/dataset/shapes/edit';

interface Piece {
  text: string;
  value: unknown;
}

/** JSON text in any spelling: spaces, escapes, numbers as they like. */
const space = fc.constantFrom('', '', ' ', '  ', '\t');
const jsonString: fc.Arbitrary<Piece> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom('ç', '\n', '"', '\\', '\ud800', '😀'),
    ),
  )
  .chain((parts) => {
    const value = parts.join('');
    const plain = JSON.stringify(value);
    const escaped = plain.replace(
      /[^\0-\x7f]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    return fc.constantFrom(plain, escaped).map((text) => ({ text, value }));
  });
const scalar: fc.Arbitrary<Piece> = fc.oneof(
  jsonString,
  fc
    .constantFrom('1.0', '1e5', '-0', '12345678901234567890', 'true', 'null')
    .map((text) => ({ text, value: text })),
);
const entry = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(space, space, value).map(([a, b, text]) => `${JSON.stringify(name)}${a}:${b}${text}`);
const wrap = (open: string, close: string, parts: fc.Arbitrary<string[]>): fc.Arbitrary<string> =>
  fc.tuple(parts, space, space).map(([all, a, b]) => `${open}${a}${all.join(`${b},${a}`)}${b}${close}`);
const extra = fc.uniqueArray(fc.constantFrom('x', 'note', 'ç', 'custom'), { maxLength: 2 });
const withExtra = (own: fc.Arbitrary<string>[]): fc.Arbitrary<string[]> =>
  extra.chain((names) =>
    fc
      .tuple(
        ...own,
        ...names.map((name) =>
          entry(
            name,
            scalar.map((each) => each.text),
          ),
        ),
      )
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
  );
const turnText = wrap(
  '{',
  '}',
  withExtra([
    entry('role', fc.constantFrom('"user"', '"assistant"', '"system"')),
    entry(
      'content',
      jsonString.map((each) => each.text),
    ),
  ]),
);
const recordText = wrap(
  '{',
  '}',
  withExtra([
    entry(
      'id',
      jsonString.map((each) => each.text),
    ),
    entry('messages', wrap('[', ']', fc.array(turnText, { maxLength: 4 }))),
    entry(
      'meta',
      wrap(
        '{',
        '}',
        withExtra([
          entry(
            'topic',
            jsonString.map((each) => each.text),
          ),
        ]),
      ),
    ),
  ]),
);

/** What is the same at both ends of two texts. */
function commonEnds(a: string, b: string): number {
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return start + end;
}

interface Loose {
  id: string;
  messages: Record<string, unknown>[];
  meta: Record<string, unknown>;
}
const parse = (text: string): Loose => JSON.parse(text) as Loose;

describe('recordText', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 6 });
  const check = (
    edit: (text: string, model: Loose, value: string) => { text: string; written: number } | undefined,
  ): void => {
    fc.assert(
      fc.property(recordText, anyText, (before, value) => {
        const model = parse(before);
        const result = edit(before, model, value);
        if (result === undefined) return;
        assert.deepEqual(parse(result.text), model);
        assert.ok(!/[\r\n]/.test(result.text), 'one line');
        assert.ok(!/\p{Surrogate}/u.test(result.text), 'encodable');
        const shorter = Math.min(before.length, result.text.length);
        assert.ok(commonEnds(before, result.text) >= shorter - result.written, 'changed more than it had to');
      }),
      { seed: 5, numRuns: 300 },
    );
  };

  it('changes the content of a turn and nothing else', () => {
    check((text, model, value) => {
      const turn = model.messages[0];
      if (turn === undefined) return undefined;
      turn.content = value;
      return { text: setTurnContent(text, 0, value), written: JSON.stringify(value).length };
    });
  });

  it('changes a role and nothing else', () => {
    check((text, model) => {
      const turn = model.messages.at(-1);
      if (turn === undefined) return undefined;
      turn.role = 'user';
      return { text: setTurnRole(text, model.messages.length - 1, 'user'), written: 6 };
    });
  });

  it('inserts, removes and moves turns and keeps the others as they are spelled', () => {
    check((text, model, value) => {
      const at = value.length % (model.messages.length + 1);
      model.messages.splice(at, 0, { role: 'user', content: value });
      return { text: insertTurn(text, at, { role: 'user', content: value }), written: 0 };
    });
    check((text, model, value) => {
      if (model.messages.length === 0) return undefined;
      const at = value.length % model.messages.length;
      model.messages.splice(at, 1);
      const result = removeTurn(text, at);
      return { text: result, written: 2 };
    });
    fc.assert(
      fc.property(recordText, fc.nat(3), fc.nat(3), (before, from, to) => {
        const model = parse(before);
        if (from >= model.messages.length || to >= model.messages.length) return;
        const after = moveTurn(before, from, to);
        model.messages.splice(to, 0, ...model.messages.splice(from, 1));
        assert.deepEqual(parse(after), model);
        assert.equal(moveTurn(after, to, from), before, 'moving back gives the same bytes');
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('sets and removes keys of meta, and the id', () => {
    check((text, model, value) => {
      model.meta.topic = value;
      return { text: setMeta(text, 'topic', value), written: JSON.stringify(value).length };
    });
    check((text, model, value) => {
      model.meta.new = [value, { a: 1 }];
      return { text: setMeta(text, 'new', [value, { a: 1 }]), written: 0 };
    });
    check((text, model) => {
      delete model.meta.topic;
      return { text: setMeta(text, 'topic', undefined), written: 0 };
    });
    check((text, model, value) => {
      model.id = value;
      return { text: setId(text, value), written: JSON.stringify(value).length };
    });
  });

  it('writes what it adds in the style of the rest', () => {
    const python = '{"messages": [{"role": "user", "content": "a"}], "n": 1.0}';
    assert.equal(
      insertTurn(python, 1, { role: 'assistant', content: 'é' }),
      '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "é"}], "n": 1.0}',
    );
    assert.equal(setMeta(python, 'status', 'draft'), `${python.slice(0, -1)}, "meta": {"status": "draft"}}`);
    assert.equal(setId('{"messages":[]}', 'a'), '{"id":"a","messages":[]}');
    assert.equal(
      insertTurn('{"id":"a"}', 0, { role: 'user', content: '' }),
      '{"id":"a","messages":[{"role":"user","content":""}]}',
    );
    assert.equal(setMeta('{"meta":null}', 'topic', 'x'), '{"meta":{"topic":"x"}}');
  });

  it('leaves a text alone whose value is the same in another spelling', () => {
    const text = '{"messages":[{"role":"user","content":"\\u00e7"}]}';
    assert.equal(setTurnContent(text, 0, 'ç'), text);
  });

  it('goes by the last of equal keys, as JSON.parse does', () => {
    const text = '{"id":"a","meta":{"topic":"1","topic":"2"},"id":"b"}';
    assert.equal(setId(text, 'c'), '{"id":"a","meta":{"topic":"1","topic":"2"},"id":"c"}');
    assert.equal(setMeta(text, 'topic', undefined), '{"id":"a","meta":{},"id":"b"}');
  });

  it('reads a record, and says where it is none', () => {
    const good = parseRecordText(
      '{"id":"a","messages":[{"role":"user","content":"q"}],"meta":{"status":"draft","sources":["s",1],"topic":3}}',
    );
    assert.deepEqual(good.record, {
      id: 'a',
      messages: [{ role: 'user', content: 'q' }],
      meta: { status: 'draft', sources: ['s'] },
    });
    assert.equal(good.error, undefined);
    const faults: [string, string][] = [
      ['[1]', '[1]'],
      ['{"messages":{}}', '{}'],
      ['{"messages":[7]}', '7'],
      ['{"messages":[{"role":"bot","content":""}]}', '"bot"'],
      ['{"messages":[{"role":"user","content":null}]}', 'null'],
      ['{"messages":[{"role":"user"}]}', '{"role":"user"}'],
      ['{"a" 1}', '1'],
      ['{"a":1', '1'],
    ];
    for (const [text, fault] of faults) {
      const { record, error } = parseRecordText(text);
      assert.equal(record, undefined);
      assert.equal(text.slice(error!.offset, error!.offset + error!.length), fault, text);
    }
    for (const text of ['', ' ', '{', '"', '01', '{"a":1}}', '\u0000', '{a:1}', '//', '{"a":"\u0001"}']) {
      const { error, raw } = parseRecordText(text);
      assert.equal(raw, undefined);
      assert.ok(
        error !== undefined && error.offset >= 0 && error.offset + error.length <= Math.max(1, text.length),
        text,
      );
    }
  });

  it('refuses to edit what is no object', () => {
    for (const text of ['', '{', '[]', '{"a":1} x']) assert.throws(() => setId(text, 'a'), RangeError);
  });

  it('makes new records and copies', () => {
    assert.equal(
      newRecordText({ id: 'a', system: 's' }),
      '{"id":"a","messages":[{"role":"system","content":"s"},{"role":"user","content":""},{"role":"assistant","content":""}],"meta":{"status":"draft"}}',
    );
    const text = '{"id":"a","messages":[],"meta":{"status":"approved","x":1.0}}';
    assert.equal(
      duplicateRecordText(text, 'b'),
      '{"id":"b","messages":[],"meta":{"status":"draft","x":1.0}}',
    );
    assert.match(newId('dm-0042'), /^dm-[0-9a-z]{8}$/);
    assert.match(newId(), /^r-[0-9a-z]{8}$/);
    assert.match(newId('42'), /^r-[0-9a-z]{8}$/);
    assert.notEqual(newId('dm-0042'), newId('dm-0042'));
  });

  it('sums a record up for a list', () => {
    const text = JSON.stringify({
      id: 'a',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: `  que\n é ${'😀'.repeat(100)}` },
      ],
      meta: { topic: 't', status: 'odd' },
    });
    const { title, ...rest } = summary(text);
    assert.deepEqual(rest, { id: 'a', topic: 't', status: 'odd', turns: 2 });
    assert.ok(title.startsWith('que é 😀') && title.length <= 120 && !/\p{Surrogate}/u.test(title));
    assert.equal(summary('{"id":"a"').title, '{"id":"a"');
    assert.ok(summary('{"id":"a"').error);
    assert.equal(summary('{"id":"a","messages":[{"role":"bot","content":"x"}]}').id, 'a');
  });
});
