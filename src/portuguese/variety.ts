import { marksIn } from './varietyMarks';
import { leaning } from './varietyModel';
import { tendenciesOf } from './varietyTendencies';

export type VarietyLabel = 'pt-PT' | 'pt-BR' | 'undecided';

export interface VarietyScore {
  readonly label: VarietyLabel;
  /** From -1, surely pt-BR, to 1, surely pt-PT; 0 only where there is nothing to go by. */
  readonly score: number;
}

/** Below this the two are too close to name one. */
const DECIDED = 0.2;
/** The same, where only statistics speak, which know newspapers better than law. */
const DECIDED_ALONE = 0.5;
/** Marks of one kind repeat each other: the tenth «facto» says little that the first did not. */
const REPEATED = 0.3;

/** What the marks and tendencies of texts come to, in natural logarithms of odds: positive for pt-PT. */
export function evidenceOf(texts: readonly string[]): number {
  let odds = 0;
  const seen = new Set<string>();
  for (const text of texts) {
    for (const { rule, side, weight } of marksIn(text)) {
      const repeated = seen.has(rule);
      seen.add(rule);
      odds += (side === 'PT' ? 1 : -1) * weight * (repeated ? REPEATED : 1);
    }
    odds += tendenciesOf(text);
  }
  return odds;
}

/** Which variety texts are written in, from all evidence together: words, spelling, grammar, and what is usual where. */
export function varietyOf(texts: readonly string[]): VarietyScore {
  const evidence = evidenceOf(texts);
  const score = Math.tanh((evidence + leaning(texts)) / 2);
  const least = evidence * score > 0 ? DECIDED : DECIDED_ALONE;
  const label = Math.abs(score) < least ? 'undecided' : score > 0 ? 'pt-PT' : 'pt-BR';
  return { label, score: Math.round(score * 1000) / 1000 };
}
