import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { mergeFiles } from '../../../src/dataset/mergeFiles';
import type { MergeResult } from '../../../src/dataset/mergeFiles';
import { mergeRecord } from '../../../src/dataset/mergeRecord';
import { reviewOf } from '../../../src/dataset/review';
import { afterEdit, judge } from '../../../src/dataset/reviewText';
import { setTurnContent } from '../../../src/dataset/recordText';

const LINE =
  '{ "id":"dm-1", "messages":[{"role":"user","content":"Ol\\u00e1?"},{"role":"assistant","content":"Sim."}], "meta":{"topic":"a","status":"review","n":1.50} }';
const AT = '2026-03-01T10:00:00.000Z';
const ANA = 'Ana Silva <ana@example.pt>';
const RUI = 'Rui Costa <rui@example.pt>';

interface Parsed {
  readonly meta: { readonly status: string };
}
const statusOf = (text: string): string => (JSON.parse(text) as Parsed).meta.status;
const verdict = (text: string, by: string, of: 'approved' | 'rejected', reviewers = 1): string =>
  judge(text, { by, at: AT, verdict: of, reason: '', blind: false, reviewers });

describe('merging one record', () => {
  it('takes each side’s fields, as that side writes them', () => {
    const ours = LINE.replace('"Sim."', '"Sim, de facto."');
    const theirs = LINE.replace('Ol\\u00e1?', 'Bom dia?').replace('"topic":"a"', '"topic": "b"');
    const { text, conflicts } = mergeRecord(LINE, ours, theirs, 1);
    assert.deepEqual(conflicts, []);
    assert.equal(text, theirs.replace('"Sim."', '"Sim, de facto."'));
  });

  it('keeps ours and says which field both changed', () => {
    const ours = LINE.replace('"Sim."', '"Sim!"');
    const theirs = LINE.replace('"Sim."', '"Não."').replace('"n":1.50', '"n":2.50');
    const { text, conflicts } = mergeRecord(LINE, ours, theirs, 1);
    assert.equal(text, ours.replace('1.50', '2.50'));
    assert.deepEqual(conflicts, [
      { path: ['messages', 1, 'content'], base: 'Sim.', ours: 'Sim!', theirs: 'Não.' },
    ]);
  });

  it('brings verdicts of two people together, and the state that follows from them', () => {
    const ours = verdict(LINE, ANA, 'approved', 2);
    const same = mergeRecord(LINE, ours, verdict(LINE, RUI, 'approved', 2), 2);
    assert.deepEqual([statusOf(same.text), same.conflicts], ['approved', []]);
    const differ = mergeRecord(LINE, verdict(LINE, ANA, 'approved'), verdict(LINE, RUI, 'rejected'), 1);
    assert.deepEqual([statusOf(differ.text), differ.conflicts], ['review', []]);
    assert.equal(reviewOf(JSON.parse(differ.text)).disagreement, true);
  });

  it('lets a verdict lapse that was given on a text which the other side changed', () => {
    const edited = setTurnContent(LINE, 1, 'Não.');
    for (const [ours, theirs] of [
      [edited, verdict(LINE, RUI, 'approved')],
      [verdict(LINE, RUI, 'approved'), edited],
    ] as const) {
      const { text, conflicts } = mergeRecord(LINE, ours, theirs, 1);
      assert.deepEqual(conflicts, []);
      assert.equal(statusOf(text), 'review');
      assert.deepEqual(reviewOf(JSON.parse(text)).verdicts, []);
      assert.ok(text.includes('"Não."'));
    }
    const approved = verdict(LINE, ANA, 'approved');
    const again = afterEdit(approved, setTurnContent(approved, 1, 'Não.'), RUI, AT);
    const { text } = mergeRecord(approved, again, verdict(approved, RUI, 'approved'), 1);
    assert.equal(statusOf(text), 'review');
  });
});

describe('merging datasets', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-merge-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function merge(
    base: string,
    ours: string,
    theirs: string,
  ): Promise<{ text: string; result: MergeResult }> {
    const file = (name: string): string => path.join(folder, name);
    await Promise.all([writeFile(file('b'), base), writeFile(file('o'), ours), writeFile(file('t'), theirs)]);
    const result = await mergeFiles({
      base: file('b'),
      ours: file('o'),
      theirs: file('t'),
      out: file('o'),
      reviewers: 1,
    });
    return { text: await readFile(file('o'), 'utf8'), result };
  }

  it('puts what theirs added where it stands there, behind what we added', async () => {
    const line = (id: string): string => `{"id":"${id}"}`;
    const file = (...ids: string[]): string => ids.map((id) => `${line(id)}\n`).join('');
    const { text } = await merge(
      file('a', 'b', 'c'),
      file('a', 'x', 'b', 'c', 'z'),
      file('n', 'a', 'y', 'c', 'w'),
    );
    assert.equal(text, file('n', 'a', 'x', 'y', 'c', 'z', 'w'));
  });

  it('keeps byte order mark, line ends, blank lines and lines that are no record', async () => {
    const base = '\uFEFF{"id":"a"}\r\n\r\nbroken\r\n{"id":"b"}';
    const { text, result } = await merge(base, base, `${base}\n{"id":"c"}\n`);
    assert.equal(text, '\uFEFF{"id":"a"}\r\n\r\nbroken\r\n{"id":"b"}\r\n{"id":"c"}\n');
    assert.deepEqual(result.conflicts, []);
  });

  it('keeps a record that one side changed and the other deleted, and says so', async () => {
    const changed = '{"id":"a","x":2}\n';
    for (const [ours, theirs, kind] of [
      [changed, '', 'deletedByTheirs'],
      ['', changed, 'deletedByOurs'],
    ] as const) {
      const { text, result } = await merge('{"id":"a","x":1}\n', ours, theirs);
      assert.equal(text, changed);
      assert.deepEqual(
        result.conflicts.map((each) => [each.id, each.line, each.kind]),
        [['a', 1, kind]],
      );
    }
  });

  /** What a branch did to a file: every record by its id has a version, or is gone. */
  const branch = fc.record({
    versions: fc.array(fc.constantFrom('keep', 'keep', 'keep', 'x', 'y', 'both', 'gone'), {
      minLength: 8,
      maxLength: 8,
    }),
    added: fc.array(fc.nat({ max: 8 }), { maxLength: 4 }),
  });

  it('loses no record, is the same every time, and agrees with a naive merge', async () => {
    const make = (at: number, x: string, y: string): string => `{"id":"r${at}", "x":"${x}","y":"${y}"}`;
    await fc.assert(
      fc.asyncProperty(branch, branch, async (left, right) => {
        const ids = Array.from({ length: 8 }, (_, at) => at);
        const base = ids.map((at) => make(at, '0', '0'));
        const build = (side: typeof left, name: string): string[] => {
          const lines = ids.flatMap((at): string[] => {
            const version = side.versions[at];
            if (version === 'gone') return [];
            if (version === 'keep') return [base[at]!];
            return [make(at, version === 'y' ? '0' : name, version === 'x' ? '0' : name)];
          });
          side.added.forEach((at, index) =>
            lines.splice(Math.min(at, lines.length), 0, `{"id":"${name}${index}"}`),
          );
          return lines;
        };
        const text = (lines: readonly string[]): string => lines.map((each) => `${each}\n`).join('');
        const [ours, theirs] = [build(left, 'L'), build(right, 'R')];
        const merged = await merge(text(base), text(ours), text(theirs));
        assert.deepEqual(merged, await merge(text(base), text(ours), text(theirs)));
        const lines = merged.text.split('\n').slice(0, -1);
        const found = new Map(lines.map((each) => [(JSON.parse(each) as { id: string }).id, each]));
        assert.equal(found.size, lines.length, 'a record is there twice');
        const conflicts = new Set(merged.result.conflicts.map(({ id }) => id));
        for (const at of ids) {
          const [a, b] = [left.versions[at]!, right.versions[at]!];
          const pick = (field: 'x' | 'y'): string => {
            if (a === field || a === 'both') return 'L';
            return b === field || b === 'both' ? 'R' : '0';
          };
          const changes = (version: string): boolean => version !== 'keep' && version !== 'gone';
          const gone = (a === 'gone' && !changes(b)) || (b === 'gone' && !changes(a));
          const clash =
            (a === 'gone' && changes(b)) ||
            (b === 'gone' && changes(a)) ||
            (['x', 'y'] as const).some((f) => [a, b].every((v) => v === f || v === 'both'));
          assert.equal(found.get(`r${at}`), gone ? undefined : make(at, pick('x'), pick('y')), `${a} ${b}`);
          assert.equal(conflicts.has(`r${at}`), clash, `${a} ${b}`);
        }
        for (const [side, name] of [
          [left, 'L'],
          [right, 'R'],
        ] as const) {
          side.added.forEach((_, index) =>
            assert.equal(found.get(`${name}${index}`), `{"id":"${name}${index}"}`),
          );
        }
        // Our lines are in our order.
        const order = lines.map((each) => (JSON.parse(each) as { id: string }).id);
        const own = ours.map((each) => (JSON.parse(each) as { id: string }).id).filter((id) => found.has(id));
        assert.deepEqual(
          order.filter((id) => own.includes(id)),
          own,
        );
      }),
      { seed: 5, numRuns: 120 },
    );
  }).timeout(60_000);
});
