import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { promptOf } from '../../../src/dataset/prompt';
import { newRecordText, parseRecordText, setId, setMeta, summary } from '../../../src/dataset/recordText';
import { messagesOf } from '../../../src/dataset/shapes/conversation';
import {
  additionsOf,
  changesOf,
  insertPair,
  insertTurn,
  moveTurn,
  removeTurn,
  removeWithPartner,
  setTurnContent,
  setTurnRole,
} from '../../../src/dataset/shapes/edit';
import { layoutOf } from '../../../src/dataset/shapes/layout';
import { readTurns } from '../../../src/dataset/shapes/read';
import type { ShapedTurn } from '../../../src/dataset/shapes/shape';

/** JSON as other programs spell it: spaces, escapes, numbers as they like. */
const space = fc.constantFrom('', ' ', '\t');
const word = fc
  .array(fc.constantFrom('a', 'ç', '"', '\\', '\n', '😀', ' '), { maxLength: 6 })
  .map((all) => all.join(''));
const spelled = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  value.chain((text) => {
    const plain = JSON.stringify(text);
    const escaped = plain.replace(
      /[^\0-\x7f]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    return fc.constantFrom(plain, escaped);
  });
const object = (entries: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<string> =>
  fc
    .tuple(
      space,
      space,
      ...Object.entries({ ...entries, extra: fc.constantFrom('1.0', '"x"', '[ null]', '1e5') }).map(
        ([key, value]) => value.map((text) => [key, text]),
      ),
    )
    .chain(([a, b, ...all]) =>
      fc
        .shuffledSubarray(all, { minLength: all.length })
        .map(
          (list) => `{${a}${list.map(([key, text]) => `"${key}"${b}:${a}${text}`).join(`${b},${a}`)}${b}}`,
        ),
    );
const listOf = (element: fc.Arbitrary<string>, options: { min?: number } = {}): fc.Arbitrary<string> =>
  fc
    .tuple(space, fc.array(element, { minLength: options.min ?? 0, maxLength: 4 }))
    .map(([a, all]) => `[${a}${all.join(`${a}, `)}${a}]`);
const word_ = spelled(word);
const shareTurn = object({ from: fc.constantFrom('"human"', '"gpt"', '"system"'), value: word_ });
const chatTurn = object({ role: fc.constantFrom('"user"', '"assistant"', '"system"'), content: word_ });
const meta = object({ status: fc.constant('"draft"') });
const id = word_;
const RECORDS: Record<string, fc.Arbitrary<string>> = {
  messages: object({ id, messages: listOf(chatTurn), meta }),
  sharegpt: object({ id, conversations: listOf(shareTurn), meta }),
  'sharegpt with system': object({ system: word_, conversations: listOf(shareTurn, { min: 1 }), meta }),
  alpaca: object({ instruction: word_, input: word_, output: word_ }),
  'alpaca without input': object({ instruction: word_, output: word_, meta }),
  dolly: object({ instruction: word_, context: word_, response: word_, category: fc.constant('"qa"') }),
  'alpaca with history': object({
    instruction: word_,
    output: word_,
    system: word_,
    history: listOf(fc.tuple(word_, word_).map(([a, b]) => `[${a}, ${b}]`)),
  }),
  'prompt-completion': object({ id, prompt: word_, completion: word_ }),
  'prompt-completion of lists': object({
    prompt: listOf(chatTurn, { min: 1 }),
    completion: listOf(chatTurn, { min: 1 }),
  }),
  preference: object({ id, prompt: word_, chosen: word_, rejected: word_, meta }),
  'preference of lists': object({
    prompt: listOf(chatTurn, { min: 1 }),
    chosen: listOf(chatTurn, { min: 1 }),
    rejected: listOf(chatTurn, { min: 1 }),
  }),
  'preference of LLaMA-Factory': object({
    conversations: listOf(shareTurn, { min: 1 }),
    chosen: shareTurn,
    rejected: shareTurn,
  }),
};

function turnsOf(text: string): readonly ShapedTurn[] {
  const raw: unknown = JSON.parse(text);
  return readTurns(layoutOf(raw)!, raw).turns;
}

/** The bytes at both ends that an edit left alone. */
function commonEnds(a: string, b: string): number {
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return start + end;
}

/** The value at a turn's path, taken from a copy of the parsed record. */
function setIn(raw: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(raw) as Record<string | number, unknown>;
  let parent = copy;
  for (const segment of path.slice(0, -1)) parent = parent[segment] as Record<string | number, unknown>;
  parent[path.at(-1)!] = value;
  return copy;
}

describe('record shapes', () => {
  for (const [name, records] of Object.entries(RECORDS)) {
    const shape = name.split(' ')[0] === 'dolly' ? 'alpaca' : name.split(' ')[0];

    it(`${name}: an edit changes the bytes of the edited value and no other`, () => {
      fc.assert(
        fc.property(
          records,
          fc.nat(20),
          word,
          fc.constantFrom('user', 'assistant', 'system'),
          (text, pick, value, role) => {
            const { record } = parseRecordText(text);
            assert.ok(record, text);
            assert.equal(record.shaped?.layout.shape ?? 'messages', shape);
            const turns = turnsOf(text);
            if (turns.length === 0) return;
            const index = pick % turns.length;
            const turn = turns[index]!;
            const edited = setTurnContent(text, index, value);
            assert.deepEqual(JSON.parse(edited), setIn(JSON.parse(text), turn.contentPath, value));
            const written = JSON.stringify(value).length;
            assert.ok(commonEnds(text, edited) >= Math.min(text.length, edited.length) - written, edited);
            assert.equal(turnsOf(edited)[index]!.content, value);
            // Written back, every value is the same again; where it was spelled plainly, so are the bytes.
            const back = setTurnContent(edited, index, turn.content);
            assert.deepEqual(JSON.parse(back), JSON.parse(text));
            if (changesOf(turns)[index]!.role) {
              const changed = setTurnRole(text, index, role);
              assert.equal(turnsOf(changed)[index]!.role, role);
              assert.ok(commonEnds(text, changed) >= Math.min(text.length, changed.length) - 11, changed);
            } else {
              assert.throws(() => setTurnRole(text, index, role), { code: 'shape/change' });
            }
          },
        ),
        { seed: 31, numRuns: 150 },
      );
    });

    it(`${name}: what the form offers works, and what it does not is refused`, () => {
      fc.assert(
        fc.property(records, fc.nat(20), word, (text, pick, value) => {
          const raw: unknown = JSON.parse(text);
          const turns = turnsOf(text);
          for (const { at, role, key } of additionsOf(layoutOf(raw)!, turns)) {
            if (key === 'history') {
              const paired = insertPair(text);
              const texts = turnsOf(paired).map(({ content }) => content);
              assert.deepEqual(texts.splice(at, 2), ['', '']);
              assert.deepEqual(
                texts,
                turns.map(({ content }) => content),
              );
              assert.ok(commonEnds(text, paired) >= text.length, 'nothing that was there changes');
              if (text.includes('"history"')) assert.equal(removeWithPartner(paired, at + 1), text);
              continue;
            }
            const added = insertTurn(text, at, { role, content: value });
            const after = turnsOf(added);
            assert.equal(after.length, turns.length + 1, added);
            assert.equal(after[at]!.content, value, added);
            assert.equal(after[at]!.role, role);
            assert.ok(commonEnds(text, added) >= text.length, 'nothing that was there changes');
            if (key === null || key === 'input') assert.equal(removeTurn(added, at), text);
          }
          if (turns.length === 0) return;
          const index = pick % turns.length;
          const can = changesOf(turns)[index]!;
          if (can.remove) {
            const removed = removeWithPartner(text, index);
            const gone = turns[index]!.path[0] === 'history' ? 2 : 1;
            assert.equal(turnsOf(removed).length, turns.length - gone);
            assert.ok(commonEnds(text, removed) >= removed.length);
          } else assert.throws(() => removeTurn(text, index), { code: 'shape/change' });
          if (can.down) assert.equal(moveTurn(moveTurn(text, index, index + 1), index + 1, index), text);
          else if (index + 1 < turns.length)
            assert.throws(() => moveTurn(text, index, index + 1), { code: 'shape/change' });
        }),
        { seed: 32, numRuns: 150 },
      );
    });

    it(`${name}: id, status and sources are kept beside it`, () => {
      fc.assert(
        fc.property(records, (text) => {
          const withId = setMeta(setMeta(setId(text, 'n-1'), 'status', 'approved'), 'sources', [
            'Lei n.º 1/99',
          ]);
          const { record } = parseRecordText(withId);
          assert.equal(record?.id, 'n-1');
          assert.equal(record.meta.status, 'approved');
          assert.deepEqual(record.meta.sources, ['Lei n.º 1/99']);
          assert.deepEqual(record.messages, parseRecordText(text).record?.messages);
        }),
        { seed: 33, numRuns: 40 },
      );
    });
  }

  it('keeps the words and the style of the list that a turn is added to', () => {
    const human = '{"conversations": [{"from": "human", "value": "a"}], "n": 1.0}';
    assert.equal(
      insertTurn(human, 1, { role: 'assistant', content: 'b' }),
      '{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "n": 1.0}',
    );
    const user = '{"conversations":[{"from":"user","value":"a"}]}';
    assert.match(insertTurn(user, 1, { role: 'assistant', content: 'b' }), /"from":"assistant"/);
    assert.equal(setTurnRole(human, 0, 'user'), human);
    assert.equal(
      insertTurn('{"instruction": "a", "output": "b"}', 1, { role: 'user', content: 'c' }),
      '{"instruction": "a", "input": "c", "output": "b"}',
    );
  });

  it('reads the conversation that training and preview see', () => {
    const talk = (record: object): unknown => messagesOf(record);
    assert.deepEqual(talk({ instruction: 'i', input: 'x', output: 'o', system: 's' }), [
      { role: 'system', content: 's' },
      { role: 'user', content: 'i\nx' },
      { role: 'assistant', content: 'o' },
    ]);
    assert.deepEqual(talk({ instruction: 'i', input: '', output: 'o', history: [['a', 'b']] }), [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'i' },
      { role: 'assistant', content: 'o' },
    ]);
    const preference = { prompt: 'p', chosen: 'c', rejected: 'r' };
    assert.deepEqual(talk(preference), [
      { role: 'user', content: 'p' },
      { role: 'assistant', content: 'c' },
    ]);
    const record = parseRecordText(JSON.stringify(preference)).record!;
    assert.deepEqual(promptOf(record), { messages: [{ role: 'user', content: 'p' }], reference: 'c' });
    assert.deepEqual(
      record.shaped?.turns.map(({ part }) => part),
      ['talk', 'chosen', 'rejected'],
    );
  });

  it('adds a pair to the history of Alpaca as its neighbours are written, or begins one', () => {
    assert.equal(
      insertPair('{"instruction": "c", "output": "d", "history": [ ["a",  "b"] ]}'),
      '{"instruction": "c", "output": "d", "history": [ ["a",  "b"],  ["",  ""] ]}',
    );
    assert.equal(
      insertPair('{"instruction":"c","output":"d"}'),
      '{"instruction":"c","history":[["",""]],"output":"d"}',
    );
    assert.throws(() => insertPair('{"prompt":"c","completion":"d"}'), { code: 'shape/change' });
  });

  it('sums up and says what is wrong, and where', () => {
    assert.equal(summary('{"instruction":"Que é?","output":"É."}').title, 'Que é?');
    const faults: [string, string][] = [
      ['{"conversations":[{"from":"tool","value":"x"}]}', '"tool"'],
      ['{"conversations":[{"from":"human"}]}', '{"from":"human"}'],
      ['{"instruction":7,"output":""}', '7'],
      ['{"prompt":"a","completion":null}', 'null'],
      ['{"instruction":"a","output":"b","history":[["x"]]}', '["x"]'],
    ];
    for (const [text, fault] of faults) {
      const { record, error } = parseRecordText(text);
      assert.equal(record, undefined, text);
      assert.equal(text.slice(error!.offset, error!.offset + error!.length), fault, text);
    }
  });

  it('begins new records in the shape of their neighbour', () => {
    const fresh = (like: object): object => {
      const made = JSON.parse(newRecordText({ id: 'a', like })) as object;
      return Object.fromEntries(Object.entries(made).filter(([key]) => key !== 'id'));
    };
    const meta_ = { status: 'draft' };
    assert.deepEqual(fresh({ instruction: 'i', input: 'x', output: 'o', other: 1 }), {
      instruction: '',
      input: '',
      output: '',
      meta: meta_,
    });
    assert.deepEqual(
      fresh({
        conversations: [
          { from: 'system', value: 's' },
          { from: 'human', value: 'q' },
          { from: 'gpt', value: 'a' },
        ],
      }),
      {
        conversations: [
          { from: 'system', value: 's' },
          { from: 'human', value: '' },
          { from: 'gpt', value: '' },
        ],
        meta: meta_,
      },
    );
    assert.deepEqual(fresh({ prompt: [{ role: 'user', content: 'q' }], chosen: 'c', rejected: 'r' }), {
      prompt: [{ role: 'user', content: '' }],
      chosen: '',
      rejected: '',
      meta: meta_,
    });
  });
});
