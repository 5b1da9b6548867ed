import { strict as assert } from 'node:assert';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { lineCuts } from '../../../src/dataset/lineCuts';
import { LineIndex, buildLineIndex } from '../../../src/dataset/lineIndex';
import { readLines } from '../../../src/dataset/lineReader';
import { anyFile, naiveLines } from './naiveFile';

describe('lineIndex', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-index-'));
    file = path.join(folder, 'a.jsonl');
  });
  after(() => rm(folder, { recursive: true }));

  async function compare(bytes: Buffer): Promise<void> {
    await writeFile(file, bytes);
    const index = await buildLineIndex(file);
    const lines = naiveLines(bytes);
    assert.equal(index.count, lines.length);
    let record = 0;
    lines.forEach(({ content, mark, blank, start }, line) => {
      const contentEnd = start + content.length;
      assert.deepEqual(
        index.range(line),
        { start, end: contentEnd + mark.length, contentEnd },
        `line ${line}`,
      );
      assert.equal(index.isBlank(line), blank, `line ${line} blank`);
      assert.equal(index.recordOfLine(line), blank ? undefined : record);
      if (!blank) assert.equal(index.lineOfRecord(record++), line);
    });
    assert.equal(index.recordCount, record);
    assert.equal(index.size, bytes.length);
    assert.equal(index.endsWithNewline, lines.length === 0 || bytes[bytes.length - 1] === 10);
    assert.equal(index.recordOfLine(lines.length), undefined);
  }

  it('finds the same lines as a byte-by-byte split', async () => {
    await fc.assert(fc.asyncProperty(anyFile, compare), { seed: 1, numRuns: 300 });
  }).timeout(60_000);

  it('joins lines and line ends that lie across reads', async () => {
    const chunk = 8 * 1024 * 1024;
    // \r is the last byte of the first read, \n the first of the second; then a blank line across the next border.
    const first = Buffer.concat([Buffer.alloc(chunk - 1, 'x'), Buffer.from('\r\n')]);
    const second = Buffer.concat([Buffer.alloc(chunk - 5, 'y'), Buffer.from('\n')]);
    const blank = Buffer.from(`${' '.repeat(20)}\n`);
    const notBlank = Buffer.from(`${' '.repeat(5)}z\n`);
    await compare(Buffer.concat([first, second, blank, notBlank, Buffer.from('end')]));
  }).timeout(20_000);

  it('is the same when stretches of the file are indexed one by one, in whatever way they are read', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.integer({ min: 1, max: 60 }), async (bytes, length) => {
        await writeFile(file, bytes);
        const handle = await open(file, 'r');
        const cuts = await lineCuts(handle, bytes.length, length);
        await handle.close();
        const parts = cuts.map(async (from, at) => {
          const index = await buildLineIndex(file, { from, to: cuts[at + 1], blocking: at % 2 === 0 });
          return index.pack();
        });
        const joined = LineIndex.join(await Promise.all(parts)).pack();
        assert.deepEqual(joined, (await buildLineIndex(file)).pack());
      }),
      { seed: 4, numRuns: 500 },
    );
  }).timeout(60_000);

  it('stops when it is cancelled', async () => {
    await writeFile(file, 'a\n');
    await assert.rejects(buildLineIndex(file, { signal: AbortSignal.abort() }), { name: 'CancelledError' });
  });

  it('is matched by the line reader, whatever the size of its reads', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.integer({ min: 3, max: 40 }), async (bytes, chunk) => {
        await writeFile(file, bytes);
        const lines = naiveLines(bytes);
        let at = 0;
        for await (const batch of readLines(file, { chunk })) {
          for (const line of batch) {
            const expected = lines[at++]!;
            assert.equal(line.number, at);
            assert.equal(line.offset, expected.start);
            assert.ok(line.bytes.equals(expected.content), `line ${at}`);
            assert.equal(line.length, expected.content.length);
          }
        }
        assert.equal(at, lines.length);
      }),
      { seed: 2, numRuns: 300 },
    );
  }).timeout(60_000);

  it('passes over the text of lines that are too long, and goes on behind them', async () => {
    await writeFile(file, `ab\n${'x'.repeat(100)}\ncd`);
    const lines = [];
    for await (const batch of readLines(file, { chunk: 8, longest: 50 })) lines.push(...batch);
    assert.deepEqual(
      lines.map(({ number, offset, length, bytes }) => [number, offset, length, bytes.toString()]),
      [
        [1, 0, 2, 'ab'],
        [2, 3, 100, ''],
        [3, 104, 2, 'cd'],
      ],
    );
  });
});
