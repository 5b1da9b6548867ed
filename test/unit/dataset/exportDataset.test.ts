import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { exportDataset } from '../../../src/dataset/export/exportDataset';
import type { ExportDatasetOptions } from '../../../src/dataset/export/exportDataset';
import { EXPORT_FORMATS, exportLosses, leftOut, surveyExport } from '../../../src/dataset/export/survey';
import type { ExportFormat } from '../../../src/dataset/export/survey';

const meta = { status: 'approved', sources: ['Decreto-Lei n.º 384/99'], topic: 'capitania' };
const user = (content: string): object => ({ role: 'user', content });
const answer = (content: string): object => ({ role: 'assistant', content });
const SINGLE = { id: 'a', messages: [user('Quem comanda?'), answer('O capitão.')], meta };
const SYSTEM = { id: 'b', messages: [{ role: 'system', content: 'S' }, user('p'), answer('r')], meta };
const LONG = { id: 'c', messages: [user('p1'), answer('r1'), user('p2'), answer('r2')], meta };
const ALPACA = { instruction: 'i', input: 'x', output: 'o', meta: { status: 'approved' } };
const BROKEN = { id: 'd', messages: [user('p')], meta };
const DRAFT = { id: 'e', messages: [user('p'), answer('r')], meta: { status: 'draft' } };
const PREFERENCE = { id: 'p', prompt: 'p', chosen: 'boa', rejected: 'má', meta };
const LISTS = {
  id: 'q',
  chosen: [user('a'), answer('b'), user('c'), answer('boa')],
  rejected: [user('a'), answer('b'), user('c'), answer('má')],
  meta: { status: 'approved' },
};

describe('exportDataset', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-exportar-'));
    file = path.join(folder, 'datasets', 'a.jsonl');
    await mkdir(path.dirname(file));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = (...records: object[]): Promise<void> =>
    writeFile(file, records.map((record) => JSON.stringify(record)).join('\n'));
  const run = (
    format: ExportFormat,
    options: Partial<ExportDatasetOptions> = {},
  ): ReturnType<typeof exportDataset> =>
    exportDataset({
      file,
      format,
      statuses: ['approved'],
      out: path.join(folder, `${format}.jsonl`),
      overwrite: false,
      ...options,
    });
  const lines = async (format: ExportFormat): Promise<unknown[]> =>
    (await readFile(path.join(folder, `${format}.jsonl`), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  const { sources } = meta;

  it('writes each format as its tool reads it', async () => {
    await write(SINGLE, SYSTEM, LONG, ALPACA, BROKEN, DRAFT);
    assert.deepEqual(await run('messages').then(({ records, leftOut: left }) => [records, left]), [4, 1]);
    assert.deepEqual((await lines('messages'))[0], { id: 'a', sources, messages: SINGLE.messages });
    await run('sharegpt');
    assert.deepEqual((await lines('sharegpt'))[1], {
      id: 'b',
      sources,
      conversations: [
        { from: 'system', value: 'S' },
        { from: 'human', value: 'p' },
        { from: 'gpt', value: 'r' },
      ],
    });
    assert.equal((await run('alpaca')).leftOut, 2);
    assert.deepEqual(await lines('alpaca'), [
      { instruction: 'Quem comanda?', input: '', output: 'O capitão.', id: 'a', sources },
      { instruction: 'p', input: '', system: 'S', output: 'r', id: 'b', sources },
      { instruction: 'i\nx', input: '', output: 'o' },
    ]);
    await run('prompt-completion');
    assert.deepEqual((await lines('prompt-completion'))[2], {
      prompt: LONG.messages.slice(0, 3),
      completion: LONG.messages.slice(3),
      id: 'c',
      sources,
    });
  });

  it('writes plain text where that says it all', async () => {
    await write(SINGLE);
    await run('prompt-completion');
    assert.deepEqual(await lines('prompt-completion'), [
      { prompt: 'Quem comanda?', completion: 'O capitão.', id: 'a', sources },
    ]);
  });

  it('writes preferences, from either way of keeping them', async () => {
    await write(PREFERENCE, SINGLE);
    assert.equal((await run('preference')).leftOut, 1);
    assert.deepEqual(await lines('preference'), [
      { prompt: 'p', chosen: 'boa', rejected: 'má', id: 'p', sources },
    ]);
    await write(PREFERENCE, LISTS);
    await run('preference', { overwrite: true });
    assert.deepEqual((await lines('preference'))[1], {
      prompt: LISTS.chosen.slice(0, 3),
      chosen: [answer('boa')],
      rejected: [answer('má')],
      id: 'q',
    });
    await run('messages');
    assert.deepEqual((await lines('messages'))[1], { id: 'q', messages: LISTS.chosen });
  });

  it('adds its entry to dataset_info.json and keeps the others', async () => {
    await writeFile(path.join(folder, 'dataset_info.json'), '{"outro": {"file_name": "x.json"}}');
    await write(LONG, SYSTEM);
    const { files } = await run('llama-factory');
    assert.deepEqual(
      files.map((each) => path.basename(each)),
      ['llama-factory.jsonl', 'dataset_info.json'],
    );
    assert.deepEqual(JSON.parse(await readFile(files[1]!, 'utf8')), {
      outro: { file_name: 'x.json' },
      'llama-factory': {
        file_name: 'llama-factory.jsonl',
        columns: {
          prompt: 'instruction',
          query: 'input',
          response: 'output',
          system: 'system',
          history: 'history',
        },
      },
    });
    assert.deepEqual((await lines('llama-factory'))[0], {
      instruction: 'p2',
      input: '',
      history: [['p1', 'r1']],
      output: 'r2',
      id: 'c',
      sources,
    });
    await write(PREFERENCE);
    await assert.rejects(run('llama-factory', { out: path.join(folder, 'llama-factory.jsonl') }), {
      code: 'export/exists',
    });
    await run('llama-factory', { overwrite: true });
    const info = JSON.parse(await readFile(files[1]!, 'utf8')) as Record<string, { ranking?: boolean }>;
    assert.equal(info['llama-factory']?.ranking, true);
    await writeFile(files[1]!, '{broken');
    await assert.rejects(run('llama-factory', { overwrite: true }), {
      name: 'UserError',
      code: 'export/config',
    });
    assert.equal(await readFile(files[1]!, 'utf8'), '{broken');
  });

  it('writes the datasets part of an Axolotl configuration', async () => {
    await write(SINGLE);
    const { files } = await run('axolotl');
    assert.deepEqual(parse(await readFile(files[1]!, 'utf8')), {
      datasets: [
        {
          path: 'axolotl.jsonl',
          ds_type: 'json',
          type: 'chat_template',
          field_messages: 'messages',
          message_property_mappings: { role: 'role', content: 'content' },
        },
      ],
    });
    await write(PREFERENCE);
    await run('axolotl', { overwrite: true });
    assert.equal((parse(await readFile(files[1]!, 'utf8')) as { rl?: string }).rl, 'dpo');
    assert.deepEqual((await lines('axolotl'))[0], {
      messages: [user('p')],
      chosen: answer('boa'),
      rejected: answer('má'),
      id: 'p',
      sources,
    });
  });

  it('says beforehand what will be left out, in every format', async () => {
    const many = {
      ...LISTS,
      chosen: [user('a'), answer('b'), user('c'), answer('d')],
      rejected: [user('a'), answer('z')],
    };
    for (const records of [
      [SINGLE, SYSTEM, LONG, ALPACA, BROKEN, PREFERENCE],
      [PREFERENCE, LISTS, many],
      [many, LONG],
    ]) {
      await write(...records);
      for (const format of EXPORT_FORMATS) {
        const survey = await surveyExport({ file, statuses: ['approved'] });
        assert.ok(exportLosses(format, survey).length > 0);
        const expected = survey.selected - leftOut(format, survey);
        const written = await run(format, { overwrite: true }).then(
          (result) => result.records,
          (error: unknown) => {
            assert.equal((error as { code?: string }).code, 'export/empty');
            return 0;
          },
        );
        assert.equal(written, expected, format);
      }
    }
  });

  it('replaces nothing unasked, and leaves nothing behind', async () => {
    await write(SINGLE, DRAFT);
    await writeFile(path.join(folder, 'messages.jsonl'), 'mine');
    await assert.rejects(run('messages'), { name: 'UserError', code: 'export/exists' });
    await assert.rejects(run('messages', { out: file, overwrite: true }), { code: 'export/exists' });
    await assert.rejects(run('messages', { statuses: ['rejected'], overwrite: true }), {
      code: 'export/empty',
    });
    await assert.rejects(run('messages', { overwrite: true, signal: AbortSignal.abort() }), {
      name: 'CancelledError',
    });
    assert.equal(await readFile(path.join(folder, 'messages.jsonl'), 'utf8'), 'mine');
    assert.deepEqual((await readdir(folder)).sort(), ['datasets', 'messages.jsonl']);
    assert.equal((await run('sharegpt', { statuses: ['draft', 'approved'] })).records, 2);
  });
});
