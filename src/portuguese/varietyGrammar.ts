import type { Mark, Side } from './varietyMarks';

/** Constructions and words in context that one variety alone has. Every pattern is linear: no repeats inside repeats. */
export interface Construction {
  readonly kind: 'lexical' | 'grammar';
  readonly rule: string;
  readonly side: Side;
  /** A text without any of these is not searched. */
  readonly hints: readonly string[];
  /** `(?<m>…)` is what is marked; else all of it. */
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
    hints: ['ndo'],
    pattern: new RegExp(
      `${BEFORE}(?<estar>[Ee]${ESTAR.slice(1)})(?<adverb>${ADVERB}) ${NO_GERUND}(?<gerund>[${L}]{1,20}[aeio]ndo)${AFTER}`,
      'g',
    ),
    replace: ({ groups = {} }) => `${groups.estar}${groups.adverb} a ${infinitiveOf(groups.gerund ?? '')}`,
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'estar-infinitive',
    side: 'PT',
    hints: [' a '],
    pattern: new RegExp(
      `${BEFORE}(?<estar>[Ee]${ESTAR.slice(1)})(?<adverb>${ADVERB}) a (?!(?:par|mar|bar|lar|partir|favor|seguir)${AFTER})(?<verb>[${L}]{1,20}[aeiô]r)${AFTER}`,
      'g',
    ),
    replace: ({ groups = {} }) => `${groups.estar}${groups.adverb} ${gerundOf(groups.verb ?? '')}`,
    weight: 3.5,
  },
  {
    kind: 'grammar',
    rule: 'proclisis',
    side: 'BR',
    hints: ['Me ', 'Lhe ', 'Lhes ', 'Te '],
    pattern: new RegExp(
      `${START}(?<pronoun>Me|Lhes?|Te) (?!(?:o|a|os|as|não)${AFTER})(?<verb>[${L}]{2,20})${AFTER}`,
      'g',
    ),
    replace: enclisis,
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'proclisis',
    side: 'BR',
    hints: ['Se trat', 'Se cham'],
    // A condition would go on behind a comma.
    pattern: new RegExp(
      `${START}(?<m>(?<pronoun>Se) (?<verb>trata(?:va)?|tratou)) (?:de|do|da|dos|das|d?este|d?esta|dum|duma) [^,.;!?\\n]{0,200}[.;!?\\n]`,
      'g',
    ),
    replace: enclisis,
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'voce',
    side: 'BR',
    hints: ['ocê'],
    pattern: new RegExp(word('[Vv]ocê'), 'g'),
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'a-gente',
    side: 'BR',
    hints: ['a gente ', 'A gente '],
    pattern: new RegExp(
      `(?<![Tt]oda |[Mm]uita |[Pp]ouca )${BEFORE}(?<m>[Aa] gente) (?:não |já |só |se |também |sempre |nunca )?(?:sabe|vê|vai|tem|pode|faz|deve|quer|está|precisa|fica|acha|consegue|foi|era|estava|tinha|queria|fez|viu|chega|conhece|espera|gosta|paga|compra|usa|pensa|trabalha|recebe|assina|entra|pediu|chegou|ficou|teve|recebeu|entregou|assinou|falou|fala|come|mora|vive)${AFTER}`,
      'g',
    ),
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'motion-em',
    side: 'BR',
    hints: ['heg'],
    pattern: new RegExp(
      `${BEFORE}[Cc]heg(?:ar|o|a|amos|am|uei|ou|aram|ava|avam|ará|arão|aria|ue|uem|asse|assem|arem|ando|ado)${ADVERB} (?<m>em) (?:casa${AFTER}|(?!(?:${NOT_A_PLACE})${AFTER})[A-ZÁÉÍÓÚÂÊÔ][${L}]{2,})`,
      'g',
    ),
    replace: () => 'a',
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'motion-em',
    side: 'BR',
    hints: ['heg', 'ir ', 'vai ', 'vou ', 'vão ', 'ia ', 'iam ', 'vamos ', 'irá ', 'irão '],
    pattern: new RegExp(
      `${BEFORE}(?:[Cc]heg(?:ar|o|a|amos|am|uei|ou|aram|ava|avam|ará|arão|aria|ue|uem|asse|assem|arem|ando|ado)|[Ii]r|[Ii]rá|[Ii]rão|[Vv]ou|[Vv]ai|[Vv]amos|[Vv]ão|[Ii]a|[Ii]am)${ADVERB} (?<m>n[oa]s?) (?:${PLACES})${AFTER}`,
      'g',
    ),
    replace: (_, marked) => toPreposition[marked],
    weight: 1.5,
  },
  {
    kind: 'grammar',
    rule: 'possessive',
    side: 'BR',
    hints: ['Seu ', 'Sua ', 'Seus ', 'Suas ', 'Nosso ', 'Nossa ', 'Nossos ', 'Nossas '],
    pattern: new RegExp(`${START}(?<m>(?:Seu|Sua|Nosso|Noss[ao])s?) [${L}]{3,}`, 'g'),
    replace: (_, marked) =>
      `${/as?$/.test(marked) ? 'A' : 'O'}${marked.endsWith('s') ? 's' : ''} ${marked.toLowerCase()}`,
    weight: 1,
  },
  {
    kind: 'grammar',
    rule: 'possessive',
    side: 'BR',
    hints: [' seu', ' sua', ' noss'],
    pattern: new RegExp(
      `${BEFORE}(?:[Aa]pós|[Dd]urante|[Ss]obre|[Cc]ontra|[Dd]esde|[Pp]erante|[Mm]ediante) (?<m>(?:seu|sua|nosso|nossa)s?) (?!(?:vez|conta|ordem|excelências?|majestade|santidade)${AFTER})[${L}]{3,}`,
      'g',
    ),
    replace: (_, marked) => `${/as?$/.test(marked) ? 'a' : 'o'}${marked.endsWith('s') ? 's' : ''} ${marked}`,
    weight: 1,
  },
  {
    kind: 'lexical',
    rule: 'fato',
    side: 'BR',
    hints: ['ato'],
    pattern: new RegExp(
      `(?:${BEFORE}(?<=[Dd]e )fato${AFTER}(?! (?:e gravata|completo|de|escuro|azul|preto|cinzento))|${BEFORE}(?:(?<=(?:[Oo]|[Uu]m|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Ee]ste|[Ee]sse|[Tt]al) ))fato(?= (?:de (?:que|o|a|os|as|não|se|haver|um|uma|ter|ser|estar|existir|terem|serem|[${L}]{2,14}(?:ar|er|ir))|(?:${FATO_AFTER}))${AFTER})|${BEFORE}[Ff]atos(?= (?:(?:que|em|são|foram|e|não) |${FATO_AFTER}))|${BEFORE}[Ff]ato(?= (?:${FATO_AFTER})${AFTER}))`,
      'g',
    ),
    replace: toFacto,
    weight: 3,
  },
  {
    kind: 'lexical',
    rule: 'controle',
    side: 'BR',
    hints: ['ontrole'],
    pattern: new RegExp(
      `(?<!(?:que|não|quem|se|quando|embora|caso) )${BEFORE}(?:[Oo]|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Uu]m|[Ss]ob|[Dd]e|[Ss]em|[Ss]eu|[Ee]ste|[Ee]sse|[Mm]aior) (?<m>controles?)${AFTER}`,
      'g',
    ),
    replace: (_, marked) => marked.replace('ole', 'olo'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'tela',
    side: 'BR',
    hints: ['tela'],
    pattern: new RegExp(
      `${BEFORE}(?:tela (?:inicial|cheia|sensível|principal|do (?:computador|telefone|telemóvel|celular|monitor|aparelho|sistema)|da (?:televisão|aplicação|TV))|(?:captura|proteção|tamanho) de (?:tela))${AFTER}`,
      'g',
    ),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'celular',
    side: 'BR',
    hints: ['celular'],
    pattern: new RegExp(
      `${BEFORE}(?:[Oo]|[Uu]m|[Dd]o|[Nn]o|[Aa]o|[Pp]elo|[Ss]eu|[Mm]eu|[Oo]s|[Dd]os|[Nn]os|(?:telefone|aparelho|número)s? (?:de )?) ?(?<m>celular(?:es)?)${AFTER}`,
      'g',
    ),
    replace: (_, marked) => (marked.endsWith('s') ? 'telemóveis' : 'telemóvel'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'trem',
    side: 'BR',
    hints: ['tre'],
    pattern: new RegExp(
      `${BEFORE}(?:[Oo]s?|[Uu]m|[Dd][oe]s?|[Nn]os?|[Aa]os?|[Pp]elos?|[Ss]eu) (?<m>tre(?:m|ns))${AFTER}(?! de (?:aterragem|cozinha|pouso|reboque|vida))`,
      'g',
    ),
    replace: (_, marked) => (marked.endsWith('s') ? 'comboios' : 'comboio'),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'aplicativo',
    side: 'BR',
    hints: ['plicativo'],
    pattern: new RegExp(
      `${BEFORE}(?:[Oo]s?|[Uu]m|[Dd]os?|[Nn]os?|[Aa]os?|[Pp]elos?|[Ss]eu|[Ee]ste|[Ee]sse|[Dd]e) (?<m>aplicativos?)${AFTER}`,
      'g',
    ),
    weight: 2.5,
  },
  {
    kind: 'lexical',
    rule: 'arquivo',
    side: 'BR',
    hints: ['rquivo'],
    pattern: new RegExp(
      `${BEFORE}(?<m>[Aa]rquivos?) (?:PDF|Word|Excel|JSON|JSONL|CSV|XML|ZIP|em formato|em PDF|de (?:texto|computador|imagem|áudio|vídeo)|anex(?:o|ado)s?|eletrônicos?|digita(?:l|is) anex)${AFTER}`,
      'g',
    ),
    replace: (_, marked) => marked.replace('Arquivo', 'Ficheiro').replace('arquivo', 'ficheiro'),
    weight: 2.5,
  },
  {
    kind: 'grammar',
    rule: 'enclisis',
    side: 'PT',
    hints: ['-se', '-lhe', '-me', '-o', '-a'],
    pattern: new RegExp(
      `(?<=[${L}] )[${L}]{3,}(?:am|ou|eu|iu|va|ia|a|e|em)-(?:se|lhes?|me|nos|[oa]s?|n[oa]s?|l[oa]s?)${AFTER}`,
      'g',
    ),
    weight: 0.4,
    quiet: true,
  },
  {
    kind: 'grammar',
    rule: 'mesoclisis',
    side: 'PT',
    hints: ['-se-', '-lo-', '-la-', '-lhe-'],
    pattern: new RegExp(`[${L}]{2,}-(?:se|lo|la|los|las|lhe|lhes|me)-(?:á|ão|ia|iam|ei|emos)${AFTER}`, 'g'),
    weight: 1,
    quiet: true,
  },
];

/** The constructions in a text. */
export function constructionsIn(text: string, take: (mark: Mark) => void): void {
  for (const { kind, rule, side, hints, pattern, replace, weight, quiet } of CONSTRUCTIONS) {
    if (!hints.some((hint) => text.includes(hint))) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
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
  }
}
