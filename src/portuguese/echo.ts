/** Words of a question from which repeating it is no coincidence. */
const LEAST_WORDS = 6;
const LEAST_SIMILARITY = 0.8;
/** Longer texts than this are compared by their beginning. */
const LONGEST = 4000;

/** Tasks whose answer is the text that was handed in, or near to it. */
const SAME_TEXT =
  /(?<!\p{L})(?:corri[gj]|reescrev|rescrev|reformul|traduz|resum|transcrev|format|complet|continu|extra[ií]|convert|simplific|pontu|rev[êe]|copi|repet|repit|parafra|substitu|acentu|adapt|melhor|pseudonim|anonimiz|pass[ae] |p[õo]e |ordene|organiz|classific|identific|sublinh|cita|ditado)/iu;
const REPEAT = /(?<!\p{L})(?:copi|repet|repit|transcrev|ditado)/iu;
const QUOTED = /^[\s>*_#-]*[«“"'>]/;

export interface Echo {
  /** Units of the answer that are the question again. */
  readonly end: number;
  /** Whether something else follows. */
  readonly goesOn: boolean;
}

/** Whether an answer is, or begins with, the question it is an answer to. */
export function echoOf(question: string, answer: string): Echo | undefined {
  if (answer.length < 20 || question.length < 20) return undefined;
  const last = lastQuestion(question);
  const begins = firstWord(answer);
  const alike = answer.length < question.length * 1.6 && question.length < answer.length * 1.6;
  if (!alike && begins !== firstWord(question) && (last === undefined || begins !== firstWord(last))) {
    return undefined;
  }
  const asked = words(question);
  if (asked.length < LEAST_WORDS || QUOTED.test(answer.slice(0, 20))) return undefined;
  const answered = words(answer);
  for (const candidate of last === undefined ? [asked] : [asked, words(last)]) {
    if (candidate.length < LEAST_WORDS || !startsWith(answered, candidate)) continue;
    const goesOn = answered.length > candidate.length;
    const close = answered[candidate.length - 1]?.end ?? answer.length;
    if (!isAsked(last ?? question, answer.slice(close, close + 2))) continue;
    if (!goesOn && REPEAT.test(question)) return undefined;
    if (goesOn && SAME_TEXT.test(question)) return undefined;
    return { end: goesOn ? close : answer.trimEnd().length, goesOn };
  }
  // The same words, and no more of them.
  if (answered.length < 8 || answered.length > asked.length * 1.3 || asked.length > answered.length * 1.3) {
    return undefined;
  }
  if (SAME_TEXT.test(question) || !isAsked(last ?? question, answer.trimEnd().slice(-1))) return undefined;
  if (similarity(asked, answered) < LEAST_SIMILARITY) return undefined;
  return { end: answer.trimEnd().length, goesOn: false };
}

/**
 * «O comprador pode resolver o contrato?» is answered by the same words without the question mark; «Como pode …?» is
 * not.
 */
function isAsked(question: string, close: string): boolean {
  return close.includes('?') || INTERROGATIVE.test(question) || !question.trimEnd().endsWith('?');
}

const INTERROGATIVE =
  /^\W{0,3}(?:[\p{L},]+ ){0,3}(?:que|qual|quais|quem|como|quando|onde|porqu[eê]|quant[oa]s?)(?!\p{L})/iu;

interface Word {
  readonly word: string;
  readonly end: number;
}

function words(text: string): Word[] {
  const found: Word[] = [];
  for (const match of text.slice(0, LONGEST).matchAll(/[\p{L}\p{N}]+/gu)) {
    found.push({ word: match[0].toLowerCase(), end: match.index + match[0].length });
  }
  return found;
}

function firstWord(text: string): string | undefined {
  return /[\p{L}\p{N}]+/u.exec(text.slice(0, 60))?.[0].toLowerCase();
}

/** Cheap for all but echoes: answers mostly differ in the first word. */
function startsWith(text: readonly Word[], start: readonly Word[]): boolean {
  return text.length >= start.length && start.every(({ word }, at) => text[at]?.word === word);
}

function lastQuestion(text: string): string | undefined {
  const end = text.trimEnd();
  if (!end.endsWith('?')) return undefined;
  const from = Math.max(
    end.lastIndexOf('\n'),
    end.lastIndexOf('. '),
    end.lastIndexOf('? ', end.length - 2),
    end.lastIndexOf('! '),
  );
  return from <= 0 ? undefined : end.slice(from + 1);
}

function similarity(one: readonly Word[], other: readonly Word[]): number {
  const a = new Set(one.map(({ word }) => word));
  const b = new Set(other.map(({ word }) => word));
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  return both / (a.size + b.size - both);
}
