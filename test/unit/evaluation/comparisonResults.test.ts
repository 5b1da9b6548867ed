import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportTraining } from '../../../src/dataset/exportTraining';
import { checkRows } from '../../../src/checks/checkFile';
import { appendExport, exportComparison, exportName } from '../../../src/evaluation/comparisonExport';
import { chooseRecords } from '../../../src/evaluation/comparisonRecords';
import { comparisonResults } from '../../../src/evaluation/comparisonResults';
import type { Comparison } from '../../../src/evaluation/comparisonStore';
import { ANA, RUI, answered, judge, newComparison, reread, sessionOf } from './comparisonFiles';

type Verdicts = readonly ('a' | 'b' | 'tie' | 'bad')[];

interface Line {
  readonly id: string;
  readonly prompt: unknown;
  readonly chosen?: unknown;
  readonly rejected?: unknown;
  readonly completion?: unknown;
  readonly label?: boolean;
  readonly meta: { readonly status: string; readonly comparison: Record<string, unknown> };
}

/** Rules that find something of the whole record's kind; what its texts say is the models' own. */
async function faults(text: string): Promise<string[]> {
  const rows = text
    .trim()
    .split('\n')
    .map((each, at) => ({ line: at + 1, text: each }));
  const findings = await checkRows('a.jsonl', rows, {});
  return findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('schema/'));
}

describe('what a comparison comes to', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-results-'));
  });
  after(() => rm(folder, { recursive: true }));

  const judged = async (ana: Verdicts, rui: Verdicts = []): Promise<Comparison> => {
    const comparison = await newComparison(Math.max(ana.length, rui.length), folder);
    for (const [person, verdicts] of [
      [ANA, ana],
      [RUI, rui],
    ] as const) {
      const session = sessionOf(await reread(comparison), person);
      await answered(session);
      for (const verdict of verdicts) await judge(session, verdict, verdict === 'b' ? 'Mais completa' : '');
    }
    return reread(comparison);
  };
  const lines = (comparison: Comparison, format: 'preference' | 'kto'): Line[] =>
    exportComparison(comparison, comparison.votes, format).lines.map((each) => JSON.parse(each) as Line);

  it('counts for each judge, and each record once for all together', async () => {
    const { votes } = await judged(['b', 'b', 'b', 'a', 'tie', 'bad'], ['b', 'a', 'b', 'tie', 'tie', 'bad']);
    const { judges, together, agreement, reasons } = comparisonResults(votes, 6, 0);
    assert.deepEqual(
      judges.map(({ judge: name, tally: { a, b, ties, bad } }) => [name, a, b, ties, bad]),
      [
        ['Ana Silva', 1, 3, 1, 1],
        ['Rui Costa', 1, 2, 2, 1],
      ],
    );
    assert.equal(judges[0]?.tally.winRate?.value, 0.75);
    assert.equal(judges[0].tally.signTest, 0.625);
    // k1: one vote each is a tie; k3: one vote against a tie decides.
    assert.deepEqual([together.a, together.b, together.ties, together.bad], [1, 2, 2, 1]);
    assert.equal(agreement?.records, 6);
    assert.equal(agreement.percent, 4 / 6);
    assert.deepEqual(agreement.pairs[0]?.people, ['Ana Silva', 'Rui Costa']);
    assert.ok(agreement.pairs[0].kappa! > 0.4 && agreement.pairs[0].kappa! < 0.7);
    assert.deepEqual(reasons, [{ reason: 'Mais completa', a: 0, b: 5, other: 0 }]);
  });

  it('has no rate without a preference, and no agreement without a record in common', async () => {
    const { votes } = await judged(['tie', 'bad']);
    const { together, agreement } = comparisonResults(votes, 2, 0);
    assert.deepEqual([together.winRate, together.signTest, agreement], [null, null, null]);
    assert.equal(comparisonResults([], 2, 0).judges.length, 0);
  });

  it('becomes preferences that DPO trains on, with their provenance', async () => {
    const comparison = await judged(['b', 'a', 'tie', 'bad', 'b'], ['b', 'b', 'a', 'bad']);
    const result = exportComparison(comparison, comparison.votes, 'preference');
    // k1: they contradict each other; k2: a tie takes nothing from the other's preference; k3: nobody preferred one.
    assert.deepEqual([result.lines.length, result.contradictory, result.undecided], [3, 1, 1]);
    const [first] = lines(comparison, 'preference');
    assert.deepEqual(
      [first?.prompt, first?.chosen, first?.rejected],
      ['Pergunta 0?', 'Pergunta 0? – b', 'Pergunta 0? – a'],
    );
    assert.deepEqual(first?.meta, {
      topic: 'avarias',
      status: 'approved',
      sources: ['Decreto-Lei n.º 352/86'],
      comparison: {
        id: comparison.spec.id,
        record: 'r-0',
        chosen: { model: 'tiny', run: 'r1', scale: 0.5 },
        rejected: { model: 'tiny', run: null },
        votes: [
          { judge: ANA, verdict: 'chosen', reason: 'Mais completa', at: '2026-03-01T00:00:11.000Z' },
          { judge: RUI, verdict: 'chosen', reason: 'Mais completa', at: '2026-03-01T00:00:01.500Z' },
        ].sort((x, y) => x.at.localeCompare(y.at)),
      },
    });
    const file = path.join(folder, exportName(comparison.spec, 'preference'));
    assert.match(path.basename(file), /^direito-dpo-[0-9a-f]{6}\.jsonl$/);
    assert.equal(await appendExport(file, result), 3);
    assert.equal(await appendExport(file, result), 0, 'what is there already is not written again');
    const { train } = await exportTraining({
      file,
      method: 'dpo',
      statuses: ['approved'],
      evaluation: 0,
      seed: 1,
      outDir: path.join(folder, 'out'),
    });
    assert.equal(train.records, 3);
    assert.deepEqual(await faults(await readFile(file, 'utf8')), []);
  });

  it('becomes rows with a label, of which no job learns the bad ones', async () => {
    const comparison = await judged(['b', 'tie', 'bad', 'a'], ['bad']);
    const rows = lines(comparison, 'kto');
    assert.deepEqual(
      rows.map(({ completion, label, meta }) => [completion, label, meta.status]),
      [
        // Both judges say that a is bad; of b one says so, and one does not.
        ['Pergunta 0? – a', false, 'rejected'],
        ['Pergunta 2? – a', false, 'rejected'],
        ['Pergunta 2? – b', false, 'rejected'],
        ['Pergunta 3? – a', true, 'approved'],
        ['Pergunta 3? – b', false, 'rejected'],
      ],
    );
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    const file = path.join(folder, exportName(comparison.spec, 'kto'));
    await writeFile(file, '{"id":"x","prompt":"p","completion":"c","label":true}\n');
    assert.equal(await appendExport(file, exportComparison(comparison, comparison.votes, 'kto')), 5);
    assert.equal((await readFile(file, 'utf8')).split('\n').length, 7);
    assert.deepEqual(await faults(await readFile(file, 'utf8')), []);
  });

  it('keeps the system prompt and earlier turns', async () => {
    const comparison = await judged(['b']);
    const talk = {
      ...comparison,
      records: comparison.records.map((record) => ({
        ...record,
        prompt: [
          { role: 'system' as const, content: 's' },
          { role: 'user' as const, content: 'p' },
        ],
      })),
    };
    const [first] = lines(talk, 'preference');
    assert.deepEqual(first?.prompt, talk.records[0]?.prompt);
    assert.deepEqual(first?.chosen, [{ role: 'assistant', content: 'Pergunta 0? – b' }]);
  });

  it('has nothing to export where nobody preferred anything', async () => {
    const comparison = await judged(['tie']);
    const result = exportComparison(comparison, comparison.votes, 'preference');
    await assert.rejects(appendExport(path.join(folder, 'x.jsonl'), result), {
      code: 'comparison/nothing-to-export',
    });
  });

  describe('of records', () => {
    const line = (at: number, extra: object = {}): object => ({
      id: `r${at}`,
      messages: [
        { role: 'user', content: `Pergunta ${at}, sobre o n.º ${at * 13}?` },
        { role: 'assistant', content: `Resposta ${at * 7}.` },
      ],
      meta: { status: 'approved' },
      ...extra,
    });
    let dataset: string;
    before(async () => {
      dataset = path.join(folder, 'all.jsonl');
      const records = [
        ...Array.from({ length: 30 }, (_, at) => line(at)),
        line(3, { id: 'again' }),
        line(40, { meta: { status: 'rejected' } }),
        { id: 'sys', messages: [{ role: 'assistant', content: 'x' }] },
      ];
      await writeFile(dataset, `${records.map((each) => JSON.stringify(each)).join('\n')}\n{broken\n`);
    });

    it('takes the same ones for the same seed, none twice, none rejected', async () => {
      const all = await chooseRecords({ dataset, count: 100, seed: 1 });
      assert.equal(all.length, 30);
      assert.equal(new Set(all.map(({ key }) => key)).size, 30);
      const some = await chooseRecords({ dataset, count: 5, seed: 1 });
      assert.deepEqual(some, all.slice(0, 5));
      assert.notDeepEqual(await chooseRecords({ dataset, count: 5, seed: 2 }), some);
      assert.ok(
        some.every(
          ({ prompt, reference }) => prompt.length === 1 && reference?.startsWith('Resposta') === true,
        ),
      );
    });

    it('takes exactly what a job holds out', async () => {
      const settings = { statuses: ['approved'], evaluation: 0.3, seed: 5 } as const;
      const held = await exportTraining({ ...settings, file: dataset, outDir: path.join(folder, 'held') });
      const ids = (await readFile(held.eval!.path, 'utf8'))
        .trim()
        .split('\n')
        .map((each) => (JSON.parse(each) as { id: string }).id);
      const found = await chooseRecords({ dataset, count: 100, seed: 1, heldOut: settings });
      assert.deepEqual(found.map(({ id }) => id).sort(), ids.filter((id) => id !== 'again').sort());
      await assert.rejects(
        chooseRecords({ dataset, count: 3, seed: 1, heldOut: { ...settings, evaluation: 0 } }),
        {
          code: 'comparison/no-records',
        },
      );
    });
  });
});
