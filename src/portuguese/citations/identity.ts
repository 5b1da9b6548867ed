import type { Diploma } from './citation';
import { NAMED } from './codes';
import { fullYear } from './pieces';

/**
 * What makes two mentions the same diploma. Two are the same when they share a key, or when one names a year and the
 * other none.
 */
export interface Identity {
  /** Kind and number, without the year: `decreto-lei|352`, `ue|2016/679`, `code|cc`. */
  readonly key: string;
  readonly year?: number;
  /** Words of a title that tell it from others of its kind. */
  readonly words?: readonly string[];
}

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

const IDLE = new Set(
  'a as ao aos com da das de do dos e em entre internacional geral na nas no nos o os para pela pelas pelo pelos por sobre interno'.split(
    ' ',
  ),
);

const approvals = new Map<string, string>();
for (const { code, approvedBy = [] } of NAMED) {
  for (const key of approvedBy) approvals.set(key, code);
}

/** The code that a numbered diploma approved. */
const approvedCode = (key: string, year: number | undefined): string | undefined =>
  year === undefined ? undefined : approvals.get(`${key}|${year}`);

export function identityOf(diploma: Diploma): Identity | undefined {
  if (diploma.anaphora === true) return undefined;
  const { code, number, name, date } = diploma;
  if (code === 'crp' || code === 'cf' || name === 'Constituição') return { key: 'constituicao' };
  if (code !== undefined) return { key: `code|${code}` };
  const year = diploma.year === undefined ? date?.year : fullYear(diploma.year);
  if (number !== undefined) {
    if (diploma.suffix !== undefined && /UE|CE|JAI|PESC|CECA|EURATOM/i.test(diploma.suffix)) {
      const key = `ue|${year ?? ''}/${number}`;
      const known = approvals.get(key);
      return { key: known === undefined ? key : `code|${known}` };
    }
    const key = `${fold(diploma.type).replace(/^(resolucao|decreto|portaria|despacho) .*/, '$1')}|${number}`;
    const known = approvedCode(key, year);
    return known === undefined ? { key, ...(year === undefined ? {} : { year }) } : { key: `code|${known}` };
  }
  // An abbreviation that only the text explains may be any law.
  if (name === undefined || name === diploma.type) return undefined;
  const words = fold(name)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !IDLE.has(word))
    .slice(1);
  return { key: `name|${fold(diploma.type)}`, words, ...(year === undefined ? {} : { year }) };
}

export function sameDiploma(a: Identity, b: Identity): boolean {
  if (a.key !== b.key) return false;
  if (a.year !== undefined && b.year !== undefined && a.year !== b.year) return false;
  const { words: mine = [] } = a;
  const { words: others = [] } = b;
  if (mine.length === 0 || others.length === 0) return true;
  return mine.some((word) => others.includes(word));
}
