import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { judge } from '../../../src/dataset/reviewText';
import { reviewReport } from '../../../src/dataset/reviewReport';
import type { Verdict } from '../../../src/dataset/review';

const ANA = 'Ana Silva <ana@example.pt>';
const RUI = 'Rui Costa <rui@example.pt>';
const EVA = 'Eva Reis <eva@example.pt>';

/** A record with these verdicts, one person after the other, of a project that wants two. */
function record(
  id: string,
  topic: string,
  status: string,
  ...verdicts: readonly (readonly [string, Verdict])[]
): string {
  let text = JSON.stringify({
    id,
    messages: [{ role: 'user', content: `Pergunta ${id}` }],
    meta: { topic, status },
  });
  verdicts.forEach(([by, verdict], at) => {
    const reason = verdict === 'rejected' ? 'Sem fonte' : '';
    text = judge(text, {
      by,
      at: `2026-03-0${at + 1}T10:00:00.000Z`,
      verdict,
      reason,
      blind: at < 2,
      reviewers: 2,
    });
  });
  return text;
}

describe('the review report', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-report-'));
    file = path.join(folder, 'a.jsonl');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('counts by status, topic and person, and lists what people differ on', async () => {
    const lines = [
      record('a', 'frete', 'review', [ANA, 'approved'], [RUI, 'approved']),
      record('b', 'frete', 'review', [ANA, 'approved'], [RUI, 'rejected']),
      '',
      record('c', 'avarias', 'review', [ANA, 'rejected'], [RUI, 'approved'], [EVA, 'rejected']),
      record('d', 'frete', 'approved'),
      record('e', '', 'draft'),
      record('f', 'frete', 'review', [ANA, 'approved']),
      'not json',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const shares: number[] = [];
    const report = await reviewReport(file, { reviewers: 2, progress: (share) => shares.push(share) });
    assert.equal(report.records, 7);
    assert.equal(report.unreadable, 1);
    assert.deepEqual(report.counts, { draft: 1, review: 2, approved: 2, rejected: 1 });
    assert.equal(report.approvedUnreviewed, 1);
    assert.deepEqual(
      report.topics.map(({ topic }) => topic),
      ['frete', '', 'avarias'],
    );
    assert.deepEqual(
      report.people.map(({ by, verdicts, blind, adjudications }) => [by, verdicts, blind, adjudications]),
      [
        [ANA, { approved: 3, rejected: 1, repair: 0 }, 4, 0],
        [RUI, { approved: 2, rejected: 1, repair: 0 }, 3, 0],
        [EVA, { approved: 0, rejected: 1, repair: 0 }, 0, 1],
      ],
    );
    assert.equal(report.agreement.rounds, 3);
    assert.equal(report.agreement.blind, 3);
    assert.equal(report.agreement.percent, 1 / 3);
    assert.deepEqual(
      report.agreement.pairs.map(({ people }) => people),
      [[ANA, RUI]],
    );
    assert.equal(report.agreement.pairs[0]?.kappa.items, 3);
    assert.deepEqual(
      report.disagreements.list.map(({ line, id, decided }) => [line, id, decided?.verdict ?? null]),
      [
        [2, 'b', null],
        [4, 'c', 'rejected'],
      ],
    );
    assert.deepEqual([report.disagreements.open, report.disagreements.decided], [1, 1]);
    assert.deepEqual(report.reasons, [{ reason: 'Sem fonte', count: 3 }]);
    assert.equal(shares.at(-1)! > 0.99, true);
  });

  it('is empty for a dataset without reviews, and says what file is missing', async () => {
    await writeFile(file, '');
    const report = await reviewReport(file, { reviewers: 1 });
    assert.deepEqual([report.records, report.people, report.agreement.alpha], [0, [], null]);
    await assert.rejects(reviewReport(path.join(folder, 'none.jsonl'), { reviewers: 1 }), {
      code: 'file-missing',
    });
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(reviewReport(file, { reviewers: 1, signal: controller.signal }), {
      name: 'CancelledError',
    });
  });
});
