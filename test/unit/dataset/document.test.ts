import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { DatasetDocument } from '../../../src/dataset/document';
import type { Change } from '../../../src/dataset/document';
import { anyFile } from './naiveFile';

describe('document', () => {
  let folder: string;
  let file: string;
  let run = 0;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-document-'));
  });
  beforeEach(() => {
    file = path.join(folder, `${run++}.jsonl`);
  });
  after(() => rm(folder, { recursive: true }));

  it('copies an untouched file as it is', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, async (bytes) => {
        await writeFile(file, bytes);
        const document = await DatasetDocument.open(file);
        await document.save();
        assert.ok((await readFile(file)).equals(bytes));
        await document.dispose();
      }),
      { seed: 4, numRuns: 100 },
    );
  }).timeout(60_000);

  it('makes an edit as a whole or not at all', async () => {
    await writeFile(file, '1\n2\n');
    const document = await DatasetDocument.open(file);
    const changes: Change[] = [
      { kind: 'replace', key: 0, text: 'x' },
      { kind: 'delete', keys: [1] },
      { kind: 'replace', key: 99, text: 'y' },
    ];
    assert.throws(() => document.apply({ label: 'bad', changes }), RangeError);
    assert.equal(document.isDirty, false);
    assert.deepEqual(
      (await document.read(0, 9)).map((row) => row.text),
      ['1', '2'],
    );
    assert.throws(
      () => document.apply({ label: 'blank', changes: [{ kind: 'replace', key: 0, text: '\n' }] }),
      RangeError,
    );
    await document.dispose();
  });

  it('keeps a record on one line, and halves of surrogate pairs as escapes', async () => {
    await writeFile(file, '1\r\n');
    const document = await DatasetDocument.open(file);
    document.apply({
      label: 'paste',
      changes: [
        { kind: 'replace', key: 0, text: '\uFEFF{\r\n"a": 1\n}' },
        { kind: 'insert', at: 1, texts: ['"x\ud83d"', '"😀"'] },
      ],
    });
    await document.save();
    assert.equal(await readFile(file, 'utf8'), '{ "a": 1 }\r\n"x\\ud83d"\r\n"😀"\r\n');
    await document.dispose();
  });

  it('tells its listeners what changed, once for each change', async () => {
    await writeFile(file, '1\n2\n');
    const document = await DatasetDocument.open(file);
    const seen: string[] = [];
    const stop = document.onDidChange(({ reason, keys, structure }) =>
      seen.push(`${reason} ${keys.join()} ${structure}`),
    );
    const versions = [document.version];
    const edit = document.apply({ label: 'a', changes: [{ kind: 'replace', key: 1, text: 'x' }] });
    edit.undo();
    edit.redo();
    versions.push(document.version);
    await document.save();
    await document.revert();
    stop();
    document.apply({ label: 'a', changes: [{ kind: 'delete', keys: [0] }] });
    assert.deepEqual(seen, ['edit 1 false', 'undo 1 false', 'redo 1 false', 'save  true', 'revert  true']);
    assert.deepEqual(versions, [0, 3]);
    await document.dispose();
  });

  it('shows records over 2 MB as too long and keeps them', async () => {
    const long = JSON.stringify('x'.repeat(3_000_000));
    await writeFile(file, `1\n${long}\n2\n`);
    const document = await DatasetDocument.open(file);
    const rows = await document.read(0, 10);
    assert.deepEqual(
      rows.map((row) => row.text),
      ['1', null, '2'],
    );
    assert.match(rows[1]!.problem!, /3 MB/);
    document.apply({ label: 'move', changes: [{ kind: 'move', key: 1, to: 0 }] });
    await document.save();
    assert.equal(await readFile(file, 'utf8'), `${long}\n1\n2\n`);
    await document.dispose();
  });

  it('takes edits made while it is saving as edits on what it saved', async () => {
    // Large enough that saving takes longer than seeing that it has begun.
    const lines = Array.from({ length: 2000 }, (_, n) => JSON.stringify({ n, text: 'x'.repeat(10_000) }));
    await writeFile(file, `${lines.join('\n')}\n`);
    const document = await DatasetDocument.open(file);
    const first = document.apply({
      label: 'a',
      changes: [
        { kind: 'replace', key: 5, text: '"before"' },
        { kind: 'delete', keys: [7] },
      ],
    });
    let saved = false;
    const saving = document.save().then(() => (saved = true));
    while (!(await readdir(folder)).some((name) => name.endsWith('.tmp')))
      assert.equal(saved, false, 'too fast');
    first.undo();
    document.apply({ label: 'b', changes: [{ kind: 'replace', key: 9, text: '"during"' }] });
    await saving;
    assert.equal(document.isDirty, true);
    assert.equal(await readFile(file, 'utf8'), `${lines.with(5, '"before"').toSpliced(7, 1).join('\n')}\n`);
    assert.deepEqual(
      (await document.read(4, 6)).map((row) => row.text),
      lines.with(9, '"during"').slice(4, 10),
    );
    await document.save();
    const expected = lines.with(9, '"during"');
    assert.equal(await readFile(file, 'utf8'), `${expected.join('\n')}\n`);
    await document.dispose();
  });
});
