import type { Side } from './varietyLexicon';

/** What both varieties have, and one has more: never a fault, together telling. */
interface Tendency {
  readonly side: Side;
  /** Logarithm of how much oftener sentences of that side have it, in newspapers, somewhat less to be careful. */
  readonly weight: number;
  /** A text without any of these is not searched. */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
}

const W = `[a-zà-öø-ÿ]`;
const B = `(?<![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const E = `(?![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const POSSESSIVE = '(?:seus?|suas?|meus?|minhas?|nossos?|nossas?)';
const MODAL = '(?:vai|pode|deve|vão|podem|devem|quer|ia|poderia|deveria)';

function tendency(side: Side, weight: number, hints: string, pattern: string): Tendency {
  return { side, weight, hints: hints.split('|'), pattern: new RegExp(pattern) };
}

const TENDENCIES: readonly Tendency[] = [
  tendency('PT', 2, 'n.º', '[nN]\\.º \\d'),
  tendency('BR', 1.5, 'nº |§', '[nN]º \\d|§ \\d'),
  tendency('PT', 0.8, 'alínea', 'alíneas? [a-z]\\)'),
  tendency('PT', 0.6, '.º', 'rtigos? \\d{1,4}\\.º'),
  tendency('BR', 2.2, 'm um', `${B}[Ee]m uma?s?${E}`),
  tendency('PT', 0.8, 'num|Num', `${B}[Nn](?:uma?s?|uns)${E}`),
  tendency('BR', 1.5, 'até o|até a', `${B}até [oa]s?${E}`),
  tendency('PT', 2.3, 'até ao|até à', `${B}até (?:aos?|às?)${E}`),
  tendency(
    'BR',
    0.7,
    ' seu| sua| meu| minha| noss',
    `${B}(?:de|em|por|com|para|sobre|entre) ${POSSESSIVE}${E}`,
  ),
  tendency(
    'PT',
    0.6,
    ' seu| sua| meu| minha| noss',
    `${B}(?:d[oa]s?|n[oa]s?|pel[oa]s?|aos?|às?|[oa]s?) ${POSSESSIVE}${E}`,
  ),
  tendency('BR', 1.8, ' se ', `${B}${MODAL} se ${W}{2,20}r${E}`),
  tendency('PT', 1, 'r-se', `${B}${MODAL} ${W}{2,20}r-se${E}`),
  tendency(
    'BR',
    1.8,
    'ndo',
    `${B}(?:continu|fic|vem|vêm|vinha|anda|segu|acab)${W}{0,6} ${W}{1,20}[aei]ndo${E}`,
  ),
  tendency(
    'PT',
    1.2,
    ' a ',
    `${B}(?:continu|fic|and|pass|est)${W}{1,8} a (?!partir|par |favor)${W}{2,20}[aei]r${E}`,
  ),
  tendency('PT', 1.5, 'por cento', 'por cento'),
  tendency('BR', 3, 'US$|R$', '(?:US|R)\\$'),
  tendency('PT', 2.2, 'contos|escudos', `${B}(?:contos|escudos)${E}`),
  tendency(
    'BR',
    2,
    'est',
    `${B}n?est[ea] (?:segunda|terça|quarta|quinta|sexta|sábado|domingo)${E}|feira \\(\\d`,
  ),
  tendency('BR', 1.2, 'El', `(?:^|[.!?] |")El[ea]s? `),
  tendency('PT', 0.7, 'tinha', `${B}tinham? ${W}{2,20}[ai]do${E}`),
  tendency('BR', 0.8, 'havia', `${B}haviam? ${W}{2,20}[ai]do${E}`),
  tendency('BR', 0.9, ' tod', ` tod[oa] (?!${W}{1,2}${E})${W}{4}`),
  tendency('PT', 0.9, '-lhe', `-lhes?${E}`),
  tendency('PT', 2, 'adamente', `${B}(?:nomeada|designada)mente${E}`),
  tendency('PT', 1, 'nível', `${B}ao? nível d`),
  tendency('PT', 1, 'elativamente', 'elativamente'),
  tendency('PT', 0.8, 'liás', 'liás'),
  tendency('PT', 1, 'por seu ', 'por seu (?:lado|turno)'),
  tendency('PT', 1.2, 'junto d', `${B}junto d[aoe]s?${E}`),
  tendency('BR', 1, 'esquisa', 'esquisa'),
  tendency('PT', 1.8, 'utár|utarqu|camarári', 'utárqui|utarqui|camarári'),
  tendency('PT', 0.8, 'rimeiro-ministro', 'rimeiro-ministro'),
  tendency('BR', 0.7, 'stadua|edera|overnador', `stadua(?:l|is)${E}|ederal${E}|overnador(?:a|es)?${E}`),
  tendency('BR', 2.2, ' time', `${B}(?:[oa]|n[oa]|d[oa]|os|dos|seu|pelo|um) times?${E}`),
  tendency('BR', 1.6, 'né|Né|pra|cadê|tá ', `${B}(?:né|pras?|cadê|tá)${E}`),
];

/** In natural logarithms of odds, positive for pt-PT. */
export function tendenciesOf(text: string): number {
  let odds = 0;
  for (const { side, weight, hints, pattern } of TENDENCIES) {
    if (!hints.some((hint) => text.includes(hint)) || !pattern.test(text)) continue;
    odds += side === 'PT' ? weight : -weight;
  }
  return odds;
}
