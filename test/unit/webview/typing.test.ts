import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordChange, RecordView } from '../../../src/protocol/datasetEditor';
import { Typing } from '../../../webview/dataset-editor/typing';

const KEY = 7;

function view(version: number, contents: readonly string[]): RecordView {
  const turns = contents.map((content) => ({ role: 'user' as const, content }));
  const record = { id: 'a', turns, topic: '', status: null, sources: [] };
  return {
    key: KEY,
    index: 0,
    version,
    record,
    raw: '{}',
    problem: null,
    repairable: false,
    conflict: null,
    findings: [],
    variety: null,
    review: null,
  };
}

function content(text: string, turn = 0): RecordChange {
  return { kind: 'content', turn, text };
}

/** A host that makes every change after a moment, unless it is told to fail. */
function host(): { typing: Typing; sent: RecordChange[]; fail: { next: boolean } } {
  const sent: RecordChange[] = [];
  const fail = { next: false };
  let version = 0;
  const typing = new Typing({
    pause: 20,
    longest: 60,
    send: async (_key, change) => {
      await delay(5);
      if (fail.next) {
        fail.next = false;
        throw new Error('refused');
      }
      sent.push(change);
      return ++version;
    },
  });
  return { typing, sent, fail };
}

describe('Typing', () => {
  it('makes one edit of a burst, after a pause', async () => {
    const { typing, sent } = host();
    for (const text of ['a', 'ab', 'abc']) typing.type(KEY, content(text));
    assert.ok(typing.pending);
    await delay(60);
    assert.deepEqual(sent, [content('abc')]);
    assert.ok(!typing.pending);
  });

  it('does not hold back a long burst for ever', async () => {
    const { typing, sent } = host();
    let text = '';
    for (let n = 0; n < 20; n++) {
      text += 'x';
      typing.type(KEY, content(text));
      await delay(8);
    }
    assert.ok(sent.length >= 1, 'something was sent while typing went on');
    await typing.flush();
    assert.deepEqual(sent.at(-1), content(text));
  });

  it('has everything sent when a flush ends', async () => {
    const { typing, sent } = host();
    typing.type(KEY, content('abc'));
    await typing.flush();
    assert.deepEqual(sent, [content('abc')]);
  });

  it('keeps the fields apart, in order', async () => {
    const { typing, sent } = host();
    typing.type(KEY, content('one'));
    typing.type(KEY, content('t', 1));
    typing.type(KEY, content('two', 1));
    await typing.flush();
    assert.deepEqual(sent, [content('one'), content('two', 1)]);
  });

  it('shows what was typed over views that do not have it yet', async () => {
    const { typing } = host();
    const shown = (version: number, text: string): string | undefined =>
      typing.over(view(version, [text])).record?.turns[0]?.content;
    typing.type(KEY, content('abc'));
    assert.equal(shown(0, 'a'), 'abc');
    await typing.flush();
    assert.equal(shown(0, 'a'), 'abc', 'a view from before the edit arrives late');
    assert.equal(shown(1, 'abc'), 'abc');
    assert.equal(shown(2, 'undone'), 'undone', 'later views are the truth');
    typing.seen(KEY, 2);
    assert.equal(typing.over(view(0, ['a'])).record?.turns[0]?.content, 'a');
    assert.equal(typing.over({ ...view(0, ['other']), key: 8 }).record?.turns[0]?.content, 'other');
  });

  it('loses nothing when the host refuses: the text is sent again', async () => {
    const { typing, sent, fail } = host();
    fail.next = true;
    typing.type(KEY, content('abc'));
    await assert.rejects(typing.flush(), /refused/);
    assert.ok(typing.pending);
    assert.equal(typing.over(view(0, [''])).record?.turns[0]?.content, 'abc');
    await typing.flush();
    assert.deepEqual(sent, [content('abc')]);
  });

  it('does not bring a refused text back over a newer one', async () => {
    const { typing, sent, fail } = host();
    fail.next = true;
    typing.type(KEY, content('old'));
    const first = typing.flush();
    await delay(1);
    typing.type(KEY, content('newer'));
    await assert.rejects(first, /refused/);
    await typing.flush();
    assert.deepEqual(sent, [content('newer')]);
  });
});
