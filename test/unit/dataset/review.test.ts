import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { awaits, decisionOf, isAuthor, personName, reviewOf } from '../../../src/dataset/review';
import type { Verdict } from '../../../src/dataset/review';
import { afterEdit, judge, submitForReview } from '../../../src/dataset/reviewText';
import { duplicateRecordText, setMeta, setTurnContent } from '../../../src/dataset/recordText';

const ANA = 'Ana Silva <ana@example.pt>';
const RUI = 'Rui Costa <rui@example.pt>';
const EVA = 'Eva Reis <eva@example.pt>';
const AT = '2026-03-01T10:00:00.000Z';
const LINE =
  '{ "id":"dm-1", "messages":[{"role":"user","content":"Ol\\u00e1?"},{"role":"assistant","content":"Sim."}], "meta":{"status":"review","n":1.50} }';

function give(
  text: string,
  by: string,
  verdict: Verdict,
  options: { reviewers?: number; reason?: string } = {},
): string {
  const { reviewers = 1, reason = '' } = options;
  return judge(text, { by, at: AT, verdict, reason, blind: false, reviewers });
}
const metaOf = (text: string): Record<string, unknown> =>
  (JSON.parse(text) as { meta: Record<string, unknown> }).meta;

describe('reviews', () => {
  it('approve, reject and send back, and touch nothing else of the line', () => {
    const approved = give(LINE, ANA, 'approved');
    assert.equal(
      approved,
      LINE.replace(
        '"status":"review","n":1.50',
        `"status":"approved","n":1.50,"reviews":[{"by":"${ANA}","at":"${AT}","verdict":"approved"}]`,
      ),
    );
    assert.equal(metaOf(give(LINE, ANA, 'rejected', { reason: 'Sem fonte' })).status, 'rejected');
    const repair = give(LINE, ANA, 'repair', { reason: 'Falta o artigo' });
    assert.equal(metaOf(repair).status, 'draft');
    assert.equal(reviewOf(JSON.parse(repair)).verdicts[0]?.reason, 'Falta o artigo');
  });

  it('keep the bytes of what the list has', () => {
    const before = LINE.replace('"n":1.50', '"reviews": [ {"by":"J\\u00f3", "x":1.0} ]');
    const after = give(before, ANA, 'approved');
    assert.ok(after.includes('"reviews": [ {"by":"J\\u00f3", "x":1.0}, {"by":"Ana'), after);
  });

  it('only ever append', () => {
    const step = fc.oneof(
      fc.record({
        by: fc.constantFrom(ANA, RUI, EVA),
        verdict: fc.constantFrom<Verdict>('approved', 'rejected', 'repair'),
        blind: fc.boolean(),
      }),
      fc.constant('submit' as const),
      fc.string().map((text) => ({ text })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (steps, reviewers) => {
        let text = LINE;
        for (const each of steps) {
          const before = text;
          if (each === 'submit') text = submitForReview(text, ANA, AT);
          else if ('text' in each) text = afterEdit(text, setTurnContent(text, 1, each.text), RUI, AT);
          else text = judge(text, { ...each, at: AT, reason: '', reviewers });
          const was = (metaOf(before).reviews ?? []) as unknown[];
          const is = (metaOf(text).reviews ?? []) as unknown[];
          assert.deepEqual(is.slice(0, was.length), was);
          assert.ok(is.length - was.length <= 1);
          const status = metaOf(text).status;
          if (status === 'approved' && metaOf(before).status !== 'approved') {
            assert.equal(decisionOf(reviewOf(JSON.parse(text)), reviewers), 'approved');
          }
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('take an approved record back to review when its content is edited, and start a round', () => {
    const approved = give(LINE, ANA, 'approved');
    const edited = afterEdit(approved, setTurnContent(approved, 1, 'Não.'), RUI, AT);
    assert.equal(metaOf(edited).status, 'review');
    assert.deepEqual((metaOf(edited).reviews as unknown[])[1], {
      by: RUI,
      at: AT,
      event: 'edited',
      round: 2,
    });
    assert.deepEqual(reviewOf(JSON.parse(edited)).verdicts, []);
    const again = give(edited, ANA, 'approved');
    assert.deepEqual((metaOf(again).reviews as unknown[])[2], {
      by: ANA,
      at: AT,
      verdict: 'approved',
      round: 2,
    });
    assert.equal(metaOf(again).status, 'approved');
    // A second edit of what is in review again adds nothing.
    assert.equal(
      afterEdit(edited, setTurnContent(edited, 1, 'Talvez.'), RUI, AT),
      setTurnContent(edited, 1, 'Talvez.'),
    );
  });

  it('count sources as content, and neither id nor topic', () => {
    const approved = give(LINE, ANA, 'approved');
    const status = (after: string): unknown => metaOf(afterEdit(approved, after, RUI, AT)).status;
    assert.equal(status(setMeta(approved, 'sources', ['Lei n.º 1/2000'])), 'review');
    assert.equal(status(setMeta(approved, 'topic', 'outro')), 'approved');
    assert.equal(status(approved.replace('dm-1', 'dm-2')), 'approved');
    assert.equal(status(setMeta(approved, 'status', 'draft')), 'draft');
  });

  it('wait for as many people as the project wants', () => {
    const one = give(LINE, ANA, 'approved', { reviewers: 2 });
    assert.equal(metaOf(one).status, 'review');
    assert.equal(awaits(JSON.parse(one), ANA, 2), false);
    assert.equal(awaits(JSON.parse(one), RUI, 2), true);
    // The same person twice is one person.
    assert.equal(metaOf(give(one, ANA, 'approved', { reviewers: 2 })).status, 'review');
    assert.equal(metaOf(give(one, RUI, 'approved', { reviewers: 2 })).status, 'approved');
  });

  it('stay in review when two people differ, until a third one decides', () => {
    const two = give(give(LINE, ANA, 'approved', { reviewers: 2 }), RUI, 'rejected', { reviewers: 2 });
    assert.equal(metaOf(two).status, 'review');
    assert.equal(reviewOf(JSON.parse(two)).disagreement, true);
    const decided = give(two, EVA, 'rejected', { reviewers: 2 });
    assert.equal(metaOf(decided).status, 'rejected');
    const review = reviewOf(JSON.parse(decided));
    assert.equal(review.adjudication?.by, EVA);
    assert.equal(review.disagreement, false);
    // One of the two may also change their mind.
    assert.equal(metaOf(give(two, RUI, 'approved', { reviewers: 2 })).status, 'approved');
  });

  it('ask as many people as the project wants before anybody decides between them', () => {
    const three = { reviewers: 3 };
    const two = give(give(LINE, ANA, 'approved', three), RUI, 'rejected', three);
    assert.equal(awaits(JSON.parse(two), EVA, 3), true);
    const all = give(two, EVA, 'approved', three);
    assert.equal(reviewOf(JSON.parse(all)).adjudication, undefined);
    assert.equal(reviewOf(JSON.parse(all)).verdicts.length, 3);
    assert.equal(metaOf(all).status, 'review');
    assert.equal(awaits(JSON.parse(all), 'Zé <ze@example.pt>', 3), false);
  });

  it('can be asked for again by hand', () => {
    const again = setMeta(give(LINE, ANA, 'approved'), 'status', 'review');
    assert.equal(awaits(JSON.parse(again), ANA, 1), true);
  });

  it('begin anew when the record is submitted again', () => {
    const sent = submitForReview(LINE, ANA, AT);
    assert.deepEqual(metaOf(sent).reviews, [{ by: ANA, at: AT, event: 'submitted' }]);
    const back = give(sent, RUI, 'repair');
    const again = submitForReview(back, ANA, AT);
    assert.equal(metaOf(again).status, 'review');
    assert.deepEqual(reviewOf(JSON.parse(again)).verdicts, []);
    assert.equal(reviewOf(JSON.parse(again)).round, 2);
  });

  it('are not copied with the record', () => {
    const copy = duplicateRecordText(give(LINE, ANA, 'approved'), 'dm-9');
    assert.deepEqual(metaOf(copy), { status: 'draft', n: 1.5 });
  });

  it('refuse a line that is no record, and survive a history that is not ours', () => {
    assert.throws(() => give('not json', ANA, 'approved'), /Repair it first/);
    assert.throws(() => give('[1]', ANA, 'approved'), /Repair it first/);
    const odd = LINE.replace('"n":1.50', '"reviews":"no list"');
    assert.equal(metaOf(give(odd, ANA, 'approved')).status, 'approved');
    assert.deepEqual(
      reviewOf({ meta: { reviews: [null, 1, {}, { verdict: 'great', by: 'x' }] } }).entries,
      [],
    );
  });

  it('know an author by name or address', () => {
    assert.equal(personName(ANA), 'Ana Silva');
    for (const author of ['Ana Silva', 'ana@example.pt', ANA, 'ANA SILVA'])
      assert.ok(isAuthor(author, ANA), author);
    assert.equal(isAuthor('Rui Costa', ANA), false);
    assert.equal(isAuthor('', ANA), false);
  });
});
