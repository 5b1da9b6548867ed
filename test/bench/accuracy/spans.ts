import { readFile } from 'node:fs/promises';
import { citationsIn } from '../../../src/portuguese/citations';

export interface Marked {
  readonly text: string;
  readonly spans: readonly (readonly [start: number, end: number])[];
}

/** One text a line, ⟦…⟧ around each citation. */
export async function readMarked(file: string): Promise<Marked[]> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    let text = '';
    let from = 0;
    const spans: [number, number][] = [];
    for (const character of line) {
      if (character === '⟦') from = text.length;
      else if (character === '⟧') spans.push([from, text.length]);
      else text += character;
    }
    return { text, spans };
  });
}

export interface Score {
  readonly planted: number;
  readonly found: number;
  readonly wrong: number;
  readonly precision: number;
  readonly recall: number;
  /** Texts with a difference, as marked and as found. */
  readonly differences: readonly { readonly marked: string; readonly found: string }[];
}

/** Exact spans. */
export function scoreOf(marked: readonly Marked[]): Score {
  let right = 0;
  let expected = 0;
  let given = 0;
  const differences: { marked: string; found: string }[] = [];
  for (const { text, spans } of marked) {
    const found = citationsIn(text).map(({ start, end }): [number, number] => [start, end]);
    const same = found.filter(([start, end]) =>
      spans.some(([from, to]) => from === start && to === end),
    ).length;
    right += same;
    expected += spans.length;
    given += found.length;
    if (same < spans.length || same < found.length) {
      differences.push({ marked: shown(text, spans), found: shown(text, found) });
    }
  }
  return {
    planted: expected,
    found: right,
    wrong: given - right,
    precision: right / given,
    recall: right / expected,
    differences,
  };
}

function shown(text: string, spans: Marked['spans']): string {
  let written = '';
  let at = 0;
  for (const [start, end] of spans) {
    written += `${text.slice(at, start)}⟦${text.slice(start, end)}⟧`;
    at = end;
  }
  return written + text.slice(at);
}
