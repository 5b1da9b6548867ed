import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatasetDocument } from '../../../src/dataset/document';
import { findRow } from '../../../src/dataset/findRow';
import { placeInDocument } from '../../../src/dataset/recordPlaces';
import { readRecordDocument, writeRecordDocument } from '../../../src/dataset/recordDocument';
import { usedSources } from '../../../src/dataset/usedSources';

describe('places of a record in its text', () => {
  const line = JSON.stringify({
    id: 'a',
    messages: [
      { role: 'user', content: 'O "quê"?\nE\u2028mais: €' },
      { role: 'assistant', content: '' },
    ],
    meta: { status: 'odd', sources: ['Lei'] },
  }).replace('€', '\\u20ac');
  const text = writeRecordDocument(line);
  const document = readRecordDocument(text);
  const shown = (field: string | null, part?: string): string => {
    const start = part === undefined ? 0 : line.indexOf(part);
    const place = { field, start, end: part === undefined ? line.length : start + part.length };
    const { start: from, end: to } = placeInDocument(place, line, text, document);
    return text.slice(from, to);
  };

  it('are those of the entry, the heading or the content', () => {
    assert.equal(shown('id'), 'a');
    assert.equal(shown('meta.status'), 'odd');
    assert.equal(shown('meta.sources[0]'), '- Lei');
    assert.equal(shown('meta.topic'), 'topic');
    assert.equal(shown('messages[0].role'), '# user');
    assert.equal(shown('messages[0]'), '# user');
    assert.equal(shown('messages[0].content'), 'O "quê"?\nE\\u{2028}mais: €');
    assert.equal(shown('messages[1].content'), '# assistant', 'nothing to underline but the heading');
    assert.equal(shown(null), 'id', 'the whole record');
    assert.equal(shown('messages[7].content'), 'id');
  });

  it('are exact inside a content, through the escapes of both', () => {
    assert.equal(shown('messages[0].content', '\\"quê\\"'), '"quê"');
    assert.equal(shown('messages[0].content', 'mais'), 'mais');
    assert.equal(shown('messages[0].content', '\u2028'), '\\u{2028}');
    assert.equal(shown('messages[0].content', '\\u20ac'), '€');
  });
});

describe('rows of a dataset', () => {
  let folder: string;
  let data: DatasetDocument;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'afina-rows-'));
    const file = path.join(folder, 'a.jsonl');
    const rows = Array.from({ length: 1200 }, (_, at) =>
      JSON.stringify({
        id: `r-${at}`,
        messages: [],
        meta: { sources: at % 3 === 0 ? ['Lei A'] : ['Lei B', 'Lei C'] },
      }),
    );
    rows[700] = '{"id":"\\u00e7","messages":[]}';
    rows[900] = 'not a record with "r-5"';
    writeFileSync(file, rows.join('\n'));
    data = await DatasetDocument.open(file);
  });

  after(async () => {
    await data.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are found by id, from a hint or without one, however the id is spelled', async () => {
    assert.equal((await findRow(data, 'r-1199', undefined))?.index, 1199);
    assert.equal((await findRow(data, 'r-8', 8))?.index, 8);
    assert.equal((await findRow(data, 'r-8', 5000))?.index, 8);
    assert.equal((await findRow(data, 'ç', 0))?.index, 700);
    assert.equal(await findRow(data, 'r-700', 700), undefined);
    await assert.rejects(findRow(data, 'none', undefined, AbortSignal.abort()), { name: 'CancelledError' });
  });

  it('name their sources, the usual ones first', async () => {
    const sources = await usedSources(data);
    assert.deepEqual(new Set(sources.slice(0, 2)), new Set(['Lei B', 'Lei C']));
    assert.equal(sources[2], 'Lei A');
    assert.equal(sources.length, 3);
  });
});
