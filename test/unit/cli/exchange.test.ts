import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../../lab/paths.mjs';

const fixture = (name: string): string => path.join(ROOT, 'test', 'fixtures', 'import', name);

describe('afina import and export', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-cli-troca-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Standard output is one JSON document and nothing else, or this throws. */
  function json(args: readonly string[], code = 0): Promise<Record<string, unknown>> {
    const env = { ...process.env, LC_ALL: 'en_GB.UTF-8', LANG: 'en_GB.UTF-8', LANGUAGE: '' };
    const script = path.join(ROOT, 'dist', 'cli.js');
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        [script, ...args, '--json'],
        { cwd: folder, env },
        (error, stdout, stderr) => {
          try {
            assert.equal(error === null ? 0 : error.code, code, stderr);
            assert.equal(stdout.trimEnd().split('\n').length, 1);
            resolve(JSON.parse(stdout) as Record<string, unknown>);
          } catch (wrong) {
            reject(wrong instanceof Error ? wrong : new Error(String(wrong)));
          }
        },
      );
    });
  }

  it('makes a dataset of a table, adds to it, and gives it to another tool', async () => {
    const args = ['import', fixture('table-gzip.parquet'), '--to', 'd.jsonl', '--map', 'number=id'];
    const made = await json([...args, 'messages=ignore', 'question=prompt', 'answer=answer']);
    assert.deepEqual([made.source, made.records, made.skipped, made.renamed], ['parquet', 2, 1, 0]);
    assert.deepEqual((made.mapping as Record<string, string>).number, 'id');
    const taken = await json(['import', fixture('doccano.jsonl'), '--to', 'd.jsonl'], 2);
    assert.equal((taken.error as { code: string }).code, 'import/exists');
    const more = await json([
      'import',
      fixture('doccano.jsonl'),
      '--to',
      'd.jsonl',
      '--append',
      '--status',
      'approved',
    ]);
    assert.equal(more.records, 2);
    assert.equal((await readFile(path.join(folder, 'd.jsonl'), 'utf8')).trimEnd().split('\n').length, 4);
    const given = await json(['export', 'd.jsonl', '--format', 'axolotl', '--out', 'ax.jsonl']);
    assert.equal(given.records, 1);
    assert.deepEqual((await readdir(folder)).sort(), ['ax.axolotl.yaml', 'ax.jsonl', 'd.jsonl']);
  });

  it('names what is wrong: file and line, format, status, field', async () => {
    await writeFile(path.join(folder, 'open.csv'), 'pergunta,resposta\n"a,b\n');
    const { error } = await json(['import', 'open.csv', '--to', 'x.jsonl'], 2);
    assert.deepEqual((error as { place: unknown }).place, { file: path.join(folder, 'open.csv'), line: 2 });
    const wrong: [string[], string][] = [
      [['export', 'd.jsonl', '--format', 'odt', '--out', 'x.jsonl'], 'export/format'],
      [
        ['export', 'd.jsonl', '--format', 'alpaca', '--out', 'x.jsonl', '--statuses', 'bom'],
        'exchange/status',
      ],
      [['export', 'nada.jsonl', '--format', 'alpaca', '--out', 'x.jsonl'], 'file-missing'],
      [['import', fixture('doccano.jsonl'), '--to', 'x.jsonl', '--map', 'nada=prompt'], 'import/map'],
      [['import', fixture('doccano.jsonl'), '--to', 'x.jsonl', '--map', 'text=nada'], 'import/map'],
      [['import', fixture('doccano.jsonl'), '--to', 'x.jsonl', '--status', 'bom'], 'exchange/status'],
    ];
    for (const [args, code] of wrong) {
      const found = await json(args, 2);
      assert.equal((found.error as { code: string }).code, code, args.join(' '));
    }
    assert.ok(!(await readdir(folder)).includes('x.jsonl'));
  });
});
