import { UnitTally, cohenKappa, krippendorffAlpha, percentAgreement } from '../dataset/agreement';
import { personKey, personName } from '../dataset/review';
import type { ComparisonResults, JudgeAgreement, Tally } from '../protocol/compareView';
import { currentVotes } from './comparison';
import type { ComparisonVerdict, Vote } from './comparison';
import { signTest, wilson } from './proportions';

/**
 * What the votes have come to: for each judge, and for all together. Together each record counts once, for what more of
 * its judges preferred (or as a tie): several votes on one record are not independent, and the tests need that.
 */
export function comparisonResults(votes: readonly Vote[], records: number, same: number): ComparisonResults {
  const current = currentVotes(votes);
  const byJudge = groups(current, ({ judge }) => personKey(judge));
  const byRecord = groups(current, ({ record }) => record);
  const votesOfJudges = [...byJudge.values()].sort((x, y) => nameOf(x).localeCompare(nameOf(y)));
  const judges = votesOfJudges.map((own) => ({
    judge: nameOf(own),
    tally: tallyOf(own.flatMap(({ verdict }) => verdict ?? [])),
    /** Given after the judge had asked for the results. */
    sawResults: own.filter(({ sawResults }) => sawResults === true).length,
  }));
  return {
    records,
    same,
    judges,
    together: tallyOf([...byRecord.values()].map(majority)),
    agreement: agreementOf(votesOfJudges, [...byRecord.values()]),
    reasons: reasonsOf(current),
  };
}

function tallyOf(verdicts: readonly ComparisonVerdict[]): Tally {
  const count = (wanted: ComparisonVerdict): number => verdicts.filter((each) => each === wanted).length;
  const [a, b] = [count('a'), count('b')];
  return {
    a,
    b,
    ties: count('tie'),
    bad: count('bad'),
    winRate: wilson(b, a + b),
    signTest: signTest(b, a),
  };
}

/** More votes for one than for the other; else both badly when most say so, else a tie. */
function majority(votes: readonly Vote[]): ComparisonVerdict {
  const count = (wanted: ComparisonVerdict): number =>
    votes.filter(({ verdict }) => verdict === wanted).length;
  const [a, b] = [count('a'), count('b')];
  if (a !== b) return a > b ? 'a' : 'b';
  return count('bad') * 2 > votes.length ? 'bad' : 'tie';
}

function agreementOf(
  judges: readonly (readonly Vote[])[],
  records: readonly (readonly Vote[])[],
): JudgeAgreement | null {
  const shared = records.filter((votes) => votes.length > 1);
  if (shared.length === 0) return null;
  const tally = new UnitTally();
  for (const votes of shared) tally.add(votes.map(({ verdict }) => verdict ?? ''));
  const pairs = judges.flatMap((first, at) =>
    judges.slice(at + 1).flatMap((second) => {
      const other = new Map(second.map(({ record, verdict }) => [record, verdict ?? '']));
      const both = first.flatMap(({ record, verdict }): [string, string][] => {
        const theirs = other.get(record);
        return theirs === undefined ? [] : [[verdict ?? '', theirs]];
      });
      if (both.length === 0) return [];
      return {
        people: [nameOf(first), nameOf(second)] as const,
        records: both.length,
        equal: both.filter(([x, y]) => x === y).length / both.length,
        kappa: cohenKappa(both)?.value ?? null,
      };
    }),
  );
  return {
    records: shared.length,
    percent: percentAgreement(tally) ?? null,
    alpha: krippendorffAlpha(tally)?.value ?? null,
    pairs,
  };
}

function reasonsOf(votes: readonly Vote[]): ComparisonResults['reasons'] {
  const found = new Map<string, { reason: string; a: number; b: number; other: number }>();
  for (const { reason, verdict } of votes) {
    if (reason === '') continue;
    const entry = found.get(reason) ?? { reason, a: 0, b: 0, other: 0 };
    entry[verdict === 'a' || verdict === 'b' ? verdict : 'other']++;
    found.set(reason, entry);
  }
  const total = ({ a, b, other }: { a: number; b: number; other: number }): number => a + b + other;
  return [...found.values()].sort((x, y) => total(y) - total(x));
}

/** As the newest vote writes it. */
function nameOf(votes: readonly Vote[]): string {
  return personName(votes.at(-1)?.judge ?? '');
}

function groups(votes: readonly Vote[], keyOf: (vote: Vote) => string): Map<string, Vote[]> {
  const found = new Map<string, Vote[]>();
  for (const each of votes) {
    const key = keyOf(each);
    const group = found.get(key);
    if (group === undefined) found.set(key, [each]);
    else group.push(each);
  }
  return found;
}
