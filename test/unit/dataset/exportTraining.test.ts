import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportTraining } from '../../../src/dataset/exportTraining';
import type { ExportOptions } from '../../../src/dataset/exportTraining';

const messages = [
  { role: 'user', content: 'Pergunta?' },
  { role: 'assistant', content: 'Resposta – é.' },
];
const record = (id: string, status?: string, extra: object = {}): string =>
  JSON.stringify({
    id,
    messages,
    meta: { ...(status === undefined ? {} : { status }), topic: 't' },
    ...extra,
  });

describe('exportTraining', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-export-'));
    file = path.join(folder, 'a.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));
  const run = (options: Partial<ExportOptions> = {}): ReturnType<typeof exportTraining> =>
    exportTraining({
      file,
      statuses: ['approved'],
      evaluation: 0.2,
      seed: 1,
      outDir: path.join(folder, 'out', 'data'),
      ...options,
    });

  it('writes id and messages of the records of the wanted states, and nothing else of them', async () => {
    const approved = Array.from({ length: 40 }, (_, n) => record(`é-${n}`, 'approved', { secret: 1 }));
    await writeFile(
      file,
      `\uFEFF${approved.join('\r\n')}\r\n\r\n${record('d', 'draft')}\r\n${record('r', 'rejected')}\r\n${record('none')}\n{broken`,
    );
    const result = await run();
    assert.deepEqual(result.skipped, { draft: 1, rejected: 1, none: 1, unreadable: 1 });
    assert.deepEqual(
      result.problems.map(({ line }) => line),
      [45],
    );
    const ids: string[] = [];
    for (const side of [result.train, result.eval!]) {
      const bytes = await readFile(side.path);
      assert.equal(bytes.length, side.bytes);
      assert.equal(createHash('sha256').update(bytes).digest('hex'), side.sha256);
      const lines = bytes.toString('utf8').trimEnd().split('\n');
      assert.equal(lines.length, side.records);
      for (const line of lines) {
        const value = JSON.parse(line) as { id: string };
        assert.deepEqual(value, { id: value.id, messages });
        ids.push(value.id);
      }
    }
    assert.deepEqual(ids.sort(), approved.map((_, n) => `é-${n}`).sort());
    assert.deepEqual((await readdir(path.dirname(result.train.path))).sort(), ['eval.jsonl', 'train.jsonl']);
  });

  it('makes conversations of the records of other formats', async () => {
    const meta = { status: 'approved' };
    const lines = [
      {
        id: 'a',
        conversations: [
          { from: 'human', value: 'p' },
          { from: 'gpt', value: 'r' },
        ],
        meta,
      },
      { id: 'b', instruction: 'p', input: 'x', output: 'r', meta },
      { id: 'c', prompt: 'p', completion: 'r', meta },
    ];
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    const { train } = await run({ evaluation: 0 });
    const written = (await readFile(train.path, 'utf8')).trimEnd().split('\n');
    const talk = (question: string): object[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: 'r' },
    ];
    assert.deepEqual(
      written.map((line) => JSON.parse(line) as unknown),
      [
        { id: 'a', messages: talk('p') },
        { id: 'b', messages: talk('p\nx') },
        { id: 'c', messages: talk('p') },
      ],
    );
  });

  it('refuses preference records, which SFT cannot learn from', async () => {
    const preference = { id: 'p', prompt: 'p', chosen: 'a', rejected: 'b', meta: { status: 'approved' } };
    await writeFile(file, `${record('ok', 'approved')}\n${JSON.stringify(preference)}`);
    await assert.rejects(run(), {
      name: 'UserError',
      code: 'preference-records',
      message: /a\.jsonl:2 .*"dataset"/,
    });
    await writeFile(file, `${record('ok', 'approved')}\n${JSON.stringify({ ...preference, meta: {} })}`);
    assert.equal((await run({ evaluation: 0 })).skipped.none, 1);
  });

  describe('for preferences', () => {
    const meta = { status: 'approved', topic: 't' };
    const preference = (n: number): object => ({
      id: `p${n}`,
      prompt: `Pergunta ${n}, sobre o n.º ${n * 7}?`,
      chosen: `Resposta ${n}.`,
      rejected: 'Não sei.',
      meta,
    });
    const write = (records: readonly object[]): Promise<void> =>
      writeFile(file, records.map((each) => JSON.stringify(each)).join('\n'));
    const linesOf = async (written: string): Promise<unknown[]> =>
      (await readFile(written, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);

    it('writes id, prompt and both answers, and holds some out', async () => {
      await write(Array.from({ length: 20 }, (_, n) => preference(n)));
      const result = await run({ method: 'dpo' });
      assert.equal(result.train.records + result.eval!.records, 20);
      assert.ok(result.eval!.records > 0);
      const all = [...(await linesOf(result.train.path)), ...(await linesOf(result.eval!.path))];
      assert.equal(new Set(all.map((line) => (line as { id: string }).id)).size, 20);
      for (const line of all)
        assert.deepEqual(Object.keys(line as object), ['id', 'prompt', 'chosen', 'rejected']);
    });

    it('reads every way of writing them down', async () => {
      const turn = (role: string, content: string): object => ({ role, content });
      await write([
        { id: 'a', system: 's', prompt: 'p', chosen: 'x', rejected: 'y', meta },
        {
          id: 'b',
          prompt: [turn('system', 's'), turn('user', 'p')],
          chosen: [turn('assistant', 'x')],
          rejected: [turn('assistant', 'y')],
          meta,
        },
        {
          id: 'c',
          chosen: [turn('system', 's'), turn('user', 'p'), turn('assistant', 'x')],
          rejected: [turn('system', 's'), turn('user', 'p'), turn('assistant', 'y')],
          meta,
        },
        {
          id: 'd',
          conversations: [
            { from: 'system', value: 's' },
            { from: 'human', value: 'p' },
          ],
          chosen: { from: 'gpt', value: 'x' },
          rejected: { from: 'gpt', value: 'y' },
          meta,
        },
      ]);
      const { train } = await run({ method: 'dpo', evaluation: 0 });
      const prompt = [turn('system', 's'), turn('user', 'p')];
      assert.deepEqual(
        await linesOf(train.path),
        ['a', 'b', 'c', 'd'].map((id) => ({ id, prompt, chosen: 'x', rejected: 'y' })),
      );
    });

    it('refuses records of another kind, and names the first', async () => {
      await write([preference(1), { id: 'm', messages, meta }]);
      await assert.rejects(run({ method: 'dpo' }), {
        code: 'no-preferences',
        message: /a\.jsonl:2 .*"method: sft"/,
      });
      await write([preference(1), { id: 'm', messages, meta: { status: 'draft' } }]);
      assert.deepEqual((await run({ method: 'dpo', evaluation: 0 })).skipped, { draft: 1 });
    });

    it('refuses two answers that are the same, or that go on differently', async () => {
      const long = (text: string): object[] => [
        { role: 'user', content: 'p' },
        { role: 'assistant', content: text },
        { role: 'user', content: 'e?' },
        { role: 'assistant', content: text },
      ];
      await write([
        preference(1),
        { ...preference(2), chosen: 'Não sei. ' },
        { id: 'l', chosen: long('x'), rejected: long('y'), meta },
        { ...preference(3), rejected: 4 },
      ]);
      await assert.rejects(run({ method: 'dpo' }), (error: Error & { code: string }) => {
        assert.equal(error.code, 'broken-records');
        assert.ok(
          error.message.includes(`3 records`) && error.message.includes(`${file}:2, ${file}:3, ${file}:4`),
        );
        return true;
      });
    });
  });

  it('gives the same files for the same input', async () => {
    await writeFile(file, Array.from({ length: 30 }, (_, n) => record(`a${n}`, 'approved')).join('\n'));
    const [first, second] = [await run(), await run({ outDir: path.join(folder, 'again') })];
    assert.equal(first.train.sha256, second.train.sha256);
    assert.equal(first.eval?.sha256, second.eval?.sha256);
    assert.notEqual((await run({ seed: 2 })).train.sha256, first.train.sha256);
  });

  it('leaves no evaluation file of an earlier export lying about', async () => {
    await writeFile(file, [record('a', 'approved'), record('b', 'approved')].join('\n'));
    const { eval: held } = await run();
    assert.equal(held?.records, 1);
    assert.equal((await run({ evaluation: 0 })).eval, null);
    await assert.rejects(access(held.path));
  });

  it('refuses when a record that is to be trained is broken, and says where', async () => {
    await writeFile(
      file,
      [
        record('ok', 'approved'),
        JSON.stringify({ id: 'x', messages: [messages[0]], meta: { status: 'approved' } }),
        record('draft', 'draft', { messages: [] }),
        '{"id":"y","messages":[],"meta":{"status": "approved"},}',
      ].join('\n'),
    );
    await assert.rejects(run(), (error: Error & { code: string; details: { place: unknown } }) => {
      assert.equal(error.code, 'broken-records');
      assert.ok(error.message.includes(`${file}:2, ${file}:4`), error.message);
      assert.deepEqual(error.details.place, { file, line: 2 });
      return true;
    });
    await assert.rejects(access(path.join(folder, 'out')));
  });

  it('says when there is nothing to train, and when there is no file', async () => {
    await writeFile(file, record('a', 'draft'));
    await assert.rejects(run(), { name: 'UserError', code: 'nothing-to-train' });
    await rm(file);
    await assert.rejects(run(), { name: 'UserError', code: 'file-missing' });
  });

  it('gives records without an id one that depends on what they say', async () => {
    const line = JSON.stringify({ messages, meta: { status: 'approved' } });
    await writeFile(file, line);
    const { train } = await run();
    const { id } = JSON.parse(await readFile(train.path, 'utf8')) as { id: string };
    assert.match(id, /^sha256-[0-9a-f]{16}$/);
  });

  it('stops when it is cancelled', async () => {
    await writeFile(file, record('a', 'approved'));
    await assert.rejects(run({ signal: AbortSignal.abort() }), { name: 'CancelledError' });
  });
});
