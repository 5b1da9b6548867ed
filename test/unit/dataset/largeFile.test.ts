import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatasetDocument } from '../../../src/dataset/document';

const MB = 1024 * 1024;
const LINES_OF_BLOCK = 1024;

async function hashOf(file: string, end: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: end - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

describe('a dataset of 200 MB', () => {
  let folder: string;
  let file: string;
  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(path.join(tmpdir(), 'afina-large-'));
    file = path.join(folder, 'a.jsonl');
    // 1 kB a record.
    const line = JSON.stringify({ id: 'x', messages: [], text: 'ç'.repeat(490) }).padEnd(1023 - 490) + '\n';
    const block = Buffer.from(line.repeat(LINES_OF_BLOCK));
    const handle = await open(file, 'w');
    for (let written = 0; written < 200 * MB; written += block.length) await handle.write(block);
    await handle.close();
  });
  after(() => rm(folder, { recursive: true }));

  it('is opened, edited at its end and saved without being held in memory', async () => {
    const { size } = await stat(file);
    let peak = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
    const document = await DatasetDocument.open(file);
    assert.equal(document.count % LINES_OF_BLOCK, 0);
    const last = document.count - 1;
    const [row] = await document.read(last, 5);
    assert.ok(row!.text!.startsWith('{"id":"x"'));
    const head = size - Buffer.byteLength(row!.text!) - 1;
    const hash = await hashOf(file, head);
    document.apply({ label: 'a', changes: [{ kind: 'replace', key: row!.key, text: '{"id":"last"}' }] });
    await document.save();
    assert.equal((await document.read(last, 1))[0]!.text, '{"id":"last"}');
    clearInterval(timer);
    peak = Math.max(peak, process.memoryUsage().rss);
    await document.dispose();
    assert.equal((await stat(file)).size, head + '{"id":"last"}\n'.length);
    assert.equal(await hashOf(file, head), hash);
    assert.ok(peak - before < 120 * MB, `grew by ${Math.round((peak - before) / MB)} MB`);
  }).timeout(60_000);
});
