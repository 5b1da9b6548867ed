import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { citationRules } from '../../../src/checks/citation';
import { checkLine, lineOfText } from '../../../src/checks/checkRange';
import { loadDomain } from '../../../src/project/domain';
import { ROOT } from '../../lab/paths.mjs';
import type { AccuracyRow } from './rows';
import { readMarked, scoreOf } from './spans';
import type { Score } from './spans';

const FOLDER = path.join(ROOT, 'test', 'fixtures', 'checks', 'citation');

interface Planted {
  readonly line: number;
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

export const linesOf = async (name: string): Promise<string[]> =>
  (await readFile(path.join(FOLDER, name), 'utf8')).split('\n').filter((line) => line !== '');

export const plantedIn = async (name: string): Promise<Planted[]> =>
  JSON.parse(await readFile(path.join(FOLDER, name), 'utf8')) as Planted[];

/** What the family has to say of each line of a fixture, in a project of the domain that comes with Afina. */
export async function foundIn(name: string): Promise<(Planted & { readonly text: string })[]> {
  const domain = await loadDomain('direito-maritimo', [path.join(ROOT, 'media', 'domains')]);
  const context = { variety: 'pt-PT', mustCite: domain?.mustCite ?? [] } as const;
  const lines = await linesOf(name);
  return lines.flatMap((text, at) =>
    checkLine(lineOfText(text), { file: name, line: at + 1 }, {}, context)
      .filter(({ rule }) => Object.hasOwn(citationRules.rules, rule))
      .map(({ line, rule, textRange, message }) => ({
        line,
        rule,
        start: textRange?.start ?? -1,
        end: textRange?.end ?? -1,
        text: message,
      })),
  );
}

/** Exact spans in one of the labelled sets: `tuned` and `tuned-br`, or `held` and `held-br`, which nothing was tuned on. */
export const spanScore = async (name: string): Promise<Score> =>
  scoreOf(await readMarked(path.join(FOLDER, 'spans', `${name}.txt`)));

/** How well the rules do on planted faults, those that were held back too, and on a clean text; and exact spans. */
export async function accuracy(): Promise<AccuracyRow[]> {
  const planted = [
    ...(await plantedIn('expected.json')),
    ...(await plantedIn('heldExpected.json')).map(shifted),
  ];
  const found = [
    ...(await foundIn('faulty.jsonl')),
    ...(await foundIn('held.jsonl')).map(shifted),
    ...(await foundIn('clean.jsonl')).map((one) => ({ ...one, line: -one.line })),
  ];
  const spans: AccuracyRow[] = [];
  for (const [name, rule] of Object.entries(SPANS)) {
    const { planted: marked, found: right, wrong } = await spanScore(name);
    spans.push({ rule, planted: marked, found: right, wrong });
  }
  const rules = Object.keys(citationRules.rules).map((rule) => {
    const faults = planted.filter((fault) => fault.rule === rule);
    const alarms = found.filter((alarm) => alarm.rule === rule);
    const right = alarms.filter(({ line, start, end }) =>
      faults.some((fault) => fault.line === line && fault.start < end && start < fault.end),
    ).length;
    return { rule, planted: faults.length, found: right, wrong: alarms.length - right };
  });
  return [...rules, ...spans];
}

const SPANS: Readonly<Record<string, string>> = {
  tuned: 'citation, exact spans',
  held: 'citation, exact spans (held back)',
  'tuned-br': 'citation, exact spans, Brazil',
  'held-br': 'citation, exact spans, Brazil (held back)',
};

/** The two files' lines are counted on. */
const shifted = <T extends { readonly line: number }>(one: T): T => ({ ...one, line: one.line + 100_000 });
