import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { DatasetDocument } from '../../../src/dataset/document';
import type { SearchQuery } from '../../../src/dataset/recordFilter';
import { search } from '../../../src/dataset/search';
import { fold, needleOf } from '../../../src/dataset/textPattern';

describe('search', () => {
  let folder: string;
  let document: DatasetDocument;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-search-'));
    const file = path.join(folder, 'a.jsonl');
    const record = (id: string, content: string, meta: object): string =>
      JSON.stringify({
        id,
        messages: [
          { role: 'user', content },
          { role: 'assistant', content: 'x' },
        ],
        meta,
      });
    await writeFile(
      file,
      [
        record('dm-1', 'O que é a SALVAÇÃO marítima?', { topic: 'salvacao', status: 'approved' }),
        record('dm-2', 'Uma "linha"\nde carga', { topic: 'outro', status: 'draft' }),
        '{"id":"dm-3","messages":[{"role":"user","content":"Opera\\u00e7\\u00e3o no c/ais"}],"meta":{"status":"draft","note":"salvacao"}}',
        '{"id":"dm-4", broken salvação',
        ...Array.from({ length: 1200 }, (_, n) => record(`n-${n}`, 'enchimento', {})),
      ].join('\n'),
    );
    document = await DatasetDocument.open(file);
  });
  after(async () => {
    await document.dispose();
    await rm(folder, { recursive: true });
  });

  async function found(query: SearchQuery, limit?: number): Promise<number[]> {
    const keys: number[] = [];
    let finished = false;
    for await (const { matches, done } of search(document, query, limit === undefined ? {} : { limit })) {
      keys.push(...matches);
      finished = done;
    }
    assert.ok(finished);
    return keys.map((key) => document.indexOf(key));
  }

  it('folds case and accents', () => {
    assert.equal(fold('SALVAÇÃO Ñandú é'), 'salvacao nandu e');
  });

  it('finds with an expression what folding both sides finds', () => {
    const word = fc.string({
      unit: fc.constantFrom(
        'a',
        'A',
        'ã',
        'Á',
        'a\u0303',
        'c',
        'ç',
        'Ç',
        'Ü',
        'ñ',
        '-',
        '.',
        ']',
        '^',
        '(',
        '1',
        '😀',
        '–',
      ),
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        word,
        word.filter((each) => each !== ''),
        word,
        (before, needle, after) => {
          assert.ok(needleOf(needle).test(before + needle + after));
          assert.equal(needleOf(needle).test(after), fold(after).includes(fold(needle)));
        },
      ),
      { seed: 12, numRuns: 2000 },
    );
  });

  it('finds whatever the case, accents and JSON escapes', async () => {
    assert.deepEqual(await found({ text: 'salvacao' }), [0, 3]);
    assert.deepEqual(await found({ text: 'Salvação MARÍTIMA' }), [0]);
    assert.deepEqual(await found({ text: '"linha"' }), [1]);
    assert.deepEqual(await found({ text: 'operacao' }), [2]);
    assert.deepEqual(await found({ text: 'c/ais' }), [2]);
    assert.deepEqual(await found({ text: 'DM-2' }), [1]);
    assert.deepEqual(await found({ text: 'user' }), []);
  });

  it('narrows by state and topic', async () => {
    assert.deepEqual(await found({ text: '', status: 'draft' }), [1, 2]);
    assert.deepEqual(await found({ text: '', topic: 'outro' }), [1]);
    assert.deepEqual(await found({ text: 'dm', status: 'draft', topic: 'outro' }), [1]);
  });

  it('goes through in batches and stops at the limit', async () => {
    assert.equal((await found({ text: 'enchimento' })).length, 1200);
    assert.equal((await found({ text: 'enchimento' }, 700)).length, 700);
    const scanned = [];
    for await (const batch of search(document, { text: 'n-' })) scanned.push(batch.scanned);
    assert.deepEqual(scanned, [500, 1000, 1204]);
  });

  it('sees unsaved edits', async () => {
    const edit = document.apply({
      label: 'a',
      changes: [{ kind: 'insert', at: 0, texts: ['{"id":"novíssimo"}'] }],
    });
    assert.deepEqual(await found({ text: 'novissimo' }), [0]);
    edit.undo();
    assert.deepEqual(await found({ text: 'novissimo' }), []);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    await assert.rejects(
      async () => {
        for await (const { done } of search(document, { text: 'n-' }, { signal: controller.signal })) {
          assert.equal(done, false);
          controller.abort();
        }
      },
      { name: 'CancelledError' },
    );
  });
});
