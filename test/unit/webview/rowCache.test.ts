import { strict as assert } from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import type { RowSummary } from '../../../src/protocol/datasetEditor';
import { RowCache } from '../../../webview/dataset-editor/rowCache';

function row(index: number, title = `title ${index}`): RowSummary {
  const blank = {
    topic: '',
    status: '',
    broken: false,
    conflict: false,
    edited: false,
    errors: 0,
    warnings: 0,
  };
  return { key: 1000 + index, index, id: `r-${index}`, title, ...blank };
}

/** A source of `total` rows that notes what was asked for, and answers when it is told to. */
function source(total: number): {
  cache: RowCache;
  asked: number[];
  errors: unknown[];
  title: { text: string | undefined };
  fail: { next: boolean };
} {
  const asked: number[] = [];
  const errors: unknown[] = [];
  const title: { text: string | undefined } = { text: undefined };
  const fail = { next: false };
  const cache = new RowCache({
    load: async (from, count) => {
      asked.push(from);
      await turn();
      if (fail.next) {
        fail.next = false;
        throw new Error('gone');
      }
      const length = Math.max(0, Math.min(count, total - from));
      return { total, rows: Array.from({ length }, (_, at) => row(from + at, title.text)) };
    },
    onChange: () => undefined,
    onError: (error) => errors.push(error),
  });
  return { cache, asked, errors, title, fail };
}

async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe('RowCache', () => {
  it('fetches a page once, however many of its rows are drawn', async () => {
    const { cache, asked } = source(1000);
    for (let index = 0; index < 30; index++) assert.equal(cache.at(index), undefined);
    await settle();
    assert.deepEqual(asked, [0]);
    assert.equal(cache.at(29)?.id, 'r-29');
  });

  it('asks for what came into sight last, not for all that was passed', async () => {
    const { cache, asked } = source(1_000_000);
    for (let page = 0; page < 500; page++) cache.at(page * 100);
    await settle();
    assert.ok(asked.length <= 5, `${asked.length} pages were fetched`);
    assert.equal(asked[0], 49_900);
  });

  it('shows old rows until their successors are here', async () => {
    const { cache, title } = source(100);
    await cache.fetch(5);
    title.text = 'newer';
    cache.invalidate();
    assert.equal(cache.at(5)?.title, 'title 5');
    await settle();
    assert.equal(cache.at(5)?.title, 'newer');
  });

  it('does not keep an answer that became old on its way', async () => {
    const { cache, asked, title } = source(100);
    const first = cache.fetch(0);
    title.text = 'newer';
    cache.invalidate();
    assert.equal((await first)?.title, 'newer');
    assert.equal(asked.length, 2);
  });

  it('replaces rows by their keys', async () => {
    const { cache, asked } = source(100);
    await cache.fetch(0);
    cache.update([row(3, 'edited')]);
    assert.equal(cache.at(3)?.title, 'edited');
    assert.equal(cache.at(4)?.title, 'title 4');
    assert.equal(asked.length, 1);
  });

  it('tells of a failure and fetches again when the rows are drawn again', async () => {
    const { cache, errors, fail } = source(100);
    fail.next = true;
    cache.at(0);
    await settle();
    assert.equal(errors.length, 1);
    assert.equal(cache.at(0), undefined);
    await settle();
    assert.equal(cache.at(0)?.id, 'r-0');
  });

  it('holds a bounded number of pages', async () => {
    const { cache } = source(1_000_000);
    for (let page = 0; page < 80; page++) await cache.fetch(page * 100);
    assert.equal([...cache.known()].length, 6000);
  });
});
