import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countRecords } from '../../../src/features/datasets/datasetCounts';

describe('counts of a dataset', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-counts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function counts(text: string): ReturnType<typeof countRecords> {
    const file = path.join(folder, 'd.jsonl');
    await writeFile(file, text);
    return countRecords(file);
  }

  it('counts states, and what has none, or a strange one, or is broken, as a draft', async () => {
    const lines = [
      '{"meta":{"status":"approved"}}',
      '',
      '{"meta":{"status":"rejected"}}',
      '{"messages":[{"content":"\\"status\\":\\"approved\\""}]}',
      '{"meta":{"status":"done"}}',
      'null',
      '{broken',
      '{"meta":{"status":"approved"}}',
    ];
    assert.deepEqual(await counts(lines.join('\r\n')), {
      records: 7,
      byStatus: { draft: 4, review: 0, approved: 2, rejected: 1 },
    });
  });

  it('counts an empty file', async () => {
    assert.deepEqual(await counts(''), {
      records: 0,
      byStatus: { draft: 0, review: 0, approved: 0, rejected: 0 },
    });
  });

  it('only counts a file that is too large to read for a label', async () => {
    const line = `{"meta":{"status":"approved"},"x":"${'a'.repeat(1_000_000)}"}\n`;
    assert.deepEqual(await counts(line.repeat(33)), { records: 33, byStatus: null });
  });

  it('stops when it is told to', async () => {
    const file = path.join(folder, 'd.jsonl');
    await writeFile(file, '{}\n');
    await assert.rejects(countRecords(file, AbortSignal.abort()));
  });
});
