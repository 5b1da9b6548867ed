import { open } from 'node:fs/promises';
import { input } from './inputs';
import { random } from './measure';

const SEED = 1;
const FLUSH = 8 * 1024 * 1024;
const BEGINNINGS =
  'abrig acord afret agent alug anul aplic arrest assin ating autor avari baix barc bord cab calc carg cart caus ced cert ' +
  'cláus cobr colis comerc compr conced conven corr cumpr custo dan decid declar defin dep despach destin dever dil ' +
  'direit dispens embarc emit encarg entreg equip escal estip estiv exig exped falt fix flut fret fund garant grat guard';
const ENDINGS = 'ar ado ada ação ador adora amento ável ante ância eiro eira ista ino ivo iva oso osa';
const SMALL = 'a o de do da em no na que para com por não uma um os as se mais como ao dos das pelo pela';

/** Share of the records that were made of one above them. */
const MADE_OF_OTHERS = 0.04;

/**
 * A JSONL file of records of 1.2 kB on average, in words that look Portuguese. Some were made of a record above them by
 * changing words, so that they are from half to wholly the same: `meta.of` names that record.
 */
export function nearRecordFile(count: number): Promise<string> {
  return input(`near-${count}-seed${SEED}.jsonl`, async (target) => {
    const next = random(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const small = SMALL.split(' ');
    const words = BEGINNINGS.split(' ').flatMap((begin) => ENDINGS.split(' ').map((end) => `${begin}${end}`));
    const word = (): string => (next() < 0.4 ? pick(small) : pick(words));
    const write = (length: number): string[] => Array.from({ length }, word);
    const sentence = (parts: readonly string[], end: string): string => {
      const text = parts.join(' ');
      return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
    };
    const kept: { id: string; question: string[]; answer: string[] }[] = [];
    const handle = await open(target, 'w');
    try {
      let lines = '';
      for (let at = 0; at < count; at++) {
        const id = `near-${String(at).padStart(7, '0')}`;
        const original = kept.length > 0 && next() < MADE_OF_OTHERS ? pick(kept) : undefined;
        const rate = next() * 0.08;
        const change = (parts: readonly string[]): string[] =>
          parts.map((each) => (next() < rate ? word() : each));
        const question =
          original === undefined ? write(8 + Math.floor(next() * 14)) : change(original.question);
        const answer =
          original === undefined ? write(60 + Math.floor(next() * 160)) : change(original.answer);
        if (original === undefined && at % 3 === 0) kept.push({ id, question, answer });
        const messages = [
          { role: 'user', content: sentence(question, '?') },
          { role: 'assistant', content: sentence(answer, '.') },
        ];
        const meta = { status: 'approved', topic: pick(words), of: original?.id };
        lines += `${JSON.stringify({ id, messages, meta })}\n`;
        if (lines.length < FLUSH && at < count - 1) continue;
        await handle.write(lines);
        lines = '';
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
