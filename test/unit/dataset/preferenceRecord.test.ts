import { strict as assert } from 'node:assert';
import { UserError } from '../../../src/protocol/errors';
import { promptOf, withSystem } from '../../../src/dataset/prompt';
import {
  fillRejected,
  isPreference,
  preferenceLine,
  preferenceSource,
} from '../../../src/dataset/preferenceRecord';
import { parseRecordText } from '../../../src/dataset/recordText';

const BY = { model: 'm', run: null, seed: 1, temperature: 0.7 };
const code = (expected: string) => (error: unknown) => error instanceof UserError && error.code === expected;

describe('a preference record', () => {
  const messages = [
    { role: 'system', content: 'S' },
    { role: 'user', content: 'A?' },
    { role: 'assistant', content: 'Sim.' },
  ];
  const record = (over: object = {}): string =>
    JSON.stringify({ id: 'dm-0001', messages, meta: { topic: 't', sources: ['L'], reviewer: 'r' }, ...over });

  it('is made of a record and the answer that is rejected, with where that came from', () => {
    const line = preferenceLine(preferenceSource(record()), 'Não.', BY);
    const made = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(made.id), /^dm-\w+$/);
    assert.notEqual(made.id, 'dm-0001');
    assert.deepEqual(made.prompt, messages.slice(0, 2));
    assert.deepEqual(made.chosen, [{ role: 'assistant', content: 'Sim.' }]);
    assert.deepEqual(made.rejected, [{ role: 'assistant', content: 'Não.' }]);
    assert.deepEqual(made.meta, {
      topic: 't',
      status: 'draft',
      sources: ['L'],
      madeFrom: 'dm-0001',
      rejectedBy: BY,
    });
    assert.ok(isPreference(line) && !line.includes('\n'));
    const parsed = parseRecordText(line).record;
    assert.ok(parsed !== undefined);
    assert.deepEqual(promptOf(parsed), { messages: messages.slice(0, 2), reference: 'Sim.' });
  });

  it('is refused without a preferred answer, with the same twice, and without a question', () => {
    const unanswered = record({ messages: messages.slice(0, 2) });
    assert.throws(
      () => preferenceLine(preferenceSource(unanswered), 'Não.', BY),
      code('preference/no-answer'),
    );
    assert.throws(() => preferenceLine(preferenceSource(record()), ' Sim. ', BY), code('preference/same'));
    assert.throws(() => preferenceSource(record({ messages: [] })), code('record/no-question'));
  });

  it('gets its rejected answer in its own shape, everything else as it was', () => {
    const text =
      '{ "prompt":"A?", "chosen":"Sim.", "rejected":"", "n":1.0, "meta":{"status":"draft", "x":1e3} }';
    assert.equal(
      fillRejected(text, 'Não.', BY),
      '{ "prompt":"A?", "chosen":"Sim.", "rejected":"Não.", "n":1.0, "meta":{"status":"draft", "x":1e3, "rejectedBy":{"model":"m", "run":null, "seed":1, "temperature":0.7}} }',
    );
    const turns =
      '{"chosen":[{"from":"human","value":"A?"},{"from":"gpt","value":"Sim."}],"rejected":[{"from":"human","value":"A?"},{"from":"gpt","value":"x"}]}';
    assert.match(fillRejected(turns, 'Não.', BY), /\{"from":"gpt","value":"Não\."\}\],"meta":/);
    assert.throws(() => fillRejected(text, 'Sim.', BY), code('preference/same'));
    const none = '{"prompt":"A?","chosen":"Sim.","rejected":[]}';
    assert.throws(() => fillRejected(none, 'Não.', BY), code('preference/no-place'));
  });
});

describe('another system text', () => {
  it('takes the place of the record’s, or comes before it all', () => {
    const user = { role: 'user', content: 'A?' } as const;
    const system = { role: 'system', content: 'S' } as const;
    const other = { role: 'system', content: 'X' } as const;
    assert.deepEqual(withSystem([system, user], 'X'), [other, user]);
    assert.deepEqual(withSystem([user], 'X'), [other, user]);
    assert.deepEqual(withSystem([system, user], null), [system, user]);
  });
});
