import { strict as assert } from 'node:assert';
import type { RecordView, ShapeView } from '../../../src/protocol/datasetEditor';
import { hasRejected, referenceOf } from '../../../webview/dataset-editor/reference';

type Shown = NonNullable<RecordView['record']>;
type Turns = Shown['turns'];

function shown(turns: Turns, parts?: readonly ShapeView['turns'][number]['part'][]): Shown {
  const can = { role: false, remove: false, up: false, down: false };
  const shape: ShapeView | undefined =
    parts === undefined
      ? undefined
      : {
          name: 'preference',
          title: 'DPO',
          turns: parts.map((part) => ({ part, key: null, path: '', can })),
          additions: [],
        };
  return {
    ...{ id: 'a', turns, topic: '', status: null, sources: [] },
    ...(shape === undefined ? {} : { shape }),
  };
}

describe('the reference that answers are compared with', () => {
  const user = { role: 'user', content: 'A?' } as const;
  const good = { role: 'assistant', content: ' Sim. ' } as const;
  const bad = { role: 'assistant', content: 'Não.' } as const;

  it('is the answer to the last question, of two answers the preferred one', () => {
    assert.equal(referenceOf(shown([user, bad, user, good])), 'Sim.');
    assert.equal(referenceOf(shown([user, good, bad], ['talk', 'chosen', 'rejected'])), 'Sim.');
    assert.equal(referenceOf(shown([user, good, user])), '');
    assert.equal(referenceOf(shown([good])), '');
  });

  it('is told where an answer can be rejected in the record itself', () => {
    assert.equal(hasRejected(shown([user, good, bad], ['talk', 'chosen', 'rejected'])), true);
    assert.equal(hasRejected(shown([user, good])), false);
  });
});
