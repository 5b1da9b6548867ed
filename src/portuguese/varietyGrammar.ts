import type { Lexeme, Tokens } from './lexemes';
import type { Mark, Side } from './varietyMarks';

/** Constructions and words in context that one variety alone has. Every pattern is linear: no repeats inside repeats. */
export interface Construction {
  readonly kind: 'lexical' | 'grammar';
  readonly rule: string;
  readonly side: Side;
  /** Which words it is looked for at: asked once for each word that there is, not for each place that it stands in. */
  readonly first: RegExp;
  /** Matched where such a word begins. `(?<m>…)` is what is marked; else all of it. */
  readonly pattern: RegExp;
  /** What to write instead of the marked part, or undefined where that is for the writer to decide. */
  readonly replace?: (match: RegExpExecArray, marked: string) => string | undefined;
  /** What it counts in a score. */
  readonly weight: number;
  /** Counted as evidence, but never reported. */
  readonly quiet?: true;
}

const L = 'a-zà-öø-ÿ';
const BEFORE = `(?<![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const AFTER = `(?![A-Za-zÀ-ÖØ-öø-ÿ-])`;
const word = (alternatives: string): string => `${BEFORE}(?:${alternatives})${AFTER}`;

const ESTAR =
  'est(?:ou|ás|á|amos|ão|ava|avas|ávamos|avam|ive|eve|ivemos|iveram|ivera|arei|ará|aremos|arão|aria|ariam|eja|ejam|iver|iverem|ivesse|ivessem|ar|arem)';
const ADVERB = '(?: (?:já|ainda|sempre|também|agora|mesmo|apenas|só|hoje|atualmente))?';
const NO_GERUND = `(?!(?:quando|segundo|findo|vindo|lindo|brando|tremendo|estupendo|horrendo|nefando|infindo|bando|comando|contrabando)${AFTER})`;
const START = `(?<=(?:^|[.!?:;]["»”)]? |\\n[-–•*]? ?))`;
const NOT_A_PLACE =
  'Janeiro|Fevereiro|Março|Abril|Maio|Junho|Julho|Agosto|Setembro|Outubro|Novembro|Dezembro|Boa|Que|Primeiro|Segundo|Terceiro';
const PLACES =
  'tribunal|cartório|escritório|médico|hospital|escola|aeroporto|cidade|praia|banco|cinema|farmácia|supermercado|conservatória|esquadra|delegacia|shopping|mercado|estação|casa|escritórios|porto|cais|embaixada|consulado|universidade|fórum|dentista|advogado|notário';
const FATO_AFTER =
  'gerador(?:es)?|jurídicos?|ilícitos?|notórios?|imputados?|alegados?|provados?|constitutivos?|impeditivos?|extintivos?|modificativos?|supervenientes?|típicos?|consumados?|relevantes?|danosos?|lesivos?|controvertidos?|essencia(?:l|is)|puníve(?:l|is)|criminosos?|ocorridos?|praticados?|descritos?|narrados?|articulados?|instrumenta(?:l|is)|conhecidos?|novos? alegados?|assentes?|continuados?|voluntários?|natura(?:l|is)|tributários?';

const toFacto = (_: RegExpExecArray, marked: string): string => marked.replace(/^(.)a/, '$1ac');

/** -ando → -ar, -endo → -er, -indo → -ir, -ondo → -or. */
function infinitiveOf(gerund: string): string {
  const stem = gerund.slice(0, -3);
  return stem.endsWith('o') ? `${stem.slice(0, -1)}ôr` : `${stem}r`;
}

function gerundOf(infinitive: string): string {
  return infinitive === 'pôr' ? 'pondo' : `${infinitive.slice(0, -1)}ndo`;
}

/** `Me parece` → `Parece-me`; the future and the conditional would take the pronoun inside. */
function enclisis({ groups = {} }: RegExpExecArray): string | undefined {
  const { pronoun = '', verb = '' } = groups;
  if (/r(?:ei|ás|á|emos|ão|ia|ias|íamos|iam)$/.test(verb)) return undefined;
  return `${verb.charAt(0).toUpperCase()}${verb.slice(1)}-${pronoun.toLowerCase()}`;
}

const toPreposition: Readonly<Record<string, string>> = { em: 'a', no: 'ao', na: 'à', nos: 'aos', nas: 'às' };

export const CONSTRUCTIONS: readonly Construction[] = [
  {
    kind: 'grammar',
    rule: 'estar-gerund',
    side: 'BR',
    first: new RegExp(`^[Ee]${ESTAR.slice(1)}$`),
    pattern: new RegExp(
      `${BEFORE}(?<estar>[Ee]${ESTAR.slice(1)})(?<adverb>${ADVERB}) ${NO_GERUND}(?<gerund>[${L}]{1,20}[aeio]ndo)${AFTER}`,
      'y',
    ),
    replace: ({ groups = {} }) => `${groups.estar}${groups.adverb} a ${infinitiveOf(groups.gerund ?? '')}`,
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'estar-infinitive',
    side: 'PT',
    first: new RegExp(`^[Ee]${ESTAR.slice(1)}$`),
    pattern: new RegExp(
      `${BEFORE}(?<estar>[Ee]${ESTAR.slice(1)})(?<adverb>${ADVERB}) a (?!(?:par|mar|bar|lar|partir|favor|seguir)${AFTER})(?<verb>[${L}]{1,20}[aeiô]r)${AFTER}`,
      'y',
    ),
    replace: ({ groups = {} }) => `${groups.estar}${groups.adverb} ${gerundOf(groups.verb ?? '')}`,
    weight: 3.5,
  },
  {
    kind: 'grammar',
    rule: 'proclisis',
    side: 'BR',
    first: /^(?:Me|Lhes?|Te)$/,
    pattern: new RegExp(
      `${START}(?<pronoun>Me|Lhes?|Te) (?!(?:o|a|os|as|não)${AFTER})(?<verb>[${L}]{2,20})${AFTER}`,
      'y',
    ),
    replace: enclisis,
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'proclisis',
    side: 'BR',
    first: /^Se$/,
    // A condition would go on behind a comma.
    pattern: new RegExp(
      `${START}(?<m>(?<pronoun>Se) (?<verb>trata(?:va)?|tratou)) (?:de|do|da|dos|das|d?este|d?esta|dum|duma) [^,.;!?\\n]{0,200}[.;!?\\n]`,
      'y',
    ),
    replace: enclisis,
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'voce',
    side: 'BR',
    first: /^[Vv]ocê$/,
    pattern: new RegExp(word('[Vv]ocê'), 'y'),
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'a-gente',
    side: 'BR',
    first: /^[Aa]$/,
    pattern: new RegExp(
      `(?<m>(?<![Tt]oda |[Mm]uita |[Pp]ouca )${BEFORE}[Aa] gente) (?:não |já |só |se |também |sempre |nunca )?(?:sabe|vê|vai|tem|pode|faz|deve|quer|está|precisa|fica|acha|consegue|foi|era|estava|tinha|queria|fez|viu|chega|conhece|espera|gosta|paga|compra|usa|pensa|trabalha|recebe|assina|entra|pediu|chegou|ficou|teve|recebeu|entregou|assinou|falou|fala|come|mora|vive)${AFTER}`,
      'y',
    ),
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'motion-em',
    side: 'BR',
    first: /^[Cc]heg/,
    pattern: new RegExp(
      `${BEFORE}[Cc]heg(?:ar|o|a|amos|am|uei|ou|aram|ava|avam|ará|arão|aria|ue|uem|asse|assem|arem|ando|ado)${ADVERB} (?<m>em) (?:casa${AFTER}|(?!(?:${NOT_A_PLACE})${AFTER})[A-ZÁÉÍÓÚÂÊÔ][${L}]{2,})`,
      'y',
    ),
    replace: () => 'a',
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'motion-em',
    side: 'BR',
    first: /^(?:[Cc]heg.*|[Ii](?:r|rá|rão|a|am)|[Vv](?:ou|ai|amos|ão))$/,
    pattern: new RegExp(
      `${BEFORE}(?:[Cc]heg(?:ar|o|a|amos|am|uei|ou|aram|ava|avam|ará|arão|aria|ue|uem|asse|assem|arem|ando|ado)|[Ii]r|[Ii]rá|[Ii]rão|[Vv]ou|[Vv]ai|[Vv]amos|[Vv]ão|[Ii]a|[Ii]am)${ADVERB} (?<m>n[oa]s?) (?:${PLACES})${AFTER}`,
      'y',
    ),
    replace: (_, marked) => toPreposition[marked],
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'possessive',
    side: 'BR',
    first: /^(?:Seu|Sua|Noss[oa])s?$/,
    pattern: new RegExp(`${START}(?<m>(?:Seu|Sua|Nosso|Noss[ao])s?) [${L}]{3,}`, 'y'),
    replace: (_, marked) =>
      `${/as?$/.test(marked) ? 'A' : 'O'}${marked.endsWith('s') ? 's' : ''} ${marked.toLowerCase()}`,
    weight: 1,
  },
  {
    kind: 'grammar',
    rule: 'possessive',
    side: 'BR',
    first: /^(?:[Aa]pós|[Dd]urante|[Ss]obre|[Cc]ontra|[Dd]esde|[Pp]erante|[Mm]ediante)$/,
    pattern: new RegExp(
      `${BEFORE}(?:[Aa]pós|[Dd]urante|[Ss]obre|[Cc]ontra|[Dd]esde|[Pp]erante|[Mm]ediante) (?<m>(?:seu|sua|nosso|nossa)s?) (?!(?:vez|conta|ordem|excelências?|majestade|santidade)${AFTER})[${L}]{3,}`,
      'y',
    ),
    replace: (_, marked) => `${/as?$/.test(marked) ? 'a' : 'o'}${marked.endsWith('s') ? 's' : ''} ${marked}`,
    weight: 1,
  },
  {
    kind: 'lexical',
    rule: 'fato',
    side: 'BR',
    first: /^[Ff]atos?$/,
    pattern: new RegExp(
      `(?:${BEFORE}(?<=[Dd]e )fato${AFTER}(?! (?:e gravata|completo|de|escuro|azul|preto|cinzento))|${BEFORE}(?:(?<=(?:[Oo]|[Uu]m|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Ee]ste|[Ee]sse|[Tt]al) ))fato(?= (?:de (?:que|o|a|os|as|não|se|haver|um|uma|ter|ser|estar|existir|terem|serem|[${L}]{2,14}(?:ar|er|ir))|(?:${FATO_AFTER}))${AFTER})|${BEFORE}[Ff]atos(?= (?:(?:que|em|são|foram|e|não) |${FATO_AFTER}))|${BEFORE}[Ff]ato(?= (?:${FATO_AFTER})${AFTER}))`,
      'y',
    ),
    replace: toFacto,
    weight: 3,
  },
  {
    kind: 'lexical',
    rule: 'controle',
    side: 'BR',
    first: /^controles?$/,
    pattern: new RegExp(
      `(?<=(?<!(?:que|não|quem|se|quando|embora|caso) )${BEFORE}(?:[Oo]|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Uu]m|[Ss]ob|[Dd]e|[Ss]em|[Ss]eu|[Ee]ste|[Ee]sse|[Mm]aior) )controles?${AFTER}`,
      'y',
    ),
    replace: (_, marked) => marked.replace('ole', 'olo'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'tela',
    side: 'BR',
    first: /^(?:tela|captura|proteção|tamanho)$/,
    pattern: new RegExp(
      `${BEFORE}(?:tela (?:inicial|cheia|sensível|principal|do (?:computador|telefone|telemóvel|celular|monitor|aparelho|sistema)|da (?:televisão|aplicação|TV))|(?:captura|proteção|tamanho) de (?:tela))${AFTER}`,
      'y',
    ),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'celular',
    side: 'BR',
    first: /^celular(?:es)?$/,
    pattern: new RegExp(
      `(?<=${BEFORE}(?:[Oo]|[Uu]m|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Ss]eu|[Mm]eu|[Oo]s|[Dd]os|[Nn]os|(?:telefone|aparelho|número)s?(?: de)?) )celular(?:es)?${AFTER}`,
      'y',
    ),
    replace: (_, marked) => (marked.endsWith('s') ? 'telemóveis' : 'telemóvel'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'trem',
    side: 'BR',
    first: /^tre(?:m|ns)$/,
    pattern: new RegExp(
      `(?<=${BEFORE}(?:[Oo]s?|[Uu]m|[Dd][oe]s?|[Nn]os?|[Aa]os?|[Pp]elos?|[Ss]eu) )tre(?:m|ns)${AFTER}(?! de (?:aterragem|cozinha|pouso|reboque|vida))`,
      'y',
    ),
    replace: (_, marked) => (marked.endsWith('s') ? 'comboios' : 'comboio'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'aplicativo',
    side: 'BR',
    first: /^aplicativos?$/,
    pattern: new RegExp(
      `(?<=${BEFORE}(?:[Oo]s?|[Uu]m|[Dd]os?|[Nn]os?|[Aa]os?|[Pp]elos?|[Ss]eu|[Ee]ste|[Ee]sse|[Dd]e) )aplicativos?${AFTER}`,
      'y',
    ),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'arquivo',
    side: 'BR',
    first: /^[Aa]rquivos?$/,
    pattern: new RegExp(
      `${BEFORE}(?<m>[Aa]rquivos?) (?:PDF|Word|Excel|JSON|JSONL|CSV|XML|ZIP|em formato|em PDF|de (?:texto|computador|imagem|áudio|vídeo)|anex(?:o|ado)s?|eletrônicos?|digita(?:l|is) anex)${AFTER}`,
      'y',
    ),
    replace: (_, marked) => marked.replace('Arquivo', 'Ficheiro').replace('arquivo', 'ficheiro'),
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'enclisis',
    side: 'PT',
    first: /(?:am|ou|eu|iu|va|ia|a|e|em)-(?:se|lhes?|me|nos|[oa]s?|n[oa]s?|l[oa]s?)$/,
    pattern: new RegExp(
      `(?<=[${L}] )[${L}]{3,}(?:am|ou|eu|iu|va|ia|a|e|em)-(?:se|lhes?|me|nos|[oa]s?|n[oa]s?|l[oa]s?)${AFTER}`,
      'y',
    ),
    weight: 0.4,
    quiet: true,
  },
  {
    kind: 'grammar',
    rule: 'mesoclisis',
    side: 'PT',
    first: /-(?:se|lo|la|los|las|lhe|lhes|me)-(?:á|ão|ia|iam|ei|emos)$/,
    pattern: new RegExp(
      `[A-ZÀ-ÖØ-Þ${L}-]{2,}-(?:se|lo|la|los|las|lhe|lhes|me)-(?:á|ão|ia|iam|ei|emos)${AFTER}`,
      'y',
    ),
    weight: 1,
    quiet: true,
  },
];

/** Indexes of the constructions that may begin with a word. */
function beginningWith({ text }: Lexeme): readonly number[] {
  return CONSTRUCTIONS.flatMap(({ first }, at) => (first.test(text) ? [at] : []));
}

/** The constructions in a text. */
export function constructionsIn({ text, lexemes, starts }: Tokens, take: (mark: Mark) => void): void {
  lexemes.forEach((lexeme, at) => {
    lexeme.constructions ??= lexeme.isWord ? beginningWith(lexeme) : [];
    for (const index of lexeme.constructions) {
      const construction = CONSTRUCTIONS[index];
      if (construction !== undefined) takeAt(text, starts[at] ?? 0, construction, take);
    }
  });
}

function takeAt(
  text: string,
  place: number,
  { kind, rule, side, pattern, replace, weight, quiet }: Construction,
  take: (mark: Mark) => void,
): void {
  pattern.lastIndex = place;
  const match = pattern.exec(text);
  if (match === null) return;
  const marked = match.groups?.m ?? match[0];
  const start = match.index + match[0].lastIndexOf(marked);
  take({
    kind,
    rule,
    side,
    start,
    end: start + marked.length,
    weight,
    quiet: quiet === true,
    replacement: replace?.(match, marked),
    name: false,
  });
}
