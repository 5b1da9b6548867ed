import { strict as assert } from 'node:assert';
import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { DatasetDocument } from '../../../src/dataset/document';
import type { AppliedEdit, Change } from '../../../src/dataset/document';
import { NaiveDocument } from './naiveDocument';
import type { State } from './naiveDocument';
import { anyFile, naiveLines } from './naiveFile';
import type { NaiveRow } from './naiveFile';

/** What another program does to one line. */
interface Meddling {
  readonly kind: 'change' | 'keepId' | 'remove' | 'insert' | 'repeat' | 'swap';
  readonly at: number;
  readonly text: string;
}
type Action =
  | { kind: 'replace'; at: number; text: string }
  | { kind: 'insert'; at: number; texts: string[] }
  | { kind: 'delete'; at: number[] }
  | { kind: 'move'; at: number; to: number }
  | { kind: 'bulk'; replaced: number[]; removed: number[]; text: string }
  | { kind: 'external' | 'crash'; meddling: Meddling[]; inPlace: boolean }
  | { kind: 'resolve'; at: number; side: 'mine' | 'theirs' }
  | { kind: 'undo' | 'redo' | 'save' | 'revert' };

const plain = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .map((value) => JSON.stringify(value));
const withId = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9))
  .map(([id, n]) => JSON.stringify({ id, n }));
const text = fc.oneof(plain, withId);
const place = fc.nat(30);
const meddling = fc.array(
  fc.record({
    kind: fc.constantFrom<Meddling['kind'][]>(
      'change',
      'keepId',
      'keepId',
      'remove',
      'insert',
      'repeat',
      'swap',
    ),
    at: place,
    text,
  }),
  { maxLength: 4 },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), at: place, text }) },
  fc.record({ kind: fc.constant('insert' as const), at: place, texts: fc.array(text, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.array(place, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('move' as const), at: place, to: place }),
  fc.record({
    kind: fc.constant('bulk' as const),
    replaced: fc.array(place, { maxLength: 6 }),
    removed: fc.array(place, { maxLength: 3 }),
    text,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('external' as const, 'external' as const, 'crash' as const),
      meddling,
      inPlace: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant('resolve' as const),
    at: place,
    side: fc.constantFrom('mine' as const, 'theirs' as const),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redo' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'revert' as const) }) },
);

function meddled(bytes: Buffer, changes: readonly Meddling[]): Buffer {
  const lines = naiveLines(bytes).map(({ content, mark }) => Buffer.concat([content, mark]));
  const bom = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))
    ? bytes.subarray(0, 3)
    : Buffer.alloc(0);
  for (const { kind, at, text: written } of changes) {
    const index = at % Math.max(1, lines.length);
    const line = lines[index];
    const fresh = Buffer.from(`${written}\n`);
    if (kind === 'insert' || line === undefined) lines.splice(index, 0, fresh);
    else if (kind === 'change') lines[index] = fresh;
    else if (kind === 'remove') lines.splice(index, 1);
    else if (kind === 'repeat') lines.splice(index, 0, line);
    else if (kind === 'swap') lines.push(...lines.splice(index, 1));
    else {
      const id = /"id":("(?:[^"\\]|\\.)*")/.exec(line.toString('utf8'))?.[1] ?? '"a"';
      lines[index] = Buffer.from(`{"id":${id},"other":${written}}\n`);
    }
  }
  // Lines that had no end get one where others follow.
  const joined = lines.map((line, at) =>
    at < lines.length - 1 && line[line.length - 1] !== 10 ? Buffer.concat([line, Buffer.from('\n')]) : line,
  );
  return Buffer.concat([bom, ...joined]);
}

describe('edit sequences', () => {
  let folder: string;
  let names = 0;
  let clock = Math.floor(Date.now() / 1000) - 5_000_000;
  before(async () => {
    // Every save waits until the disk has it: in memory that is for nothing.
    folder = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'afina-sequences-'));
  });
  after(() => rm(folder, { recursive: true, maxRetries: 5 }));

  async function assertShows(document: DatasetDocument, model: NaiveDocument): Promise<void> {
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
    assert.deepEqual(
      document.conflicts.map(({ key, kind }) => [document.indexOf(key), kind]),
      model.openConflicts().map(([row, kind]) => [model.state.findIndex((each) => each.row === row), kind]),
    );
  }

  /** As another program does it: into the file itself, or a new one in its place. Always at another time. */
  async function writeAsOther(file: string, bytes: Buffer, inPlace: boolean): Promise<void> {
    const target = inPlace ? file : `${file}.other`;
    await writeFile(target, bytes);
    await utimes(target, ++clock, clock);
    if (!inPlace) await rename(target, file);
  }

  async function run(bytes: Buffer, actions: readonly Action[]): Promise<void> {
    const file = path.join(folder, `${names++}.jsonl`);
    const backup = `${file}.backups/b.json`;
    await writeFile(file, bytes);
    let document = await DatasetDocument.open(file);
    const model = new NaiveDocument(bytes);
    let disk = bytes;
    const past: AppliedEdit[] = [];
    const future: AppliedEdit[] = [];
    const movedBy = new Map<AppliedEdit, NaiveRow>();
    const moveAgain = (edit: AppliedEdit): void => {
      const row = movedBy.get(edit);
      if (row !== undefined) model.moved.add(row);
    };
    const forgetSteps = (): void => {
      past.length = 0;
      future.length = 0;
      model.forgetSteps();
    };
    const edit = (changes: Change[], next: State): void => {
      past.push(document.apply({ label: 'edit', changes }));
      future.length = 0;
      model.edit(next);
    };
    for (const step of actions) {
      const { state } = model;
      const keys = state.map((_, index) => document.row(index));
      const chosen = (at: readonly number[]): Set<number> =>
        new Set(keys.length === 0 ? [] : at.map((each) => each % keys.length));
      switch (step.kind) {
        case 'replace': {
          if (keys.length === 0) break;
          const at = step.at % keys.length;
          edit(
            [{ kind: 'replace', key: keys[at]!, text: step.text }],
            state.with(at, { row: state[at]!.row, content: Buffer.from(step.text) }),
          );
          model.touched.add(state[at]!.row);
          break;
        }
        case 'insert': {
          const at = step.at % (keys.length + 1);
          const rows = step.texts.map((each) => {
            const content = Buffer.from(each);
            return { row: model.known({ content, tail: null }), content };
          });
          edit([{ kind: 'insert', at, texts: step.texts }], state.toSpliced(at, 0, ...rows));
          for (const { row } of [...state.slice(Math.max(0, at - 1), at), ...rows]) model.touched.add(row);
          break;
        }
        case 'delete': {
          const at = chosen(step.at);
          if (keys.length === 0) break;
          for (const each of at) model.touched.add(state[each]!.row);
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
          const next = state.toSpliced(at, 1).toSpliced(to, 0, state[at]!);
          edit([{ kind: 'move', key: keys[at]!, to }], next);
          for (const { row } of next.slice(Math.max(0, to - 1), to + 1)) model.touched.add(row);
          movedBy.set(past.at(-1)!, state[at]!.row);
          model.moved.add(state[at]!.row);
          break;
        }
        case 'bulk': {
          const replaced = chosen(step.replaced);
          const removed = chosen(step.removed);
          for (const each of [...replaced, ...removed]) model.touched.add(state[each]!.row);
          edit(
            [
              ...[...replaced].map((at) => ({ kind: 'replace' as const, key: keys[at]!, text: step.text })),
              { kind: 'delete', keys: [...removed].map((at) => keys[at]!) },
            ],
            state
              .map((each, at) => (replaced.has(at) ? { ...each, content: Buffer.from(step.text) } : each))
              .filter((_, at) => !removed.has(at)),
          );
          break;
        }
        case 'undo': {
          const last = past.pop();
          if (last === undefined) break;
          last.undo();
          moveAgain(last);
          future.push(last);
          model.future.push(model.state);
          model.state = model.past.pop()!;
          break;
        }
        case 'redo': {
          const last = future.pop();
          if (last === undefined) break;
          last.redo();
          moveAgain(last);
          past.push(last);
          model.past.push(model.state);
          model.state = model.future.pop()!;
          break;
        }
        case 'save':
          await document.save();
          disk = model.save();
          assert.ok((await readFile(file)).equals(disk), 'saved bytes');
          break;
        case 'revert':
          // VS Code drops the edits behind the save; here both sides simply forget all of them.
          await document.revert();
          model.revert();
          forgetSteps();
          break;
        case 'external':
          // In place nothing is left of a line but what was kept of it: a backup waits for that.
          await document.backup(backup);
          disk = meddled(disk, step.meddling);
          await writeAsOther(file, disk, step.inPlace);
          await document.follow();
          model.follow(disk);
          forgetSteps();
          break;
        case 'crash':
          await document.backup(backup);
          await document.dispose();
          if (step.meddling.length > 0) {
            disk = meddled(disk, step.meddling);
            await writeAsOther(file, disk, step.inPlace);
          }
          document = await DatasetDocument.open(file, { backup });
          assert.equal(document.restoredOnChangedFile, step.meddling.length > 0);
          model.crash(step.meddling.length > 0 ? disk : undefined);
          forgetSteps();
          break;
        case 'resolve': {
          const open = document.conflicts;
          if (open.length === 0) break;
          const at = step.at % open.length;
          document.resolve(open[at]!.key, step.side, 'resolve');
          model.resolve(at, step.side);
          forgetSteps();
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
    await Promise.all(
      [file, copy, path.dirname(backup)].map((each) => rm(each, { recursive: true, force: true })),
    );
  }

  const sequences = (runs: number, longest: number, seed: number): Promise<void> =>
    fc.assert(fc.asyncProperty(anyFile, fc.array(action, { maxLength: longest }), run), {
      seed,
      numRuns: runs,
    });

  it('of ten thousand, each does what a plain list does, byte for byte: edits, undo, saves, other programs, crashes', async () => {
    // Four at a time: each waits for the file system most of the while.
    await Promise.all([
      sequences(2900, 6, 3),
      sequences(2900, 6, 4),
      sequences(2900, 6, 5),
      sequences(1300, 25, 6),
    ]);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  }).timeout(900_000);
});
