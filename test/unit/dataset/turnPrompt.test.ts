import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { Turn } from '../../../src/dataset/record';
import { readRecordDocument, writeRecordDocument } from '../../../src/dataset/recordDocument';
import { begunTurn, continuation, promptBefore, restOf } from '../../../src/dataset/turnPrompt';

const turn = (role: Turn['role'], content: string): Turn => ({ role, content });
const HEAD = '---\nid: a\n---\n\n# user\n\nQual?\n\n# assistant\n';

describe('what a model is asked for a turn', () => {
  it('is the conversation before it', () => {
    const talk = [turn('system', 'S'), turn('user', 'A'), turn('assistant', 'B'), turn('user', 'C')];
    const whole = [...talk, turn('assistant', 'D')];
    assert.deepEqual(promptBefore(whole, 4), talk);
    assert.deepEqual(promptBefore(whole, 2), talk.slice(0, 2));
    assert.equal(promptBefore(whole, 1), undefined);
    assert.equal(promptBefore([turn('assistant', 'A')], 0), undefined);
  });

  it('leaves out another answer to the same question, and joins an instruction with its input', () => {
    const asked = [turn('user', 'A'), turn('user', 'B')];
    const pair = [...asked, turn('assistant', 'good'), turn('assistant', 'bad')];
    assert.deepEqual(promptBefore(pair, 3), [turn('user', 'A\nB')]);
    assert.deepEqual(promptBefore(pair, 2), [turn('user', 'A\nB')]);
  });
});

describe('an answer that is being written', () => {
  const at = (text: string): ReturnType<typeof begunTurn> => {
    const offset = text.indexOf('|');
    return begunTurn(text.slice(0, offset) + text.slice(offset + 1), offset);
  };

  it('is begun where the cursor is at its end', () => {
    const messages = [turn('user', 'Qual?')];
    assert.deepEqual(at(`${HEAD}\nA lei|`), { messages, begun: 'A lei', spaced: false });
    assert.deepEqual(at(`${HEAD}\nA lei |\n`), { messages, begun: 'A lei', spaced: true });
    assert.deepEqual(at(`${HEAD}\nA lei.\n\n|\n`), { messages, begun: 'A lei.\n\n', spaced: true });
    assert.deepEqual(at(`${HEAD}\n|`), { messages, begun: '', spaced: true });
    assert.deepEqual(at(`${HEAD}\nA lei|\n\n# user\n\nE?\n`)?.begun, 'A lei');
  });

  it('is none in its middle, in a question, in a heading or in the entries', () => {
    for (const text of [
      `${HEAD}\nA |lei`,
      HEAD.replace('Qual?', 'Qual?|'),
      HEAD.replace('# assistant', '# assis|tant'),
      HEAD.replace('id: a', 'id: a|'),
      '|',
    ]) {
      assert.equal(at(text), undefined, text);
    }
  });

  it('goes on with whole words of one paragraph, written as the document writes them', () => {
    const begun = at(`${HEAD}\nA lei|`)!;
    const spaced = at(`${HEAD}\nA lei |`)!;
    assert.equal(continuation(' diz que o fre', begun, 'maxTokens'), ' diz que o');
    assert.equal(continuation(' diz que o frete', begun, 'end'), ' diz que o frete');
    assert.equal(continuation(' diz.\n\nMais', begun, 'maxTokens'), ' diz.');
    assert.equal(continuation(' diz', spaced, 'end'), 'diz');
    assert.equal(continuation('\n# user\nX', begun, 'end'), '\n\\# user\nX');
    assert.equal(continuation('   ', begun, 'end'), undefined);
    assert.equal(continuation('inconstituc', begun, 'maxTokens'), 'inconstituc');
  });

  it('stays one answer of the record, whatever the model says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\n', '#', ' user', '# assistant', '\\', '\r', '---') }),
        fc.constantFrom('end' as const, 'maxTokens' as const),
        fc.constantFrom('', ' ', '\n', '\n\n'),
        (said, stop, gap) => {
          const text = `${HEAD}\nA lei${gap}`;
          const begun = begunTurn(text, text.length);
          assert.ok(begun !== undefined);
          const after = readRecordDocument(text + (continuation(said, begun, stop) ?? ''));
          assert.equal(after.turns.length, 2);
          assert.ok(after.turns[1]?.content.startsWith('A lei'));
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });

  it('is still offered when its beginning has been typed', () => {
    assert.equal(restOf(' diz que', 'A lei', 'A lei d'), 'iz que');
    assert.equal(restOf(' diz que', 'A lei', 'A lei'), ' diz que');
    assert.equal(restOf(' diz que', 'A lei', 'A lei diz que'), undefined);
    assert.equal(restOf(' diz que', 'A lei', 'A lei não'), undefined);
    assert.equal(restOf(' diz que', 'A lei', 'A le'), undefined);
  });

  it('is asked for each shape as the record has it', () => {
    const line = JSON.stringify({ id: 'p', prompt: 'P?', chosen: 'sim', rejected: 'não' });
    const { turns } = readRecordDocument(writeRecordDocument(line));
    assert.deepEqual(promptBefore(turns, turns.length - 1), [turn('user', 'P?')]);
  });
});
