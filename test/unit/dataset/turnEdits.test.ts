import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readRecordDocument, writeRecordDocument } from '../../../src/dataset/recordDocument';
import { editInDocument } from '../../../src/dataset/turnEdits';
import type { ContentEdit } from '../../../src/dataset/turnEdits';

function documentOf(...contents: readonly string[]): string {
  const messages = contents.map((content, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content }));
  return writeRecordDocument(JSON.stringify({ id: 'a', messages }));
}

function edited(text: string, edit: ContentEdit): string | undefined {
  const made = editInDocument(text, readRecordDocument(text), edit);
  return made === undefined ? undefined : text.slice(0, made.start) + made.text + text.slice(made.end);
}

describe('An edit of a turn in the text of its record', () => {
  it('changes its place and nothing around it', () => {
    const text = documentOf('Qual?', 'A equipe\ndo navio.').replace('Qual?', 'Qual?   \n\n');
    assert.equal(
      edited(text, { turn: 1, start: 2, end: 8, text: 'equipa' }),
      text.replace('equipe', 'equipa'),
    );
  });

  it('keeps what would be a heading, an escape or a blank line a part of the text', () => {
    const text = documentOf('Qual?', 'x user');
    const after = edited(text, { turn: 1, start: 0, end: 1, text: '#' });
    assert.equal(readRecordDocument(after ?? '').turns[1]?.content, '# user');
    assert.equal(readRecordDocument(after ?? '').turns.length, 2);
  });

  it('fills an empty turn, and does not touch one that is not there', () => {
    const text = documentOf('Qual?', '');
    const after = edited(text, { turn: 1, start: 0, end: 0, text: 'Esta.' });
    assert.equal(readRecordDocument(after ?? '').turns[1]?.content, 'Esta.');
    assert.equal(edited(text, { turn: 5, start: 0, end: 0, text: 'x' }), undefined);
    assert.equal(edited(text, { turn: 0, start: 0, end: 99, text: 'x' }), undefined);
  });

  it('makes of the content what it says (property)', () => {
    const unit = fc.constantFrom(
      'a',
      '\n',
      '#',
      ' ',
      'user',
      '\\',
      '\\u{d}',
      '\r',
      '---',
      'ç',
      '\ud83d\ude00',
    );
    const piece = fc.array(unit, { maxLength: 8 }).map((units) => units.join(''));
    fc.assert(
      fc.property(piece, piece, piece, fc.nat(), fc.nat(), (first, second, put, a, b) => {
        const text = documentOf(first, second);
        const [start, end] = [a % (second.length + 1), b % (second.length + 1)].sort((m, n) => m - n);
        const wanted = second.slice(0, start) + put + second.slice(end);
        if (
          /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(
            wanted,
          )
        )
          return;
        const after = edited(text, { turn: 1, start: start!, end: end!, text: put });
        const { turns, problems } = readRecordDocument(after ?? '');
        assert.deepEqual([turns.map(({ content }) => content), problems], [[first, wanted], []]);
      }),
      { numRuns: 2000, seed: 21 },
    );
  });
});
