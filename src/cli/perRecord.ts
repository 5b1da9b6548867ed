import { checkedLine, isRecordLine } from '../checks/checkRange';
import { turnsOf } from '../checks/length';
import type { TokenCounter } from '../checks/length';
import { fieldOf } from '../checks/rule';
import type { CheckedLine } from '../checks/rule';
import { readLines } from '../dataset/lineReader';
import type { Turn } from '../dataset/record';
import { citationsIn } from '../portuguese/citations';
import { varietyOf } from '../portuguese/variety';
import type { VarietyScore } from '../portuguese/variety';

/** An entry of `perRecord` in the document of `afina check --json --per-record`. The names are its contract. */
export interface RecordFacts {
  readonly file: string;
  readonly line: number;
  readonly id: string | null;
  readonly variety: VarietyScore;
  readonly citations: readonly {
    /** Path such as `messages[1].content`. */
    readonly field: string;
    /** In UTF-16 units of the field's text, end exclusive. */
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly normal: string;
  }[];
  /** As training sees the record; null where no model is here to count them. */
  readonly tokens: number | null;
}

/** Records whose tokens are counted at a time. */
const COUNTED = 64;

/** What is known of every record of the files, broken lines included. Throws CancelledError. */
export async function perRecord(
  files: readonly string[],
  { counter, signal }: { readonly counter?: TokenCounter | undefined; readonly signal: AbortSignal },
): Promise<RecordFacts[]> {
  const facts: RecordFacts[] = [];
  for (const file of files) {
    for await (const batch of readLines(file, { signal })) {
      const lines = batch
        .filter(isRecordLine)
        .map(({ number, bytes }) => ({ number, line: checkedLine(bytes) }));
      for (let from = 0; from < lines.length; from += COUNTED) {
        const some = lines.slice(from, from + COUNTED);
        const tokens = await tokensOf(
          some.map(({ line }) => line),
          counter,
          signal,
        );
        for (const [at, { number, line }] of some.entries()) {
          facts.push(factsOf(file, number, line, tokens[at] ?? null));
        }
      }
    }
  }
  return facts;
}

function factsOf(file: string, number: number, line: CheckedLine, tokens: number | null): RecordFacts {
  const citations = line.turns.flatMap(({ content, contentPath }) =>
    citationsIn(content).map(({ start, end, normal }) => ({
      field: fieldOf(contentPath) ?? '',
      start,
      end,
      text: content.slice(start, end),
      normal,
    })),
  );
  return {
    file,
    line: number,
    id: line.id,
    variety: varietyOf(line.turns.map(({ content }) => content)),
    citations,
    tokens,
  };
}

/** One for each line; null where there is nothing to count, or nobody who could. */
async function tokensOf(
  lines: readonly CheckedLine[],
  counter: TokenCounter | undefined,
  signal: AbortSignal,
): Promise<(number | null)[]> {
  const counts: (number | null)[] = lines.map(() => null);
  if (counter === undefined) return counts;
  const counted: { readonly at: number; readonly turns: Turn[] }[] = [];
  for (const [at, line] of lines.entries()) {
    const turns = turnsOf(line);
    if (turns !== undefined) counted.push({ at, turns });
  }
  const found = await counter.count(
    counted.map(({ turns }) => turns),
    signal,
  );
  for (const [index, { at }] of counted.entries()) counts[at] = found[index] ?? null;
  return counts;
}
