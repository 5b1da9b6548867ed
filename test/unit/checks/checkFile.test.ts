import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { checkFiles } from '../../../src/checks/checkFile';
import type { CheckFilesOptions, CheckResult } from '../../../src/checks/checkFile';
import { UserError } from '../../../src/protocol/errors';

const record = (id: string, question = `Pergunta de ${id}?`): string =>
  JSON.stringify({
    id,
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: 'Resposta.' },
    ],
  });

describe('checkFiles', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-check-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    const target = path.join(folder, name);
    await writeFile(target, content);
    return target;
  }
  const check = (files: string[], options: CheckFilesOptions = {}): Promise<CheckResult> =>
    checkFiles(files, { workers: 0, ...options });

  it('reads files as they come: byte order mark, CRLF, blank lines, no final line end', async () => {
    const target = await file(
      'crlf.jsonl',
      `\uFEFF\r\n${record('a')}\r\n \t\r\n{"id":\r\n${record('a', 'x')}`,
    );
    const { files, records, findings } = await check([target]);
    assert.deepEqual(files, [target]);
    assert.equal(records, 3);
    assert.deepEqual(
      findings.map(({ rule, line, id, start, end }) => [rule, line, id, start, end]),
      [
        ['schema/json', 4, null, 5, 6],
        ['schema/duplicate-id', 5, 'a', 6, 9],
      ],
    );
  });

  it('has nothing to say of an empty file', async () => {
    assert.deepEqual((await check([await file('empty.jsonl', '')])).findings, []);
  });

  it('reports broken bytes and goes on', async () => {
    const latin = Buffer.from(record('a', 'ação'), 'latin1');
    const target = await file('latin.jsonl', Buffer.concat([latin, Buffer.from(`\n${record('b')}\n`)]));
    const { records, findings } = await check([target]);
    assert.equal(records, 2);
    assert.deepEqual(
      findings.map(({ rule, line, start }) => [rule, line, start]),
      [['schema/encoding', 1, latin.indexOf(0xe7)]],
    );
  });

  it('checks lines of 10 MB', async () => {
    const target = await file('long.jsonl', `${record('a', 'x'.repeat(10_000_000))}\n${record('a')}\n`);
    const { findings } = await check([target], { maxTokens: 1000 });
    assert.deepEqual(
      findings.map(({ rule, line }) => [rule, line]),
      [
        ['length/not-checked', 1],
        ['schema/duplicate-id', 2],
      ],
    );
  }).timeout(10_000);

  it('says once that a file is one JSON document, and of which tool', async () => {
    const tasks = [{ id: 1, data: { text: 'x' }, annotations: [] }];
    for (const [name, content, guess] of [
      ['pretty', JSON.stringify(tasks, null, 2), /Label Studio/],
      ['line', JSON.stringify(tasks), /Label Studio/],
      [
        'large',
        JSON.stringify(Array.from({ length: 5000 }, () => ({ instruction: 'ç', input: '', output: 'y' }))),
        /Alpaca/,
      ],
      ['object', JSON.stringify({ conversations: [] }, null, 2), /ShareGPT/],
      ['unknown', JSON.stringify([{ a: 1 }], null, 2), /one JSON document/],
    ] as const) {
      const { findings, records } = await check([await file(`${name}.json`, content)]);
      assert.deepEqual(
        [findings.length, records, findings[0]?.rule, findings[0]?.line],
        [1, 0, 'schema/json', 1],
        name,
      );
      assert.match(findings[0]!.message, guess);
    }
    const lines = await check([await file('bracket.jsonl', `[\n${record('a')}\n`)]);
    assert.equal(lines.records, 2);
  });

  it('refuses what it cannot read', async () => {
    await mkdir(path.join(folder, 'folder'));
    for (const [target, message] of [
      [path.join(folder, 'none.jsonl'), /no file/],
      [path.join(folder, 'folder'), /folder|not a file/],
      [await file('utf16.jsonl', Buffer.from(`\uFEFF${record('a')}`, 'utf16le')), /UTF-16/],
      [
        await file('data.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100)])),
        /not a text file/,
      ],
      [
        await file('x.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])),
        /not a text file/,
      ],
      [
        await file('x.gz', Buffer.from([0x1f, 0x8b, 8, 1, 0xff, 0xfe, 0x81, 3, 0xed, 0x90, 0x41])),
        /not a text file/,
      ],
    ] as const) {
      await assert.rejects(check([target]), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.code, 'unusable-input');
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it('finds the same conversation in another file, and the same id only in its own', async () => {
    const first = await file('one.jsonl', `${record('a')}\n`);
    const second = await file('two.jsonl', `\n${record('a')}\n`);
    const { findings } = await check([first, second, first]);
    assert.deepEqual(
      findings.map(({ rule, file: where, line }) => [rule, where, line]),
      [['duplicate/exact', second, 2]],
    );
    assert.match(findings[0]!.message, /one\.jsonl, line 1 \(id a\)/);
  });

  it('does not take equal hashes for equal records', async () => {
    const records = Array.from({ length: 2000 }, (_, n) => record(`id-${n}`, `pergunta ${n}`));
    const target = await file('many.jsonl', records.join('\n'));
    assert.deepEqual((await check([target])).findings, []);
  });

  it('says once a file that lengths are not checked, and why', async () => {
    const long = (id: string): string => record(id, `${id} ${'x'.repeat(500)}`);
    const target = await file('length.jsonl', [record('a'), long('b'), long('c')].join('\n'));
    const none = await check([target], { maxTokens: 300 });
    assert.deepEqual(
      none.findings.map(({ rule, severity, line }) => [rule, severity, line]),
      [['length/not-checked', 'info', 2]],
    );
    const counter = { count: () => Promise.reject(new UserError('model/missing', 'no such model')) };
    const failing = await check([target], { maxTokens: 300, counter });
    assert.match(failing.findings[0]!.message, /no such model/);
    const broken = { count: () => Promise.reject(new Error('defect')) };
    await assert.rejects(check([target], { maxTokens: 300, counter: broken }), /defect/);
    const counting = { count: (all: unknown[]) => Promise.resolve(all.map((_, at) => 300 + at)) };
    const counted = await check([target], { maxTokens: 300, counter: counting });
    assert.deepEqual(
      counted.findings.map(({ rule, line }) => [rule, line]),
      [['length/tokens', 3]],
    );
    assert.deepEqual((await check([target])).findings, []);
  });

  it('stops when it is cancelled', async () => {
    const target = await file('cancel.jsonl', record('a'));
    await assert.rejects(check([target], { signal: AbortSignal.abort() }), { name: 'CancelledError' });
  });

  describe('with workers', () => {
    let workerFile: string;
    let large: string;
    before(async function () {
      this.timeout(60_000);
      workerFile = path.join(folder, 'checkWorker.js');
      await build({
        bundle: true,
        platform: 'node',
        format: 'cjs',
        mainFields: ['module', 'main'],
        entryPoints: ['src/checks/worker.ts'],
        outfile: workerFile,
        logLevel: 'error',
      });
      // Three stretches; twins, broken lines and blank lines in all of them.
      const filler = 'x'.repeat(1000);
      const lines = Array.from({ length: 36_000 }, (_, n) => {
        if (n % 9000 === 0) return record('same', `igual ${filler}`);
        if (n % 5000 === 1) return `{"id":"broken-${n}",`;
        if (n % 7000 === 2) return '';
        return record(`id-${n}`, `${n} ${filler}`);
      });
      large = await file('large.jsonl', `\uFEFF${lines.join('\r\n')}`);
    });

    it('finds the same as without', async () => {
      const alone = await check([large], { maxTokens: 500 });
      const progress: number[] = [];
      const together = await check([large], {
        workers: 2,
        workerFile,
        maxTokens: 500,
        onProgress: ({ bytes, total }) => progress.push(bytes / total),
      });
      assert.equal(alone.records, 36_000 - 6);
      assert.equal(alone.findings.filter(({ rule }) => rule === 'schema/duplicate-id').length, 3);
      assert.equal(alone.findings.filter(({ rule }) => rule === 'duplicate/exact').length, 3);
      assert.equal(alone.findings.filter(({ rule }) => rule === 'schema/json').length, 8);
      assert.deepEqual(together, alone);
      assert.ok(progress.length > 3 && progress.every((each, at) => each >= (progress[at - 1] ?? 0)));
      assert.ok((progress.at(-1) ?? 0) > 0.9);
    }).timeout(60_000);

    it('speaks the language it is told', async () => {
      const { findings } = await check([large], {
        workers: 1,
        workerFile,
        l10n: {
          'This is not JSON: a name in double quotes is missing here (or a comma is too many).':
            'Isto não é JSON',
        },
      });
      assert.ok(findings.some(({ message }) => message === 'Isto não é JSON'));
    }).timeout(60_000);

    it('rejects when a worker dies', async () => {
      const dying = await file('dying.js', 'setTimeout(() => process.exit(7), 10)');
      await assert.rejects(check([large], { workers: 2, workerFile: dying }), /ended with code 7/);
      const throwing = await file('throwing.js', 'throw new Error("no start")');
      await assert.rejects(check([large], { workers: 1, workerFile: throwing }), /no start/);
    }).timeout(20_000);

    it('stops at once when it is cancelled', async () => {
      const controller = new AbortController();
      const running = check([large], {
        workers: 2,
        workerFile,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await assert.rejects(running, { name: 'CancelledError' });
    }).timeout(20_000);
  });
});
