import { t } from '@vscode/l10n';
import { within } from '../dataset/timeLimit';
import { languageOf } from '../portuguese/languages';
import { varietyOf } from '../portuguese/variety';
import { citesIn } from './answerCitations';
import { expressionOf } from './expect';
import type { Check } from './expect';
import { countWords } from './rouge';

export interface Outcome {
  readonly check: Check;
  readonly passed: boolean;
  /** Why it failed; empty when it passed. */
  readonly reason: string;
}

/** Whether an answer meets a criterion; undefined when the judge says neither yes nor no. */
export type Judge = (criterion: string, answer: string) => Promise<boolean | undefined>;

/** An expression that takes longer than this on one answer backtracks for ever. */
const EXPRESSION_MS = 500;

/** What an answer is held against, one outcome for each check, in their order. */
export async function checkAnswer(
  answer: string,
  checks: readonly Check[],
  judge: Judge,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const reason = check.kind === 'judge' ? await judged(answer, check, judge) : failureOf(answer, check);
    outcomes.push({ check, passed: reason === undefined, reason: reason ?? '' });
  }
  return outcomes;
}

function failureOf(answer: string, { kind, wanted }: Omit<Check, 'path'>): string | undefined {
  switch (kind) {
    case 'contains':
      return plain(answer).includes(plain(wanted))
        ? undefined
        : t('The answer does not contain “{0}”.', wanted);
    case 'notContains':
      return plain(answer).includes(plain(wanted)) ? t('The answer contains “{0}”.', wanted) : undefined;
    case 'regex':
    case 'notRegex':
      return matched(answer, wanted, kind === 'regex');
    case 'cites':
      return citesIn(answer)(wanted) === true ? undefined : t('The answer does not cite “{0}”.', wanted);
    case 'notCites':
      return citesIn(answer)(wanted) === true ? t('The answer cites “{0}”.', wanted) : undefined;
    case 'variety':
      return inVariety(answer, wanted);
    case 'maxLength': {
      const words = countWords(answer);
      return words <= Number(wanted)
        ? undefined
        : t('The answer has {0} words, more than the {1} allowed.', words, wanted);
    }
    case 'judge':
      return undefined;
  }
}

/** Case and white space are no part of what is said. */
function plain(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');
}

function matched(answer: string, wanted: string, should: boolean): string | undefined {
  const expression = expressionOf(wanted);
  const found = within(EXPRESSION_MS, () => expression.test(answer));
  if (found === undefined) {
    return t(
      'The expression /{0}/ takes too long on this answer. Write it without nested repetitions.',
      wanted,
    );
  }
  if (found === should) return undefined;
  return should
    ? t('The answer does not match /{0}/.', wanted)
    : t('The answer matches /{0}/, which it must not.', wanted);
}

/** Where too little speaks for either variety, nothing is wrong. */
function inVariety(answer: string, wanted: string): string | undefined {
  const language = languageOf(answer);
  if (language !== undefined && language !== 'pt') return t('The answer is not in Portuguese.');
  const { label, score } = varietyOf([answer]);
  return label === wanted || label === 'undecided'
    ? undefined
    : t('The answer is in {0} (score {1}), not in {2}.', label, String(score), wanted);
}

async function judged(answer: string, { wanted }: Check, judge: Judge): Promise<string | undefined> {
  const verdict = await judge(wanted, answer);
  if (verdict === true) return undefined;
  return verdict === false
    ? t('The judge (the base model, a weak judge) says no: “{0}”', wanted)
    : t('The judge (the base model, a weak judge) says neither yes nor no: “{0}”', wanted);
}
