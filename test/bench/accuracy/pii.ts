import { identifiersIn } from '../../../src/portuguese/identifiers';
import { HELD_BACK, TUNED } from './identifierTemplates';
import { plantedTexts } from './identifierTexts';
import type { AccuracyRow } from './rows';
import { scored } from './score';

const TEXTS = 20_000;
const SEED = 1837;

/** By rule and in all, on generated texts; of those that the rules were not tuned on, too. */
export function accuracy(): Promise<AccuracyRow[]> {
  const rows = (templates: readonly string[], suffix: string): AccuracyRow[] =>
    scored(plantedTexts(templates, SEED, TEXTS), identifiersIn).map(({ kind, planted, found, wrong }) => ({
      rule: `pii/${kind === 'all' ? '*' : kind}${suffix}`,
      planted,
      found,
      wrong: wrong.length,
    }));
  return Promise.resolve([...rows(TUNED, ''), ...rows(HELD_BACK, ' (held back)')]);
}
