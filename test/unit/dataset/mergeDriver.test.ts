import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CLI = path.join(process.cwd(), 'dist', 'cli.js');

describe('afina merge as git’s driver', function () {
  this.timeout(60_000);
  let folder: string;
  const git = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run('git', args, { cwd: folder });
  const write = (lines: readonly string[]): Promise<void> =>
    writeFile(path.join(folder, 'a.jsonl'), lines.map((each) => `${each}\n`).join(''));
  const commit = async (lines: readonly string[]): Promise<void> => {
    await write(lines);
    await git('commit', '--quiet', '-am', 'x');
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina driver '));
    await git('init', '--quiet', '--initial-branch=main');
    await git('config', 'user.name', 'Ana');
    await git('config', 'user.email', 'ana@example.pt');
    await git(
      'config',
      'merge.afina.driver',
      `"${process.execPath}" "${CLI}" merge %O %A %B --marker-size %L --path %P`,
    );
    await writeFile(path.join(folder, '.gitattributes'), '*.jsonl merge=afina\n');
    await write(['{"id":"a","x":1,"y":1}', '{"id":"b"}']);
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'base');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('merges what a merge by line cannot', async () => {
    await git('checkout', '--quiet', '-b', 'other');
    await commit(['{"id":"a","x":1,"y":2}', '{"id":"c"}', '{"id":"b"}']);
    await git('checkout', '--quiet', 'main');
    await commit(['{"id":"a","x":2,"y":1}', '{"id":"b"}', '{"id":"d"}']);
    await git('merge', '--quiet', '-m', 'merged', 'other');
    assert.equal(
      await readFile(path.join(folder, 'a.jsonl'), 'utf8'),
      '{"id":"a","x":2,"y":2}\n{"id":"c"}\n{"id":"b"}\n{"id":"d"}\n',
    );
  });

  it('leaves a conflict for git to see, with ours in the file and both beside it', async () => {
    await git('checkout', '--quiet', '-b', 'third');
    await commit(['{"id":"a","x":3,"y":2}', '{"id":"b"}']);
    await git('checkout', '--quiet', 'main');
    await commit(['{"id":"a","x":4,"y":2}', '{"id":"b"}']);
    await assert.rejects(git('merge', '--quiet', '-m', 'merged', 'third'));
    assert.match((await git('status', '--porcelain')).stdout, /^UU a\.jsonl$/m);
    assert.equal(
      await readFile(path.join(folder, 'a.jsonl'), 'utf8'),
      '{"id":"a","x":4,"y":2}\n{"id":"b"}\n',
    );
    const [line = ''] = (await readFile(path.join(folder, 'a.jsonl.conflicts'), 'utf8')).split('\n');
    const conflict = JSON.parse(line) as { id: string; fields: unknown };
    assert.deepEqual(conflict.fields, [{ path: ['x'], base: 2, ours: 4, theirs: 3 }]);
  });

  it('reports on a dataset', async () => {
    const { stdout } = await run(process.execPath, [CLI, 'review', path.join(folder, 'a.jsonl'), '--json']);
    assert.equal((JSON.parse(stdout) as { records: number }).records, 2);
  });
});
