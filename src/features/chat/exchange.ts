import * as z from 'zod/mini';
import type { Turn } from '../../dataset/record';

const answer = z.object({ model: z.string(), run: z.nullable(z.string()), text: z.string() });

/** What a response of @afina was about, kept with it in the chat: Markdown on screen is not what a model said. */
export const exchangeSchema = z.object({
  /** Absolute folder of the project. */
  root: z.string(),
  question: z.string(),
  /** The base first, where two have answered. */
  answers: z.array(answer),
});
export type Exchange = z.infer<typeof exchangeSchema>;

/** The exchanges in what VS Code keeps of a chat; other responses are passed over. */
export function exchangesOf(metadata: readonly unknown[]): Exchange[] {
  return metadata.flatMap((each) => {
    const parsed = exchangeSchema.safeParse(each);
    return parsed.success && parsed.data.answers.length > 0 ? [parsed.data] : [];
  });
}

/**
 * The talk so far as `who` would remember it: its own answer of each exchange, else the last one there, so that a
 * conversation goes on when another model is chosen.
 */
export function talkOf(
  exchanges: readonly Exchange[],
  who: { readonly model: string; readonly run: string | null },
): Turn[] {
  return exchanges.flatMap(({ question, answers }): Turn[] => {
    const own = answers.find(({ model, run }) => model === who.model && run === who.run) ?? answers.at(-1);
    if (own === undefined || own.text.trim() === '') return [];
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: own.text.trim() },
    ];
  });
}
