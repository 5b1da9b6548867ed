import type { Turn } from '../dataset/record';
import type { Sampling } from '../runtime/protocol';
import type { Runtime, Files } from './evaluate';

/** Enough for a word with a mark or two before it. */
const JUDGE_TOKENS = 12;

/**
 * The question that a model is asked to judge by. In Portuguese, as all that it judges is. A small model that judges
 * answers like its own errs often: its word is a hint.
 */
export function judgeQuestion(criterion: string, question: string, answer: string): Turn[] {
  return [
    {
      role: 'user',
      content: `Avalia a resposta seguinte por um só critério.\n\nCritério: ${criterion}\n\nPergunta: ${question}\n\nResposta: ${answer}\n\nA resposta cumpre o critério? Responde apenas «sim» ou «não».`,
    },
  ];
}

/** Undefined when it is neither. */
export function verdictOf(reply: string): boolean | undefined {
  const word = /^[^\p{L}]*(\p{L}+)/u.exec(reply.normalize('NFC'))?.[1]?.toLowerCase();
  if (word === 'sim' || word === 'yes') return true;
  return word === 'não' || word === 'nao' || word === 'no' ? false : undefined;
}

/** Asks the base, greedily: the same answer gets the same verdict. */
export async function askJudge(
  runtime: Pick<Runtime, 'answer'>,
  base: Files,
  messages: readonly Turn[],
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const sampling: Sampling = { seed: 1, temperature: 0, topP: 1, topK: 1, maxTokens: JUDGE_TOKENS };
  const { text } = await runtime.answer(
    { model: base.model, adapter: null, messages, sampling },
    { signal, priority: 'background' },
  );
  return verdictOf(text);
}
