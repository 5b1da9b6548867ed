import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyLineEdits, fixLine, ignoreRule } from '../../../src/checks/applyFix';
import type { Finding, TextEdit } from '../../../src/checks/finding';

function finding(rule: string, edits: readonly TextEdit[]): Finding {
  return {
    ...{ rule, severity: 'warning', file: 'a.jsonl', line: 1, id: null, message: rule, field: null },
    ...{ start: 0, end: 0, fix: { title: rule, edits } },
  } as const;
}

const content = (turn: number): readonly (string | number)[] => ['messages', turn, 'content'];
const LINE =
  '{ "id":"a-1",  "messages":[{"role":"user","content":"Qual \\u00e9 o \\"registro\\"?\\nDiga."},' +
  '{"w":1.0,"role":"assistant","content":"A equipe e o registro."}] }';

describe('Fixes of a line', () => {
  it('change what they are about and no other byte, also among escapes', () => {
    const fix = fixLine(LINE, [
      finding('variety/lexical', [{ path: content(0), start: 10, end: 18, text: 'registo' }]),
    ]);
    assert.equal(applyLineEdits(LINE, fix.edits), LINE.replace('\\"registro', '\\"registo'));
    assert.equal(fix.settled.length, 1);
  });

  it('write what they put in as JSON', () => {
    const { edits } = fixLine(LINE, [
      finding('quality/mojibake', [{ path: content(1), start: 2, end: 8, text: '«\n"\\é' }]),
    ]);
    assert.equal(applyLineEdits(LINE, edits), LINE.replace('equipe', '«\\n\\"\\\\é'));
  });

  it('are made from the back, however many there are', () => {
    const { edits } = fixLine(LINE, [
      finding('b', [{ path: content(1), start: 13, end: 21, text: 'registo' }]),
      finding('a', [{ path: content(1), start: 2, end: 8, text: 'equipa' }]),
    ]);
    assert.equal(applyLineEdits(LINE, edits), LINE.replace('A equipe e o registro', 'A equipa e o registo'));
  });

  it('leave the later of two that overlap for the next check, whole', () => {
    const both = [
      finding('first', [{ path: content(1), start: 2, end: 8, text: 'equipa' }]),
      finding('second', [
        { path: content(0), start: 0, end: 4, text: 'Que' },
        { path: content(1), start: 5, end: 10, text: '' },
      ]),
      finding('third', [{ path: content(1), start: 13, end: 21, text: 'registo' }]),
    ];
    const { edits, settled } = fixLine(LINE, both);
    assert.deepEqual(
      settled.map(({ rule }) => rule),
      ['first', 'third'],
    );
    assert.equal(applyLineEdits(LINE, edits), LINE.replace('A equipe e o registro', 'A equipa e o registo'));
  });

  it('that are the same are made once', () => {
    const edit = { path: content(1), start: 2, end: 8, text: 'equipa' };
    const { edits, settled } = fixLine(LINE, [finding('a', [edit]), finding('b', [edit])]);
    assert.equal(settled.length, 2);
    assert.equal(applyLineEdits(LINE, edits), LINE.replace('equipe', 'equipa'));
  });

  it('that do not fit the line are left out', () => {
    const smile = '{"messages":[{"role":"user","content":"\ud83d\ude00"}]}';
    for (const [line, edit] of [
      [LINE, { path: content(1), start: 0, end: 500, text: '' }],
      [LINE, { path: content(7), start: 0, end: 1, text: '' }],
      [LINE, { path: ['messages'], start: 0, end: 1, text: '' }],
      [smile, { path: content(0), start: 1, end: 2, text: 'x' }],
      ['no JSON', { path: content(0), start: 0, end: 1, text: '' }],
    ] as const) {
      assert.deepEqual(fixLine(line, [finding('a', [edit])]), { edits: [], settled: [] });
    }
  });

  it('make of the text what the edits say, whatever its spelling (property)', () => {
    const unit = fc.constantFrom('a', 'ç', '"', '\\', '\n', '\u0001', ' ', '\ud83d\ude00', '\u2028');
    const text = fc.array(fc.tuple(unit, fc.boolean()), { maxLength: 25 });
    const change = fc.record({ from: fc.nat(), length: fc.nat(4), put: fc.array(unit, { maxLength: 3 }) });
    fc.assert(
      fc.property(text, fc.array(change, { maxLength: 6 }), (units, changes) => {
        const plain = units.map(([each]) => each).join('');
        const written = units.map(([each, long]) =>
          long
            ? each.replace(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
            : JSON.stringify(each).slice(1, -1),
        );
        const around = ['{"n":1.0,"x":"\\\\","messages":[ {"content":"', '" , "role":"user"}]}'] as const;
        const line = around[0] + written.join('') + around[1];
        const findings = changes.map(({ from, length, put }, at) => {
          const start = from % (plain.length + 1);
          const end = Math.min(plain.length, start + length);
          return finding(`r/${at}`, [{ path: content(0), start, end, text: put.join('') }]);
        });
        const { edits, settled } = fixLine(line, findings);
        const after = applyLineEdits(line, edits);
        assert.ok(after.startsWith(around[0]) && after.endsWith(around[1]));
        const distinct = new Map(
          settled.map(({ fix }) => [JSON.stringify(fix!.edits), fix!.edits[0]!] as const),
        );
        const expected = [...distinct.values()]
          .sort((a, b) => b.start - a.start || b.end - a.end)
          .reduce((so, { start, end, text: put }) => so.slice(0, start) + put + so.slice(end), plain);
        const { messages } = JSON.parse(after) as { messages: { content: string }[] };
        assert.equal(messages[0]?.content, expected);
        // Nothing that stands still is spelt in another way.
        const first = edits[0]?.start ?? line.length;
        assert.equal(after.slice(0, first), line.slice(0, first));
      }),
      { numRuns: 3000, seed: 11 },
    );
  });
});

describe('A rule that a record ignores', () => {
  it('is added to meta.ignore, made where it is missing, and no other byte changes', () => {
    for (const [before, after] of [
      ['{"id":"a"}', '{"id":"a","meta":{"ignore":["pii/nif"]}}'],
      ['{"id": "a", "meta": {"n": 1.0}}', '{"id": "a", "meta": {"n": 1.0, "ignore": ["pii/nif"]}}'],
      ['{"meta":{"ignore":[ ]}}', '{"meta":{"ignore":["pii/nif" ]}}'],
      ['{"meta":{"ignore":["a/\\u0062"], "z":1}}', '{"meta":{"ignore":["a/\\u0062", "pii/nif"], "z":1}}'],
      ['{"meta":{"ignore":["a","b"]}}', '{"meta":{"ignore":["a","b","pii/nif"]}}'],
      ['{"meta":{"ignore":["pii/nif"]}}', '{"meta":{"ignore":["pii/nif"]}}'],
      ['{"meta":{"ignore":7}}', '{"meta":{"ignore":["pii/nif"]}}'],
    ] as const) {
      assert.equal(ignoreRule(before, 'pii/nif'), after);
    }
    assert.throws(() => ignoreRule('[1]', 'pii/nif'), RangeError);
  });
});
