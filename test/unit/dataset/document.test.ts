import { strict as assert } from 'node:assert';
import { isUtf8 } from 'node:buffer';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { DatasetDocument } from '../../../src/dataset/document';
import type { AppliedEdit, Change } from '../../../src/dataset/document';
import { anyFile, naiveBytes, naiveFile } from './naiveFile';
import type { NaiveFile, NaiveRow } from './naiveFile';

type Action =
  | { kind: 'replace'; at: number; text: string }
  | { kind: 'insert'; at: number; texts: string[] }
  | { kind: 'delete'; at: number[] }
  | { kind: 'move'; at: number; to: number }
  | { kind: 'undo' | 'redo' | 'save' | 'revert' | 'restore' };

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .map((value) => JSON.stringify(value));
const place = fc.nat(30);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('replace' as const), at: place, text }),
  fc.record({ kind: fc.constant('insert' as const), at: place, texts: fc.array(text, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.array(place, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('move' as const), at: place, to: place }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redo' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'revert' as const, 'restore' as const) }),
  },
);

/** A row is the same object through edits and undo; its text is kept beside it. */
type State = { row: NaiveRow; content: Buffer }[];

/** What the document is to do, on plain lists. */
class Model {
  file: NaiveFile;
  state: State;
  saved: State;
  readonly past: State[] = [];
  readonly future: State[] = [];

  constructor(bytes: Buffer) {
    this.file = naiveFile(bytes);
    this.state = this.file.rows.map((row) => ({ row, content: row.content }));
    this.saved = this.state;
  }

  edit(next: State): void {
    this.past.push(this.state);
    this.future.length = 0;
    this.state = next;
  }

  bytes(): Buffer {
    return naiveBytes(
      this.file,
      this.state.map(({ row, content }) => ({ content, tail: row.tail })),
    );
  }

  save(): Buffer {
    const bytes = this.bytes();
    this.file = naiveFile(bytes);
    assert.equal(this.file.rows.length, this.state.length, 'the model lost a row');
    this.state.forEach(({ row }, at) => (row.tail = this.file.rows[at]!.tail));
    this.saved = this.state;
    return bytes;
  }
}

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

  async function assertShows(document: DatasetDocument, model: Model): Promise<void> {
    const rows = await document.read(0, 1000);
    assert.equal(document.count, model.state.length);
    const expected = model.state.map(({ content }) => (isUtf8(content) ? content.toString('utf8') : null));
    assert.deepEqual(
      rows.map((row) => row.text),
      expected,
    );
    rows.forEach((row, index) => {
      assert.equal(row.index, index);
      assert.equal(document.row(index), row.key);
      assert.equal(document.indexOf(row.key), index);
      assert.equal(row.text === null, row.problem !== undefined);
      const line = document.lineOf(row.key);
      assert.equal(line === undefined, row.state === 'new');
      if (line !== undefined) assert.equal(document.keyOfLine(line), row.key);
    });
    const same =
      model.state.length === model.saved.length &&
      model.state.every(
        ({ row, content }, at) => row === model.saved[at]!.row && content === model.saved[at]!.content,
      );
    assert.equal(document.isDirty, !same);
  }

  it('does what a plain list does, byte for byte, through edits, undo, redo, saves, reverts and hot exits', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.array(action, { maxLength: 25 }), async (bytes, actions) => {
        await writeFile(file, bytes);
        let document = await DatasetDocument.open(file);
        const model = new Model(bytes);
        const past: AppliedEdit[] = [];
        const future: AppliedEdit[] = [];
        const edit = (changes: Change[], next: State): void => {
          past.push(document.apply({ label: 'edit', changes }));
          future.length = 0;
          model.edit(next);
        };
        for (const step of actions) {
          const { state } = model;
          const keys = state.map((_, index) => document.row(index));
          switch (step.kind) {
            case 'replace': {
              if (keys.length === 0) break;
              const at = step.at % keys.length;
              const next = [...state];
              next[at] = { row: state[at]!.row, content: Buffer.from(step.text) };
              edit([{ kind: 'replace', key: keys[at]!, text: step.text }], next);
              break;
            }
            case 'insert': {
              const at = step.at % (keys.length + 1);
              const rows = step.texts.map((each) => {
                const content = Buffer.from(each);
                return { row: { content, tail: null }, content };
              });
              edit([{ kind: 'insert', at, texts: step.texts }], state.toSpliced(at, 0, ...rows));
              break;
            }
            case 'delete': {
              if (keys.length === 0) break;
              const at = new Set(step.at.map((each) => each % keys.length));
              edit(
                [{ kind: 'delete', keys: [...at].map((each) => keys[each]!) }],
                state.filter((_, i) => !at.has(i)),
              );
              break;
            }
            case 'move': {
              if (keys.length === 0) break;
              const at = step.at % keys.length;
              const to = step.to % keys.length;
              edit(
                [{ kind: 'move', key: keys[at]!, to }],
                state.toSpliced(at, 1).toSpliced(to, 0, state[at]!),
              );
              break;
            }
            case 'undo': {
              const last = past.pop();
              if (last === undefined) break;
              last.undo();
              future.push(last);
              model.future.push(model.state);
              model.state = model.past.pop()!;
              break;
            }
            case 'redo': {
              const last = future.pop();
              if (last === undefined) break;
              last.redo();
              past.push(last);
              model.past.push(model.state);
              model.state = model.future.pop()!;
              break;
            }
            case 'save':
              await document.save();
              assert.ok((await readFile(file)).equals(model.save()), 'saved bytes');
              break;
            case 'revert':
              // VS Code drops the edits behind the save; here both sides simply forget all of them.
              await document.revert();
              model.state = model.saved;
              for (const stack of [past, future, model.past, model.future]) stack.length = 0;
              break;
            case 'restore': {
              const backup = path.join(folder, 'not', 'yet', 'there', `${run}.json`);
              await document.backup(backup);
              await document.dispose();
              document = await DatasetDocument.open(file, { backup });
              assert.equal(document.restoredOnChangedFile, false);
              for (const stack of [past, future, model.past, model.future]) stack.length = 0;
              break;
            }
          }
          await assertShows(document, model);
        }
        const copy = `${file}.copy`;
        await document.saveAs(copy);
        assert.ok((await readFile(copy)).equals(model.bytes()), 'bytes of the copy');
        while (past.length > 0) past.pop()!.undo();
        if (model.past.length > 0) model.state = model.past[0]!;
        await assertShows(document, model);
        await document.save();
        assert.ok((await readFile(file)).equals(model.save()), 'bytes after all is undone');
        await document.dispose();
      }),
      { seed: 3, numRuns: 250 },
    );
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  }).timeout(120_000);

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
