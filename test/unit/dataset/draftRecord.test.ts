import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { draftRecordText } from '../../../src/dataset/draftRecord';
import type { Turn } from '../../../src/dataset/record';
import { parseRecordText } from '../../../src/dataset/recordText';
import { UserError } from '../../../src/protocol/errors';

const answeredBy = { model: 'tiny', run: 'r-1' };
const system: Turn = { role: 'system', content: 'És jurista.' };
const exchange = (question: string, answer: string): Turn[] => [
  { role: 'user', content: question },
  { role: 'assistant', content: answer },
];
const one = exchange('O que é o frete?', 'O preço do transporte.');
const two = [...exchange('O que é\n"isto"?', 'Um navio.'), ...one];

const LIKE = {
  messages: '{"id":"dm-1","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}',
  sharegpt: '{"id":"dm-1","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}',
  alpaca: '{"id":"dm-1","instruction":"a","input":"m","output":"b","meta":{"status":"approved"}}',
  prompt: '{"id":"dm-1","prompt":"a","completion":"b"}',
  preference: '{"id":"dm-1","prompt":"a","chosen":"b","rejected":"c"}',
};

function record(messages: readonly Turn[], like?: string): Record<string, unknown> {
  return JSON.parse(draftRecordText({ messages, answeredBy, like })) as Record<string, unknown>;
}
const texts = (messages: readonly Turn[], like: string): string[] =>
  (parseRecordText(draftRecordText({ messages, answeredBy, like })).record?.messages ?? []).map(
    ({ content }) => content,
  );

describe('a conversation as a draft record', () => {
  it('is a draft that says who answered, with an id of its own', () => {
    const { id, messages, meta } = record([system, ...one], LIKE.messages);
    assert.match(String(id), /^dm-[0-9a-z]{8}$/);
    assert.deepEqual(messages, [system, ...one]);
    assert.deepEqual(meta, { status: 'draft', answeredBy });
    assert.deepEqual(record(one).messages, one, 'the first record of a dataset');
  });

  it('takes the shape of the dataset', () => {
    const { conversations } = record(two, LIKE.sharegpt);
    assert.deepEqual(conversations, [
      { from: 'human', value: 'O que é\n"isto"?' },
      { from: 'gpt', value: 'Um navio.' },
      { from: 'human', value: 'O que é o frete?' },
      { from: 'gpt', value: 'O preço do transporte.' },
    ]);
    const alpaca = record([system, ...two], LIKE.alpaca);
    assert.deepEqual(alpaca.history, [['O que é\n"isto"?', 'Um navio.']]);
    assert.deepEqual(
      [alpaca.instruction, alpaca.input, alpaca.output, alpaca.system],
      ['O que é o frete?', '', 'O preço do transporte.', 'És jurista.'],
    );
    const preference = record(one, LIKE.preference);
    assert.deepEqual(
      [preference.prompt, preference.chosen, preference.rejected],
      ['O que é o frete?', 'O preço do transporte.', ''],
    );
  });

  it('goes without instructions where the records have no place for them, and is refused where the talk has none', () => {
    assert.deepEqual(
      texts([system, ...one], LIKE.prompt),
      one.map(({ content }) => content),
    );
    for (const like of [LIKE.prompt, LIKE.preference])
      assert.throws(() => draftRecordText({ messages: two, answeredBy, like }), UserError);
  });

  it('is the same when it is read again, whatever it says', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((each) => each.trim() !== '');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(LIKE.messages, LIKE.sharegpt, LIKE.alpaca.replace('"input":"m",', '')),
        (pairs, like) => {
          const talk = pairs.flatMap(([question, answer]) => exchange(question, answer));
          assert.deepEqual(
            texts(talk, like),
            talk.map(({ content }) => content),
          );
          assert.ok(!draftRecordText({ messages: talk, answeredBy, like }).includes('\n'), 'one line');
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });
});
