import type { AskAnswerer, AskTurn } from '../../src/protocol/ask';

/** One answer to a question, in the column of who gave it. */
export interface Answer {
  readonly by: AskAnswerer;
  readonly title: string;
  state: 'waiting' | 'loading' | 'reading' | 'writing' | 'done' | 'failed' | 'stopped';
  text: string;
  /** Of the model's loading, 0 to 1. */
  fraction: number;
  tokens: number;
  tokensPerSecond: number;
  stop: 'end' | 'maxTokens' | 'context';
  problem: string;
  remedies: readonly string[];
}

export interface Exchange {
  readonly question: string;
  readonly answers: Answer[];
}

/**
 * What the model of a column is told when it is asked `question`: its own conversation. Of an exchange that it did not
 * answer the other column's answer stands for its own; one that nobody answered is left out.
 */
export function messagesFor(
  column: number,
  before: readonly Exchange[],
  question: string,
  system: string,
): AskTurn[] {
  return [
    ...(system.trim() === '' ? [] : [{ role: 'system', content: system.trim() } as const]),
    ...before.flatMap(({ question: earlier, answers }): AskTurn[] => {
      const said = [answers[column], ...answers].find((each) => each !== undefined && isSaid(each));
      if (said === undefined) return [];
      return [
        { role: 'user', content: earlier },
        { role: 'assistant', content: said.text.trim() },
      ];
    }),
    { role: 'user', content: question },
  ];
}

/** Whether it can be copied, saved and gone on from: also what was there when its user stopped it. */
export function isSaid({ state, text }: Answer): boolean {
  return (state === 'done' || state === 'stopped') && text.trim() !== '';
}

export function isRunning({ state }: Answer): boolean {
  return state === 'waiting' || state === 'loading' || state === 'reading' || state === 'writing';
}
