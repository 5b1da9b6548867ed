import { strict as assert } from 'node:assert';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BaseFile } from '../../../src/dataset/baseFile';
import { writeFileAtomic } from '../../../src/dataset/atomicWrite';
import { DatasetDocument } from '../../../src/dataset/document';
import { LineVault } from '../../../src/dataset/lineVault';

const replace = (
  key: number,
  text: string,
): { label: string; changes: [{ kind: 'replace'; key: number; text: string }] } => ({
  label: 'edit',
  changes: [{ kind: 'replace', key, text }],
});

describe('document and its file', () => {
  let folder: string;
  let file: string;
  let document: DatasetDocument | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-files-'));
    file = path.join(folder, 'a.jsonl');
    await writeFile(file, '{"n":1}\n{"n":2}\n{"n":3}\n');
  });
  afterEach(async () => {
    await document?.dispose();
    document = undefined;
    await rm(folder, { recursive: true });
  });

  const texts = async (): Promise<(string | null)[]> => (await document!.read(0, 100)).map((row) => row.text);
  const leftovers = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith('.tmp'));

  it('keeps mode bits and a symbolic link', async () => {
    await chmod(file, 0o640);
    const link = path.join(folder, 'link.jsonl');
    await symlink('a.jsonl', link);
    document = await DatasetDocument.open(link);
    document.apply(replace(1, '"x"'));
    await document.save();
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal(await readFile(file, 'utf8'), '{"n":1}\n"x"\n{"n":3}\n');
    assert.equal((await stat(file)).mode & 0o777, 0o640);
    assert.deepEqual(await leftovers(), []);
  });

  it('notices another file in its place, saves over it only when asked to, and then its own lines', async () => {
    document = await DatasetDocument.open(file);
    document.apply(replace(1, '"mine"'));
    await writeFile(path.join(folder, 'other'), '{"theirs":1}\n');
    await rename(path.join(folder, 'other'), file);
    await assert.rejects(document.save(), { name: 'UserError', code: 'changed-on-disk' });
    assert.equal(await readFile(file, 'utf8'), '{"theirs":1}\n');
    assert.deepEqual(await texts(), ['{"n":1}', '"mine"', '{"n":3}']);
    await document.save({ overwrite: true });
    assert.equal(await readFile(file, 'utf8'), '{"n":1}\n"mine"\n{"n":3}\n');
    assert.equal(document.isDirty, false);
  });

  it('refuses to mix its edits into a file that was rewritten in place, even when told to overwrite', async () => {
    document = await DatasetDocument.open(file);
    document.apply(replace(1, '"mine"'));
    await writeFile(file, '{"n":100}\n{"n":2}\n{"n":3}\n');
    await assert.rejects(document.save(), { code: 'changed-on-disk' });
    await assert.rejects(document.save({ overwrite: true }), { code: 'changed-on-disk' });
    await assert.rejects(document.saveAs(path.join(folder, 'b.jsonl')), { code: 'changed-on-disk' });
    assert.equal(await readFile(file, 'utf8'), '{"n":100}\n{"n":2}\n{"n":3}\n');
    assert.equal((await document.read(1, 1))[0]!.text, '"mine"');
    await document.revert();
    assert.deepEqual(await texts(), ['{"n":100}', '{"n":2}', '{"n":3}']);
    assert.deepEqual((await readdir(folder)).sort(), ['a.jsonl']);
  });

  it('never shows a piece of a rewritten file as a record', async () => {
    document = await DatasetDocument.open(file);
    for (const now of ['{"a"\n:1}\n{"n":3}\n.......', '{"longer":1234567890123}\n']) {
      await writeFile(file, now);
      const rows = await document.read(0, 3);
      assert.equal(rows[0]!.text, null);
      assert.match(rows[0]!.problem ?? '', /another program/);
    }
    await truncate(file, 3);
    await assert.rejects(document.read(0, 3), { code: 'changed-on-disk' });
  });

  it('lets a touched file be overwritten, and one that was appended to', async () => {
    document = await DatasetDocument.open(file);
    document.apply(replace(0, '"mine"'));
    await utimes(file, 1, 1);
    await assert.rejects(document.save(), { code: 'changed-on-disk' });
    await document.save({ overwrite: true });
    assert.equal(await readFile(file, 'utf8'), '"mine"\n{"n":2}\n{"n":3}\n');
  });

  it('forgets earlier edits when reverting to another content', async () => {
    document = await DatasetDocument.open(file);
    const edit = document.apply(replace(0, '"mine"'));
    await writeFile(file, '{"n":7}\n');
    await document.revert();
    edit.undo();
    edit.redo();
    assert.deepEqual(await texts(), ['{"n":7}']);
    assert.equal(document.isDirty, false);
    assert.equal(document.indexOf(0), -1);
  });

  it('says that the file is gone, and can still put it back', async () => {
    document = await DatasetDocument.open(file);
    document.apply(replace(0, '"mine"'));
    await rm(file);
    await assert.rejects(document.save(), { name: 'UserError', code: 'file-missing' });
    await document.save({ overwrite: true });
    assert.equal(await readFile(file, 'utf8'), '"mine"\n{"n":2}\n{"n":3}\n');
  });

  it('explains what cannot be opened or written', async () => {
    await assert.rejects(DatasetDocument.open(path.join(folder, 'none')), {
      name: 'UserError',
      code: 'file-missing',
    });
    await assert.rejects(DatasetDocument.open(folder), { name: 'UserError', code: 'not-a-file' });
    document = await DatasetDocument.open(file);
    await assert.rejects(document.saveAs(path.join(folder, 'no', 'b')), { code: 'file-missing' });
    await mkdir(path.join(folder, 'd'));
    await assert.rejects(document.saveAs(path.join(folder, 'd')), { code: 'not-a-file' });
  });

  for (const [errno, code] of [
    ['ENOSPC', 'no-space'],
    ['EDQUOT', 'no-space'],
    ['EACCES', 'no-permission'],
    ['EROFS', 'read-only'],
    ['EIO', 'write-failed'],
  ] as const) {
    it(`loses nothing when writing ends in ${errno}`, async () => {
      document = await DatasetDocument.open(file);
      document.apply(replace(2, '"mine"'));
      const handle = await open(file, 'r');
      const prototype = Object.getPrototypeOf(handle) as { write: unknown };
      await handle.close();
      const write = prototype.write;
      prototype.write = () => Promise.reject(Object.assign(new Error(errno), { code: errno }));
      try {
        await assert.rejects(document.save(), { name: 'UserError', code });
      } finally {
        prototype.write = write;
      }
      assert.equal(await readFile(file, 'utf8'), '{"n":1}\n{"n":2}\n{"n":3}\n');
      assert.deepEqual(await leftovers(), []);
      assert.equal(document.isDirty, true);
      await document.save();
      assert.equal(await readFile(file, 'utf8'), '{"n":1}\n{"n":2}\n"mine"\n');
    });
  }

  it('does not replace a file that may not be written', async function () {
    if (process.getuid?.() === 0) this.skip(); // root may write anything
    await chmod(file, 0o444);
    document = await DatasetDocument.open(file);
    document.apply(replace(0, '1'));
    await assert.rejects(document.save(), { code: 'no-permission' });
  });

  it('stops saving when it is cancelled, and leaves nothing behind', async () => {
    document = await DatasetDocument.open(file);
    document.apply(replace(0, '"mine"'));
    await assert.rejects(document.save({ signal: AbortSignal.abort() }), { name: 'CancelledError' });
    assert.equal(document.isDirty, true);
    assert.deepEqual(await leftovers(), []);
  });

  it('reads on after its file was closed for a rename', async () => {
    const base = await BaseFile.open(file, 0);
    await base.close();
    assert.equal((await base.read(base.content(1))).toString(), '{"n":2}');
    await base.close();
    await writeFile(file, 'x\n');
    await assert.rejects(base.read(base.content(1)), { code: 'changed-on-disk' });
    await base.retire();
  });

  it('brings lines back from the vault’s file as from memory', async () => {
    const vault = new LineVault(10);
    const pieces = ['0123456789', 'abc\r\n', '\u00e9\n\n'].map((text) => Buffer.from(text));
    const kept = [];
    for (const piece of pieces) kept.push(await vault.keep(piece, piece.length - 1));
    assert.deepEqual(
      kept.map(({ kind }) => kind),
      ['kept', 'spilled', 'spilled'],
    );
    for (const [at, line] of kept.entries()) assert.deepEqual(await vault.read(line), pieces[at]);
    await vault.dispose();
  });

  it('writes atomically where there was nothing, and makes folders only when asked to', async () => {
    const target = path.join(folder, 'x', 'y.txt');
    await assert.rejects(writeFileAtomic(target, 'a'), { code: 'ENOENT' });
    await writeFileAtomic(target, 'a', { makeFolder: true });
    await writeFileAtomic(target, Buffer.from('b'));
    assert.equal(await readFile(target, 'utf8'), 'b');
    assert.deepEqual(await readdir(path.dirname(target)), ['y.txt']);
  });

  describe('hot exit', () => {
    const edits = async (): Promise<string> => {
      document = await DatasetDocument.open(file);
      document.apply({
        label: 'several',
        changes: [
          { kind: 'replace', key: 1, text: '"edited"' },
          { kind: 'insert', at: 2, texts: ['"new"'] },
          { kind: 'delete', keys: [0] },
        ],
      });
      const backup = path.join(folder, 'backups', 'b.json');
      await document.backup(backup);
      await document.dispose();
      return backup;
    };

    it('holds the edits and not the file', async () => {
      await writeFile(file, '{"filler":"a"}\n'.repeat(50_000));
      const backup = await edits();
      assert.ok((await stat(backup)).size < 1000);
      document = await DatasetDocument.open(file, { backup });
      assert.equal(document.count, 50_000);
      assert.equal(document.isDirty, true);
    });

    it('survives a change of the file: edits find their lines, and none is lost', async () => {
      const backup = await edits();
      await writeFile(file, '{"n":0}\n{"n":1}\n{"n":2}\n{"n":3}\n');
      document = await DatasetDocument.open(file, { backup });
      assert.equal(document.restoredOnChangedFile, true);
      assert.deepEqual(await texts(), ['{"n":0}', '"edited"', '"new"', '{"n":3}']);
    });

    it('brings an edit back as a new record when its line is gone', async () => {
      const backup = await edits();
      await writeFile(file, '{"n":9}\n');
      document = await DatasetDocument.open(file, { backup });
      assert.equal(document.restoredOnChangedFile, true);
      assert.deepEqual((await texts()).sort(), ['"edited"', '"new"', '{"n":9}']);
      await document.save();
      assert.equal((await readFile(file, 'utf8')).split('\n').length, 4);
    });

    it('does not take another line for the edited one when only the size is the same', async () => {
      const backup = await edits();
      const { mtimeMs } = await stat(file);
      await writeFile(file, '{"n":1}\n{"n":8}\n{"n":3}\n');
      await utimes(file, mtimeMs / 1000, mtimeMs / 1000);
      document = await DatasetDocument.open(file, { backup });
      assert.equal(document.restoredOnChangedFile, true);
      assert.ok((await texts()).includes('{"n":8}'));
    });

    it('says when a backup cannot be read', async () => {
      const backup = path.join(folder, 'b.json');
      for (const text of ['', '{', '{"version":1}', '{"version":2,"base":{},"rows":[],"edited":[]}']) {
        await writeFile(backup, text);
        await assert.rejects(DatasetDocument.open(file, { backup }), {
          name: 'UserError',
          code: 'backup-unusable',
        });
      }
    });
  });
});
