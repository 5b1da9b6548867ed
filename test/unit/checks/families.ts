import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkRows } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { ROOT } from '../../lab/paths.mjs';

export interface Planted {
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly field: string;
  /** What is marked, where that is a part of the text. */
  readonly text?: string;
}

const file = (family: string, name: string): string =>
  path.join(ROOT, 'test', 'fixtures', 'checks', family, name);

export function plantedFaults(family: string): Planted[] {
  return JSON.parse(readFileSync(file(family, 'expected.json'), 'utf8')) as Planted[];
}

/** What a family says of a fixture, each with the text that it marks. */
export async function familyFindings(
  family: string,
  name: string,
  folder = family,
): Promise<(Finding & { marked: string })[]> {
  const lines = readFileSync(file(folder, name), 'utf8').trimEnd().split('\n');
  const findings = await checkRows(
    name,
    lines.map((text, at) => ({ line: at + 1, text })),
    {},
  );
  return findings
    .filter(({ rule }) => rule.startsWith(`${family}/`))
    .map((finding) => {
      const { messages } = JSON.parse(lines[finding.line - 1] ?? '') as { messages: { content: string }[] };
      const content = messages[Number(/\d+/.exec(finding.field ?? '')?.[0])]?.content ?? '';
      return { ...finding, marked: content.slice(finding.textRange?.start, finding.textRange?.end) };
    });
}
