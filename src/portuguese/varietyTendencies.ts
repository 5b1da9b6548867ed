import { tokensOf } from './lexemes';
import type { Lexeme } from './lexemes';
import type { Side } from './varietyLexicon';

/** What both varieties have, and one has more: never a fault, together telling. */
interface Tendency {
  readonly side: Side;
  /** Logarithm of how much oftener sentences of that side have it, in newspapers, somewhat less to be careful. */
  readonly weight: number;
  /** Which words it is looked for at, or is: asked once for each word that there is, not for each place that it stands in. */
  readonly first: RegExp;
  /** Matched where such a word begins; left out where the word is all of it. */
  readonly pattern: RegExp | undefined;
}

const W = `[a-zà-öø-ÿ]`;
const B = `(?<![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const E = `(?![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const POSSESSIVE = '(?:seus?|suas?|meus?|minhas?|nossos?|nossas?)';
const MODAL = '(?:vai|pode|deve|vão|podem|devem|quer|ia|poderia|deveria)';

function tendency(side: Side, weight: number, first: RegExp | string, pattern?: string): Tendency {
  return {
    side,
    weight,
    first: typeof first === 'string' ? new RegExp(first) : first,
    pattern: pattern === undefined ? undefined : new RegExp(pattern, 'y'),
  };
}

const TENDENCIES: readonly Tendency[] = [
  tendency('PT', 2, /^[nN]$/, '[nN]\\.º \\d'),
  tendency('BR', 1.5, /^[nN§]$/, '(?:[nN]º|§) \\d'),
  tendency('PT', 0.8, /alíneas?$/, `${W}*alíneas? [a-z]\\)`),
  tendency('PT', 0.6, /rtigos?$/, `${W}*[Aa]rtigos? \\d{1,4}\\.º`),
  tendency('BR', 2.2, /^[Ee]m$/, `[Ee]m uma?s?${E}`),
  tendency('PT', 0.8, /^[Nn](?:uma?s?|uns)$/),
  tendency('BR', 1.5, /^até$/, `até [oa]s?${E}`),
  tendency('PT', 2.3, /^até$/, `até (?:aos?|às?)${E}`),
  tendency('BR', 0.7, `^${POSSESSIVE}$`, `(?<=${B}(?:de|em|por|com|para|sobre|entre) )`),
  tendency('PT', 0.6, `^${POSSESSIVE}$`, `(?<=${B}(?:d[oa]s?|n[oa]s?|pel[oa]s?|aos?|às?|[oa]s?) )`),
  tendency('BR', 1.8, `^${MODAL}$`, `${MODAL} se ${W}{2,20}r${E}`),
  tendency('PT', 1, `^${W}{2,20}r-se$`, `(?<=${B}${MODAL} )`),
  tendency(
    'BR',
    1.8,
    `^(?:continu|fic|vem|vêm|vinha|anda|segu|acab)${W}{0,6}$`,
    `${W}+ ${W}{1,20}[aei]ndo${E}`,
  ),
  tendency(
    'PT',
    1.2,
    `^(?:continu|fic|and|pass|est)${W}{1,8}$`,
    `${W}+ a (?!partir|par |favor)${W}{2,20}[aei]r${E}`,
  ),
  tendency('PT', 1.5, /^cento/, '(?<=por )'),
  tendency('BR', 3, /(?:US|R)$/, `[A-ZÀ-ÖØ-Þ]+\\$`),
  tendency('PT', 2.2, /^(?:contos|escudos)$/),
  tendency(
    'BR',
    2,
    /^n?est[ea]$|feira$/,
    `n?est[ea] (?:segunda|terça|quarta|quinta|sexta|sábado|domingo)${E}|[A-Za-zÀ-ÿ-]*feira \\(\\d`,
  ),
  tendency('BR', 1.2, /^El[ea]s?$/, `(?<=(?:^|[.!?] |"))El[ea]s? `),
  tendency('PT', 0.7, /^tinham?$/, `tinham? ${W}{2,20}[ai]do${E}`),
  tendency('BR', 0.8, /^haviam?$/, `haviam? ${W}{2,20}[ai]do${E}`),
  tendency('BR', 0.9, /^tod[oa]$/, `(?<= )tod[oa] (?!${W}{1,2}${E})${W}{4}`),
  tendency('PT', 0.9, /-lhes?$/),
  tendency('PT', 2, /^(?:nomeada|designada)mente$/),
  tendency('PT', 1, /^nível$/, `(?<=${B}ao? )nível d`),
  tendency('PT', 1, /elativamente/),
  tendency('PT', 0.8, /liás/),
  tendency('PT', 1, /^(?:lado|turno)/, '(?<=por seu )'),
  tendency('PT', 1.2, /^junto$/, `junto d[aoe]s?${E}`),
  tendency('BR', 1, /esquisa/),
  tendency('PT', 1.8, /utárqui|utarqui|camarári/),
  tendency('PT', 0.8, /rimeiro-ministro/),
  tendency('BR', 0.7, /(?:stadua(?:l|is)|ederal|overnador(?:a|es)?)$/),
  tendency('BR', 2.2, /^times?$/, `(?<=${B}(?:[oa]|n[oa]|d[oa]|os|dos|seu|pelo|um) )`),
  tendency('BR', 1.6, /^(?:né|pras?|cadê|tá)$/),
];

function tendenciesAt({ text }: Lexeme): readonly number[] {
  return TENDENCIES.flatMap(({ first }, at) => (first.test(text) ? [at] : []));
}

/** In natural logarithms of odds, positive for pt-PT. Each counts once a text. */
export function tendenciesOf(text: string): number {
  const { lexemes, starts } = tokensOf(text);
  const counted = new Set<number>();
  let odds = 0;
  lexemes.forEach((lexeme, at) => {
    lexeme.tendencies ??= tendenciesAt(lexeme);
    for (const index of lexeme.tendencies) {
      const one = TENDENCIES[index];
      if (one === undefined || counted.has(index)) continue;
      const { side, weight, pattern } = one;
      if (pattern !== undefined) {
        pattern.lastIndex = starts[at] ?? 0;
        if (!pattern.test(text)) continue;
      }
      counted.add(index);
      odds += side === 'PT' ? weight : -weight;
    }
  });
  return odds;
}
