import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { ScrollMap } from '../../../webview/dataset-editor/scrollMap';

const ROW = 47;
const VIEW = 700;

function mapOf(rows: number): ScrollMap {
  const map = new ScrollMap();
  map.resize(rows * ROW, VIEW);
  return map;
}

describe('ScrollMap', () => {
  it('is the identity for lists that a browser can show', () => {
    const map = mapOf(1000);
    assert.equal(map.height, 47_000);
    assert.equal(map.scrolled(1234), 1234);
    assert.equal(map.shift, 0);
    assert.equal(map.goTo(999), 999);
  });

  it('keeps a million rows under what browsers allow, and reaches both ends', () => {
    const map = mapOf(1_000_000);
    assert.ok(map.height < 18_000_000);
    assert.equal(map.scrolled(map.height - VIEW), 47_000_000 - VIEW);
    assert.equal(map.scrolled(0), 0);
  });

  it('moves the list pixel by pixel under the wheel, wherever it is', () => {
    const map = mapOf(1_000_000);
    const top = map.goTo(20_000_000);
    assert.equal(map.scrolled(top + 100), 20_000_100);
    assert.equal(map.scrolled(top + 40), 20_000_040);
  });

  it('shows what was asked for inside the element, and no jump when the browser reports it back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200_000, max: 5_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, share) => {
          const map = mapOf(rows);
          const wanted = Math.floor(share * (rows * ROW - VIEW));
          const top = map.goTo(wanted);
          assert.ok(top >= 0 && top <= map.height - VIEW, `scrollTop ${top} of ${map.height}`);
          assert.equal(map.offset - map.shift, top);
          assert.equal(map.scrolled(top), wanted, 'the list stays where it was sent');
        },
      ),
      { seed: 7 },
    );
  });

  it('stays inside a list that became shorter', () => {
    const map = mapOf(1_000_000);
    map.goTo(46_000_000);
    map.resize(10 * ROW, VIEW);
    assert.equal(map.offset, 0);
  });
});
