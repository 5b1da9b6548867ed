import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { appendRecords } from '../../../src/dataset/appendRecords';
import { allKeys, changesOf, rowsOf } from '../../../src/dataset/bulk';
import { DatasetDocument } from '../../../src/dataset/document';
import { setMeta } from '../../../src/dataset/recordText';
import { search } from '../../../src/dataset/search';
import type { SearchQuery } from '../../../src/dataset/recordFilter';
import { TextReplacer } from '../../../src/dataset/textReplacer';

const PLAIN = { regex: false, matchCase: true, matchAccents: true };

function record(id: string, answer: string, meta: object = {}): string {
  return JSON.stringify({
    id,
    messages: [
      { role: 'user', content: 'Pergunta' },
      { role: 'assistant', content: answer },
    ],
    meta,
  });
}

describe('bulk actions', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'afina-bulk-'))));
  afterEach(() => rm(folder, { recursive: true }));

  async function open(lines: readonly string[], end = '\n'): Promise<DatasetDocument> {
    const file = path.join(folder, 'a.jsonl');
    await writeFile(file, lines.join(end) + end);
    return DatasetDocument.open(file);
  }

  async function found(document: DatasetDocument, query: SearchQuery): Promise<string[]> {
    const rows: string[] = [];
    for await (const { matches } of search(document, query)) {
      for (const key of matches) rows.push(String(document.indexOf(key)));
    }
    return rows;
  }

  it('change the chosen rows and no other byte, and are undone in one step', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom('\u00e7', ' ', 'x  y', '\\"')), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, end) => {
          const lines = rows.map(([, text], at) =>
            at % 5 === 4 ? `{broken ${at}` : ` {"n":1.0, "messages":[], "meta" : {"a":"${text}"}}`,
          );
          const document = await open(lines, end);
          try {
            const before = await readFile(document.file, 'utf8');
            const keys = allKeys(document).filter((_, at) => rows[at]?.[0] === true);
            const change = (text: string): string => setMeta(text, 'status', 'approved');
            const { changes, skipped } = await changesOf(document, keys, change);
            const broken = keys.filter((key) => document.indexOf(key) % 5 === 4).length;
            assert.equal(skipped, broken);
            assert.equal(changes.length, keys.length - broken);
            const edit = document.apply({ label: '', changes });
            const expected = lines.map((line, at) =>
              rows[at]?.[0] === true && at % 5 !== 4 ? change(line) : line,
            );
            await document.save();
            assert.equal(await readFile(document.file, 'utf8'), expected.join(end) + end);
            edit.undo();
            await document.save();
            assert.equal(await readFile(document.file, 'utf8'), before);
          } finally {
            await document.dispose();
          }
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('read rows wherever they lie, and stop when they are cancelled', async () => {
    const document = await open(Array.from({ length: 1300 }, (_, at) => record(`r-${at}`, 'x')));
    const keys = allKeys(document).filter((key) => key % 7 === 0 || key > 1290);
    const seen: number[] = [];
    for await (const rows of rowsOf(document, [...keys, 99_999])) seen.push(...rows.map(({ key }) => key));
    assert.deepEqual(seen, keys);
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(
      changesOf(document, keys, (text) => text, { signal: controller.signal }),
      {
        name: 'CancelledError',
      },
    );
    await document.dispose();
  });

  it('append to another dataset without touching what it has', async () => {
    const target = path.join(folder, 'b.jsonl');
    await writeFile(target, '{"a": 1.0}\r\n{"b":2}');
    await appendRecords(target, ['{"c":3}']);
    const text = await readFile(target, 'utf8');
    assert.ok(text.startsWith('{"a": 1.0}\r\n{"b":2}'));
    assert.match(text, /\{"c":3\}\s*$/);
    await appendRecords(path.join(folder, 'new.jsonl'), ['{"d":4}']);
    assert.match(await readFile(path.join(folder, 'new.jsonl'), 'utf8'), /^\{"d":4\}\n?$/);
  });

  it('filter by author, reviewer, length, finding and expression', async () => {
    const document = await open([
      record('a', 'uma duas três', { author: 'Inês Vaz', reviewer: 'Rui' }),
      record('b', 'uma', { reviews: [{ by: 'Rui Sá', verdict: 'approved' }], topic: 'carga' }),
      '{"id":"c", broken',
    ]);
    assert.deepEqual(await found(document, { text: '', author: 'ines' }), ['0']);
    assert.deepEqual(await found(document, { text: '', reviewer: 'rui' }), ['0', '1']);
    const length = { of: 'answer' as const, unit: 'words' as const, min: 2, max: null };
    assert.deepEqual(await found(document, { text: '', length }), ['0']);
    assert.deepEqual(await found(document, { text: '', topic: '' }), ['0']);
    assert.deepEqual(await found(document, { text: '^uma$', regex: true }), ['1']);
    assert.deepEqual(await found(document, { text: 'tres', matchAccents: true }), []);
    assert.deepEqual(await found(document, { text: 'TRÊS', matchAccents: true }), ['0']);
    const rules: string[] = [];
    const findingsOf = ({ index }: { index: number }): { rule: string; severity: string }[] =>
      index === 1 ? [{ rule: 'length/short', severity: 'warning' }] : [];
    for (const finding of ['any', 'warning', 'length/short', 'length/*', 'len/*', 'error', 'none']) {
      for await (const { matches } of search(document, { text: '', finding }, { findingsOf })) {
        rules.push(`${finding} ${matches.length}`);
      }
    }
    assert.deepEqual(rules, [
      ...['any 1', 'warning 1', 'length/short 1', 'length/* 1', 'len/* 0'],
      ...['error 0', 'none 2'],
    ]);
    await document.dispose();
  });

  it('stop an expression that would never end, and say what is wrong with another', async () => {
    const document = await open([record('r-1', `${'a'.repeat(60)}b`), record('r-2', 'c')]);
    await assert.rejects(found(document, { text: '^(a+)+$', regex: true }), { code: 'search/too-slow' });
    await assert.rejects(found(document, { text: '(a', regex: true }), { code: 'search/pattern' });
    await document.dispose();
  });
});

describe('find and replace', () => {
  it('takes plain text as it stands', () => {
    assert.equal(new TextReplacer({ ...PLAIN, text: 'a.b' }, '$1').replace('a.b axb'), '$1 axb');
    const loose = { ...PLAIN, matchCase: false, matchAccents: false };
    assert.equal(new TextReplacer({ ...loose, text: 'acao' }, 'x').replace('Ação acao AÇÃO'), 'x x x');
    const cased = { ...PLAIN, matchAccents: false };
    assert.equal(new TextReplacer({ ...cased, text: 'acao' }, 'x').replace('Ação ação'), 'Ação x');
  });

  it('does with an expression what String.replace does', () => {
    const find = { ...PLAIN, regex: true, text: '(?<n>\\d+)\\.º (\\w+)' };
    const text = 'artigo 4.º do, 12.º da';
    for (const replacement of ['$1', '$2 $1', '$$', '[$&]', '$<n>!', '$9']) {
      assert.equal(
        new TextReplacer(find, replacement).replace(text),
        text.replace(/(?<n>\d+)\.º (\w+)/gmu, replacement),
      );
    }
    assert.equal(new TextReplacer(find, '\\n').replace(text), 'artigo \n, \n');
  });

  it('stops an expression that would never end', () => {
    const slow = new TextReplacer({ ...PLAIN, regex: true, text: '(a+)+$' }, '');
    assert.throws(() => slow.replace(`${'a'.repeat(60)}b`), { code: 'search/too-slow' });
  });
});
