import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decideConflicts, readConflicts, writeConflicts } from '../../../src/dataset/mergeDecisions';
import { conflictsFile, mergeFiles } from '../../../src/dataset/mergeFiles';

describe('decisions on conflicts of a merge', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-decide-'));
    file = path.join(folder, 'a.jsonl');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const text = (lines: readonly string[]): string => lines.map((each) => `${each}\n`).join('');

  it('are written field by field, and what is not decided stays a conflict', async () => {
    const [base, theirs] = [path.join(folder, 'b'), path.join(folder, 't')];
    await writeFile(
      base,
      text(['{"id":"a","x":0, "y":0}', '{"id":"b","x":0}', '{"id":"c","x":0}', '{"id":"d","x":0}']),
    );
    await writeFile(file, text(['{"id":"a","x":1, "y":1}', '{"id":"b","x":1}', '{"id":"d","x":1}']));
    await writeFile(theirs, text(['{"id":"a","x":2.0, "y":2}', '{"id":"c","x":2}', '{"id":"d","x":2}']));
    const { conflicts } = await mergeFiles({ base, ours: file, theirs, out: file, reviewers: 1 });
    await writeConflicts(file, conflicts);
    assert.deepEqual(
      (await readConflicts(file)).map(({ id, kind }) => [id, kind]),
      [
        ['a', 'changed'],
        ['c', 'deletedByOurs'],
        ['b', 'deletedByTheirs'],
        ['d', 'changed'],
      ],
    );
    const left = await decideConflicts(file, [['theirs', 'mine'], ['mine'], ['mine'], [null]]);
    assert.deepEqual(
      left.map(({ id }) => id),
      ['d'],
    );
    assert.equal(
      await readFile(file, 'utf8'),
      text(['{"id":"a","x":2.0, "y":1}', '{"id":"b","x":1}', '{"id":"d","x":1}']),
    );
    assert.deepEqual(await decideConflicts(file, [['theirs']]), []);
    assert.equal((await readFile(file, 'utf8')).split('\n')[2], '{"id":"d","x":2}');
    await assert.rejects(readFile(conflictsFile(file)), { code: 'ENOENT' });
  });

  it('refuse a file that no merge wrote', async () => {
    await writeFile(conflictsFile(file), '{"id":1}\n');
    await assert.rejects(readConflicts(file), { code: 'merge/unreadable' });
  });
});
