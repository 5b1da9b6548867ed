import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkRows } from '../../../src/checks/checkFile';
import { qualityRules } from '../../../src/checks/quality';
import { ROOT } from '../../lab/paths.mjs';
import type { AccuracyRow } from './rows';

interface Planted {
  readonly line: number;
  readonly rule: string;
}

/** By rule, on the fixture with its good texts, and on records that the rules were not tuned on. */
export async function accuracy(): Promise<AccuracyRow[]> {
  const fixture = await read('faulty.jsonl');
  const good = [...(await read('clean.jsonl')), ...(await read('good.jsonl'))];
  const planted = JSON.parse(await text('expected.json')) as Planted[];
  const heldBack = await read('heldBack.jsonl');
  const plantedThere = heldBack.flatMap((line, at): Planted[] => {
    const { meta } = JSON.parse(line) as { meta: { fault?: string } };
    return meta.fault === undefined ? [] : [{ line: at + 1, rule: meta.fault }];
  });
  return [
    ...(await rowsOf([...fixture, ...good], planted, '')),
    ...(await rowsOf(heldBack, plantedThere, ' (held back)')),
  ];
}

async function rowsOf(
  lines: readonly string[],
  planted: readonly Planted[],
  suffix: string,
): Promise<AccuracyRow[]> {
  const findings = await checkRows(
    'quality.jsonl',
    lines.map((line, at) => ({ line: at + 1, text: line })),
    {},
  );
  return Object.keys(qualityRules.rules).map((rule) => {
    const expected = new Set(planted.filter((each) => each.rule === rule).map(({ line }) => line));
    const found = new Set(findings.filter((finding) => finding.rule === rule).map(({ line }) => line));
    const right = [...found].filter((line) => expected.has(line)).length;
    return { rule: `${rule}${suffix}`, planted: expected.size, found: right, wrong: found.size - right };
  });
}

function text(name: string): Promise<string> {
  return readFile(path.join(ROOT, 'test', 'fixtures', 'checks', 'quality', name), 'utf8');
}

async function read(name: string): Promise<string[]> {
  return (await text(name)).trimEnd().split('\n');
}
