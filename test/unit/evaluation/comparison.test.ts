import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { currentVotes, leftOf } from '../../../src/evaluation/comparison';
import type { Vote } from '../../../src/evaluation/comparison';
import { listComparisons } from '../../../src/evaluation/comparisonStore';
import type { Comparison } from '../../../src/evaluation/comparisonStore';
import {
  ANA,
  RUI,
  answered,
  answering,
  judge,
  newComparison,
  reread,
  sessionOf,
  votesOf,
} from './comparisonFiles';

const run = promisify(execFile);

describe('a blind comparison', () => {
  let comparison: Comparison;
  const root = (): string => path.resolve(comparison.folder, '../../..');
  beforeEach(async () => {
    comparison = await newComparison(4);
  });
  afterEach(() => rm(root(), { recursive: true }));

  it('puts the answers in an order that follows from seed, record and judge, and is as good as chance', () => {
    const lefts = (seed: number, person: string): string =>
      Array.from({ length: 400 }, (_, at) => leftOf(seed, `k${at}`, person)).join('');
    assert.equal(lefts(1, ANA), lefts(1, ANA));
    assert.equal(lefts(1, 'Ana S. <ANA@example.pt>'), lefts(1, ANA), 'a person is the address');
    assert.notEqual(lefts(1, ANA), lefts(1, RUI));
    assert.notEqual(lefts(1, ANA), lefts(2, ANA));
    const share = lefts(1, ANA).replaceAll('b', '').length / 400;
    assert.ok(share > 0.4 && share < 0.6, String(share));
  });

  it('makes answers ahead, the next records’ first, and shows none before both are there', async () => {
    const { ask, asked } = answering();
    let wait: Promise<void> = Promise.resolve();
    const session = sessionOf(comparison, ANA, async (...args) => {
      await wait;
      return ask(...args);
    });
    let open = (): void => undefined;
    wait = new Promise((resolve) => (open = resolve));
    session.start();
    assert.equal(session.item?.key, 'k0');
    assert.equal(session.item.answers, null);
    assert.equal(await session.vote('k0', 'left', ''), false, 'nothing can be judged yet');
    open();
    await answered(session);
    assert.notEqual(session.item.answers, null);
    assert.deepEqual(
      asked.map((each) => each.slice(0, 1)).join(''),
      'abbaabba',
      'each base and adapter serves two answers at a time',
    );
    await session.stop();
  });

  it('keeps every vote and answer, and goes on where it stopped', async () => {
    const first = sessionOf(comparison);
    await answered(first);
    await judge(first, 'b', ' Mais completa ');
    await judge(first, 'tie');
    await first.stop();

    const again = await reread(comparison);
    const { ask, asked } = answering();
    const second = sessionOf(again, ANA, ask);
    await answered(second);
    assert.deepEqual(asked, [], 'nothing is asked twice');
    assert.equal(second.item?.key, 'k2');
    assert.equal(second.judged, 2);
    await judge(second, 'a');
    await judge(second, 'bad');
    assert.equal(second.finished, true);
    assert.deepEqual(
      votesOf(await reread(comparison)).map(({ verdict }) => verdict),
      ['b', 'tie', 'a', 'bad'],
    );
    assert.equal((await reread(comparison)).votes[0]?.reason, 'Mais completa');
  });

  it('takes votes back one by one, also those of an earlier session', async () => {
    const first = sessionOf(comparison);
    await answered(first);
    await judge(first, 'b');
    const second = sessionOf(await reread(comparison));
    await judge(second, 'a');
    assert.equal(await second.undo(), true);
    assert.equal(second.item?.key, 'k1');
    assert.equal(await second.undo(), true);
    assert.equal(await second.undo(), false);
    assert.equal(second.canUndo, false);
    await judge(second, 'a');
    const { votes } = await reread(comparison);
    assert.equal(votes.length, 5, 'the file only grows');
    assert.deepEqual(
      currentVotes(votes).map(({ record, verdict }) => [record, verdict]),
      [['k0', 'a']],
    );
  });

  it('gives one vote for a key pressed twice, and none for a record that is no longer in sight', async () => {
    const session = sessionOf(comparison);
    await answered(session);
    const votes = await Promise.all([session.vote('k0', 'left', ''), session.vote('k0', 'left', '')]);
    assert.deepEqual(votes, [true, false]);
    assert.equal(await session.vote('k3', 'left', ''), false);
    assert.equal((await reread(comparison)).votes.length, 1);
  });

  it('does not ask about answers that are the same', async () => {
    const session = sessionOf(comparison, ANA, (by, messages) => {
      const text = messages.at(-1)?.content ?? '';
      return Promise.resolve({ text: text.startsWith('Pergunta 0') ? 'igual' : `${text}${by}`, stop: 'end' });
    });
    await answered(session);
    assert.equal(session.item?.key, 'k1');
    assert.deepEqual([session.records.length, session.same], [3, 1]);
  });

  it('says why answers fail, keeps those that are there, and goes on when asked to', async () => {
    const { ask } = answering();
    let broken = true;
    const session = sessionOf(comparison, ANA, (by, messages, signal) =>
      broken && messages.at(-1)?.content === 'Pergunta 1?'
        ? Promise.reject(new Error('no memory'))
        : ask(by, messages, signal),
    );
    await assert.rejects(answered(session), /no memory/);
    assert.equal(session.item?.answers === null, false);
    assert.equal(session.progress.made, 2);
    broken = false;
    await answered(session);
    assert.equal(session.failure, undefined);
  });

  it('stops in the middle of an answer, which is not kept', async () => {
    const session = sessionOf(
      comparison,
      ANA,
      (_by, _messages, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    session.start();
    await session.stop();
    assert.equal(session.failure, undefined);
    assert.equal(session.progress.made, 0);
  });

  it('survives lines that a crash tore', async () => {
    const session = sessionOf(comparison);
    await answered(session);
    await judge(session, 'a');
    const votes = (await readdir(comparison.folder)).find((name) => name.startsWith('votes-'))!;
    assert.match(votes, /^votes-ana-silva-[0-9a-f]{6}\.jsonl$/);
    await appendFile(path.join(comparison.folder, votes), '{"judge":"Ana Sil');
    await appendFile(path.join(comparison.folder, 'answers.jsonl'), '{"rec');
    const again = sessionOf(await reread(comparison));
    assert.equal(again.item?.key, 'k1');
    await judge(again, 'b');
    assert.deepEqual(
      votesOf(await reread(comparison)).map(({ verdict }) => verdict),
      ['a', 'b'],
    );
  });

  it('notes which votes were given after the results had been seen', async () => {
    const session = sessionOf(comparison);
    await answered(session);
    await judge(session, 'a');
    session.showedResults();
    await judge(session, 'a');
    const later = sessionOf(await reread(comparison));
    await judge(later, 'a');
    assert.deepEqual(
      (await reread(comparison)).votes.map(({ sawResults }) => sawResults === true),
      [false, true, true],
    );
  });

  it('is found again, and a broken one harms no other', async () => {
    const other = await newComparison(1, root());
    assert.equal((await listComparisons(root())).length, 2);
    await writeFile(path.join(other.folder, 'spec.json'), '{');
    assert.deepEqual(
      (await listComparisons(root())).map(({ spec }) => spec.id),
      [comparison.spec.id],
    );
    await assert.rejects(reread(other), { code: 'comparison/broken' });
  });

  it('is shared by git, and two judges’ work on two branches comes together', async () => {
    const git = (...args: string[]): Promise<unknown> =>
      run('git', ['-c', 'user.name=Ana', '-c', 'user.email=a@b.pt', ...args], { cwd: root() });
    await writeFile(path.join(root(), '.afina', 'private.txt'), 'x');
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-qm', 'begin');
    const { stdout } = await run('git', ['ls-files'], { cwd: root() });
    assert.ok(stdout.includes('records.jsonl') && !stdout.includes('private.txt'), stdout);

    const work = async (branch: string, person: string, verdict: 'a' | 'b'): Promise<void> => {
      await git('checkout', '-q', '-b', branch, 'main');
      const session = sessionOf(await reread(comparison), person);
      await answered(session);
      for (let at = 0; at < 4; at++) await judge(session, verdict);
      await git('add', '-A');
      await git('commit', '-qm', branch);
    };
    await work('ana', ANA, 'a');
    await work('rui', RUI, 'b');
    await git('merge', '-q', '--no-edit', 'ana');
    const merged = await reread(comparison);
    assert.equal(merged.votes.length, 8);
    assert.equal(currentVotes(merged.votes).length, 8);
    assert.equal(sessionOf(merged, ANA).finished, true);
    for (const { key } of merged.records)
      assert.ok(merged.answers.of(key, 'a') && merged.answers.of(key, 'b'));
  });

  it('counts the same votes in whatever order files hold them', () => {
    const vote = fc.record({
      judge: fc.constantFrom(ANA, RUI, 'Ana <ana@example.pt>'),
      record: fc.constantFrom('k0', 'k1', 'k2'),
      verdict: fc.constantFrom('a', 'b', 'tie', 'bad', null),
      left: fc.constantFrom('a', 'b'),
      reason: fc.constant(''),
      at: fc.integer({ min: 0, max: 1e9 }).map((ms) => new Date(ms).toISOString()),
      answers: fc.constant({ a: '', b: '' }),
    }) as fc.Arbitrary<Vote>;
    fc.assert(
      fc.property(
        fc.uniqueArray(vote, { selector: ({ at }) => at, maxLength: 30 }),
        fc.nat(),
        (votes, turn) => {
          const turned = [
            ...votes.slice(turn % (votes.length + 1)),
            ...votes.slice(0, turn % (votes.length + 1)),
          ];
          assert.deepEqual(currentVotes(turned.reverse()), currentVotes(votes));
          const places = currentVotes(votes).map(({ judge: who, record }) => `${who.slice(-15)} ${record}`);
          assert.equal(new Set(places).size, places.length);
        },
      ),
      { seed: 11 },
    );
  });
});
