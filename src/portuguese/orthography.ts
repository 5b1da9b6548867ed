/** Spellings that mark a variety, or the time before the agreement of 1990. */

export interface Spelling {
  /** `old`: written in neither variety since the agreement. `BR`, `PT`: written there, and nowhere else. */
  readonly kind: 'BR' | 'PT' | 'old';
  /** Whose it was or is. */
  readonly side: 'BR' | 'PT' | 'both';
  /** As the European norm has it now. */
  readonly european: string;
  /** As the Brazilian norm has it now. */
  readonly brazilian: string;
}

/** Beginnings of words that Portugal wrote with a consonant (the capital) that neither variety writes now. */
const MUTE = `
aCção aCções aCcion aCto aCtos aCtor aCtores aCtriz aCtual aCtuali aCtuar aCtuaç aCtuou aCtua aCtue aCtuá aCtiv
abstraCç abstraCt adjeCtiv adoPção adoPções adoPt afeCt afliCç arquiteCt atraCç atraCtiv baPtism baPtiz
coleCç coleCt coleCcion conjeCtur correCç correCt dialeCt direCç direCt direCcion distraCç efeCt eléCtr eleCtr
eleCtiv eleCtro exaCt espeCtácul excePç excePt excePtu extraCç extraCt fraCç fraCcion fraCtur infraCç infraCtor injeCç injeCt inseCto
inspeCç inspeCt inspeCcion leCcion leCtiv manufaCtur noCturn objeCt objeCç óPtim oPtimi oPtimo
projeCt projeCç proteCç proteCt reaCç reaCcion redaCç redaCt refleCt seleCç seleCt seleCcion subjeCt subtraCç
táCtic trajeCt traCç traCtor traCcion transaCç transaCcion veCtor conduCt contraCção
`;
/** The same, where Brazil speaks and writes the consonant to this day. */
const MUTE_IN_PORTUGAL = `
acePção acePções concePção concePções contracePç contracePt decePção decePções decePcion percePç percePtív percePtiv
recePção recePções recePtor recePtiv recePcion perspeCtiv prospeCç prospeCtiv retrospeCtiv respeCtiv aspeCto aspeCtos infeCç
deteCç deteCt intercePç intercePt ruPtura ruPturas confeCção confeCções confeCcion
`;
const PREFIX =
  /^(?:in|im|des|re|sub|inter|contra|co-?|pro|trans|bi|foto|micro|super|pré-?|pós-?|anti|auto|hidro|termo)/;

interface Mute {
  readonly drop: number;
  readonly brazil: boolean;
}

function muteStems(table: string, brazil: boolean): [string, Mute][] {
  return table
    .trim()
    .split(/\s+/)
    .map((stem) => [stem.toLowerCase(), { drop: stem.search(/[CP]/), brazil }]);
}

const STEMS = new Map([...muteStems(MUTE, false), ...muteStems(MUTE_IN_PORTUGAL, true)]);
const LONGEST = Math.max(...[...STEMS.keys()].map((stem) => stem.length));

/** Words in which both varieties write the circumflex, or the acute accent, before m or n. */
const SAME_ACCENT = /(?:^|-)(?:fême|sême|sêmol|estômag|cômor|dêmos|lêmos|démarche|démod|agrém)/;
const BEFORE_NASAL = /[êôéó](?=[mn][aeiouáéíóúâêôãõ])/;
/** Old ways of both, each at the end or the middle of a word: eu → éu is none of them. */
const OLD_EI = /[éó]i(?=[aco])/;
/** Words that keep the accent, by the rules for words stressed on the last or last but two syllables. */
const KEEPS_EI = /^(?:destróie|méie|contêi|pléia[^d])/;
const OLD_WORDS: Readonly<Record<string, string>> = {
  crêem: 'creem',
  lêem: 'leem',
  vêem: 'veem',
  dêem: 'deem',
  relêem: 'releem',
  prevêem: 'preveem',
  revêem: 'reveem',
  descrêem: 'descreem',
  vôo: 'voo',
  vôos: 'voos',
  enjôo: 'enjoo',
  abençôo: 'abençoo',
  perdôo: 'perdoo',
  'há-de': 'há de',
  'hás-de': 'hás de',
  'hão-de': 'hão de',
  'hei-de': 'hei de',
  'contra-ordenação': 'contraordenação',
  'contra-ordenações': 'contraordenações',
  'contra-ordenacional': 'contraordenacional',
  'contra-ordenacionais': 'contraordenacionais',
  'auto-estrada': 'autoestrada',
  'auto-estradas': 'autoestradas',
  'co-autor': 'coautor',
  'co-autores': 'coautores',
  'co-autoria': 'coautoria',
  'co-arguido': 'coarguido',
  'co-arguidos': 'coarguidos',
  'co-réu': 'corréu',
  'co-réus': 'corréus',
  'pára-quedas': 'paraquedas',
  'pára-quedista': 'paraquedista',
  'pára-choques': 'para-choques',
  'pára-brisas': 'para-brisas',
  'extra-judicial': 'extrajudicial',
  'extra-contratual': 'extracontratual',
  'extra-judiciais': 'extrajudiciais',
  'infra-estrutura': 'infraestrutura',
  'infra-estruturas': 'infraestruturas',
  'anti-social': 'antissocial',
  'anti-sociais': 'antissociais',
};

/** Letters and signs without which a word is certainly spelled as both varieties spell it now. */
export const MAY_BE_MARKED = /[cp][çct]|[êôéó][mn]|[éó]i|ü|[êô][eo]|-/;

/** What a word, in lower case, says by its spelling alone. */
export function spellingOf(word: string): Spelling | undefined {
  const old = Object.hasOwn(OLD_WORDS, word) ? OLD_WORDS[word] : undefined;
  if (old !== undefined) return { kind: 'old', side: 'both', european: old, brazilian: old };
  return muteConsonant(word) ?? accentBeforeNasal(word) ?? oldAccent(word);
}

/** Ends of English words that have the same beginnings. */
const ENGLISH = /(?:[cp]ts?|ions?|ed|ing|ives?|or(?:y|ies|s)|ly|ates?|ers?|iz(?:e[sd]?)|[ksw]ql|box|type|y)$/;

function muteConsonant(word: string): Spelling | undefined {
  if (!/[cp][çct]/.test(word) || ENGLISH.test(word)) return undefined;
  const prefix = PREFIX.exec(word)?.[0].length ?? 0;
  for (const start of prefix === 0 ? [0] : [0, prefix]) {
    for (let end = Math.min(word.length, start + LONGEST); end > start + 3; end--) {
      const mute = STEMS.get(word.slice(start, end));
      if (mute === undefined) continue;
      const at = start + mute.drop;
      const european = word.slice(0, at) + word.slice(at + 1);
      return mute.brazil
        ? { kind: 'BR', side: 'both', european, brazilian: word }
        : { kind: 'old', side: 'PT', european, brazilian: european };
    }
  }
  return undefined;
}

function accentBeforeNasal(word: string): Spelling | undefined {
  const found = BEFORE_NASAL.exec(word);
  if (found === null || SAME_ACCENT.test(word)) return undefined;
  const turned = { ê: 'é', ô: 'ó', é: 'ê', ó: 'ô' }[found[0]] ?? '';
  const other = word.slice(0, found.index) + turned + word.slice(found.index + 1);
  return /[êô]/.test(found[0])
    ? { kind: 'BR', side: 'BR', european: other, brazilian: word }
    : { kind: 'PT', side: 'PT', european: word, brazilian: other };
}

function oldAccent(word: string): Spelling | undefined {
  if (/[gq]ü[eiéêí]/.test(word)) {
    const now = word.replace('ü', 'u');
    return { kind: 'old', side: 'BR', european: europeanOf(now), brazilian: now };
  }
  if (OLD_EI.test(word) && !KEEPS_EI.test(word) && !/[áâêô]|[íú]/.test(word)) {
    const now = word.replace('éi', 'ei').replace('ói', 'oi');
    if (/(?:eia|oia|eico|oico|eica|oica|oide)s?$/.test(now) && !/[^aeiou]{2}eico?s?$/.test(word))
      return { kind: 'old', side: word.includes('ói') ? 'both' : 'BR', european: now, brazilian: now };
  }
  return undefined;
}

/** A Brazilian word in the European spelling, as far as single letters make the difference. */
function europeanOf(word: string): string {
  return accentBeforeNasal(word)?.european ?? word;
}
