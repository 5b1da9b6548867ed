import type { Variety } from '../portuguese/varieties';
import { varietyOf } from '../portuguese/variety';
import type { AnswerScore } from '../runtime/protocol';
import { citationCount } from './answerCitations';
import { chrf } from './chrf';
import { countWords, rougeL, rougeLWords } from './rouge';
import type { EvaluationItem } from './spec';

/** What is measured of one answer; null where the record has nothing to measure it by. */
export interface Scores {
  /** 0 to 100. */
  readonly chrf: number | null;
  /** 0 to 1, as rouge-score counts words. */
  readonly rougeL: number | null;
  /** 0 to 1, of whole words. */
  readonly rougeLWords: number | null;
  readonly words: number;
  readonly tokens: number;
  /** From -1, surely the other variety, to 1, surely the wanted one. */
  readonly variety: number;
  readonly cited: number;
  readonly supported: number;
  /** Of the reference, in natural logarithms, and its tokens. */
  readonly logProbability: number | null;
  readonly referenceTokens: number | null;
}

export function scoresOf(
  item: EvaluationItem,
  answer: { readonly text: string; readonly tokens: number },
  reference: AnswerScore | null,
  variety: Variety,
): Scores {
  const { text, tokens } = answer;
  const against = (metric: (answer: string, reference: string) => number): number | null =>
    item.reference === null ? null : metric(text, item.reference);
  const towardsPortugal = varietyOf([text]).score;
  return {
    chrf: against(chrf),
    rougeL: against(rougeL),
    rougeLWords: against(rougeLWords),
    words: countWords(text),
    tokens,
    variety: variety === 'pt-BR' ? -towardsPortugal : towardsPortugal,
    ...citationCount(text, item.sources, item.messages),
    logProbability: reference?.logProbability ?? null,
    referenceTokens: reference?.tokens ?? null,
  };
}
