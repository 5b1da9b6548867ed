import type { CitationStyle, Diploma } from './citation';
import type { FoundDiploma } from './foundDiploma';
import { L, NO, S, S0, U, datedAt, matchAt, sticky } from './pieces';

/** Kinds of diplomas that have numbers: what they are called, the pattern, and Brazil's own. */
const TYPES: readonly (readonly [name: string, pattern: string, style?: 'br'])[] = [
  ['Decreto-Lei', `(?:decretos?|dec\\.?)${S0}(?:-${S0})?leis?|d\\.?\\s?l\\.?(?=\\s{0,2}(?:n|\\d))`],
  ['Decreto Regulamentar Regional', 'decretos?\\sregulamentar(?:es)?\\sregiona(?:l|is)'],
  ['Decreto Regulamentar', '(?:decretos?|dec\\.)\\s(?:regulamentar(?:es)?|reg\\.)'],
  ['Decreto Legislativo Regional', 'decretos?\\slegislativos?\\sregiona(?:l|is)'],
  ['Decreto Legislativo', 'decretos?\\slegislativos?'],
  ['Decreto do Presidente da República', 'decretos?\\sdo\\spresidente\\sda\\srepública'],
  ['Decreto do Governo', 'decretos?\\sdo\\sgoverno'],
  ['Decreto', 'decretos?(?:\\s(?:estadua(?:l|is)|municipa(?:l|is)|distrita(?:l|is)|federa(?:l|is)))?'],
  ['Lei Constitucional', 'leis?\\sconstituciona(?:l|is)'],
  ['Lei Orgânica', 'leis?\\sorgânicas?'],
  [
    'Lei Complementar',
    '(?:leis?\\scomplementar(?:es)?|lcp)(?:\\s(?:estadua(?:l|is)|municipa(?:l|is)|distrita(?:l|is)|federa(?:l|is)))?',
    'br',
  ],
  [
    'Lei',
    'leis?(?:\\s(?:ordinárias?))?(?:\\s(?:estadua(?:l|is)|municipa(?:l|is)|distrita(?:l|is)|federa(?:l|is)))?',
  ],
  ['Portaria', 'portarias?(?:\\sconjuntas?|\\sinterministeria(?:l|is))?'],
  ['Despacho Normativo', 'despachos?\\snormativos?'],
  ['Despacho', 'despachos?(?:\\sconjuntos?)?'],
  ['Resolução', 'resoluç(?:ão|ões)'],
  ['Declaração de Retificação', 'declaraç(?:ão|ões)\\sde\\sre[ct]{1,2}ifica[çc](?:ão|ões)'],
  ['Declaração', 'declaraç(?:ão|ões)'],
  ['Aviso', 'avisos?'],
  ['Instrução Normativa', 'instruç(?:ão|ões)\\snormativas?', 'br'],
  ['Instrução', 'instruç(?:ão|ões)'],
  ['Norma Regulamentar', 'normas?\\sregulamentar(?:es)?'],
  ['Regulamento', 'regulamentos?'],
  ['Deliberação', 'deliberaç(?:ão|ões)'],
  ['Carta Circular', 'cartas?[\\s-]circular(?:es)?'],
  ['Ofício-Circulado', 'ofícios?[\\s-]circulados?'],
  ['Circular', 'circular(?:es)?'],
  ['Recomendação', 'recomendaç(?:ão|ões)'],
  ['Decisão', 'decis(?:ão|ões)'],
  ['Convenção', 'convenç(?:ão|ões)'],
  ['Medida Provisória', 'medidas?\\sprovisórias?', 'br'],
  ['Emenda Constitucional', 'emendas?\\sconstituciona(?:l|is)(?:\\sestadua(?:l|is))?', 'br'],
  ['Ato Declaratório', 'atos?\\sdeclaratórios?(?:\\sinterpretativos?)?', 'br'],
];
const SHORT: Readonly<Record<string, string>> = {
  LC: 'Lei Complementar',
  EC: 'Emenda Constitucional',
  MP: 'Medida Provisória',
  MPV: 'Medida Provisória',
  IN: 'Instrução Normativa',
  RCM: 'Resolução do Conselho de Ministros',
};
interface TypePattern {
  readonly pattern: RegExp;
  readonly kinds: typeof TYPES;
}

/** A pattern for each first letter, lower and upper case. */
const TYPE_BY_LETTER = new Map<number, TypePattern>();
for (const letter of 'dlpriacnmeo') {
  const kinds = TYPES.filter(([, pattern]) => /[a-zí]/.exec(pattern.replace(/^\(\?:/, ''))?.[0] === letter);
  const pattern = sticky(`(?:${kinds.map(([, source]) => `(${source})`).join('|')})(?![${L}])`, 'i');
  for (const code of [letter.charCodeAt(0), letter.toUpperCase().charCodeAt(0)])
    TYPE_BY_LETTER.set(code, { pattern, kinds });
}
const SHORT_TYPE = sticky(`(LC|EC|MPV?|IN|RCM|Res\\.?)(?=[\\s/-])(?:\\s(?:Estadual|Federal|Distrital))?`);
const BODY = `[${U}][${L}/&.-]{0,24}(?:${S}(?:(?:d[aeo]s?|e|à)${S}){0,2}[${U}][${L}]{0,24}){0,9}`;
const BODY_BEFORE = sticky(
  `(?:\\s{0,3}-\\s{0,1}|${S}(?:(?:d[aoe]s?)${S}|\\()?)((?!N[.º°O]|Nº)${BODY}?)\\)?(?=${S0}(?:n\\s?\\.|n[º°o]|N\\.|N[º°]|\\d))`,
);
const NUMBER_MARK = sticky(`${S0}(?:com${S}o${S})?${NO}(?=\\d)`, 'i');
const NUMBER = sticky(
  `(\\d{1,3}(?:[. \\u00a0]\\d{3}){1,2}(?![\\d])|\\d{1,7})((?:-[A-Z]{1,2}|-\\d{1,3}|[A-Z])(?![A-Za-z\\d]))?` +
    `(?:\\s?[/⁄∕]\\s?(\\d{4}|\\d{2})(?!\\d))?((?:[/-][A-Z]{1,4})(?![${L}\\d]))?(?![${L}\\d]|[.,]\\d)`,
);
const MORE_NUMBERS = sticky(`(?:${S0},${S0}(?:(?:e|ou)${S})?|${S}(?:e|ou)${S})(?:${NO})?(?=\\d)`);
const KNOWN_BODY = sticky(
  `,?${S}(?:d[oa]s?${S})(Parlamento\\sEuropeu(?:\\se\\sdo\\sConselho|\\se\\sConselho)?|Conselho(?:\\sNacional\\sde\\sJustiça|\\sMonetário\\sNacional|\\sFederal)?|Comissão(?:\\sEuropeia)?|` +
    `Banco\\s(?:de\\sPortugal|Central(?:\\sEuropeu|\\sdo\\sBrasil)?)|CMVM|ASF|OIT|BCE|ANACOM|ERSE|Senado(?:\\sFederal)?|C?NJ|T[SC][TEU]|CONTRAN|CNJ|CMN|BACEN|ANEEL|ANVISA|` +
    `Assembleia\\sda\\sRepública|Conselho\\sde\\sMinistros|Organização\\sInternacional\\sdo\\sTrabalho|TST|TCU|TSE|STF|STJ)(?![${L}])`,
);
const EUROPEAN = sticky(
  `(regulamentos?(?:${S}(?:delegados?|de${S}execução))?|dire[c]?tivas?(?:${S}(?:delegadas?|de${S}execução))?|decis(?:ão|ões)(?:-quadro)?(?:${S}(?:delegadas?|de${S}execução))?|recomendaç(?:ão|ões))` +
    `${S0}(?:\\(?(UE|CE|CEE|EU|CECA|Euratom|UE,\\sEuratom|CE,\\sEuratom|UE,\\sCE)\\)?${S0})?(?:${NO})?` +
    `(\\d{1,4})\\s?/\\s?(\\d{1,4})(?:\\s?/\\s?(UE|CE|CEE|JAI|PESC|Euratom|CECA))?(?![\\d${L}/])`,
  'i',
);

export function europeanAt(text: string, at: number): FoundDiploma | undefined {
  const match = matchAt(EUROPEAN, text, at);
  if (match === null) return undefined;
  const [whole, word = '', community, first = '', second = '', suffix] = match;
  const bare = community === undefined && suffix === undefined;
  const regulation = /^regul/i.test(word);
  // «Regulamento n.º 313/2021» is a national one; «Diretiva 2014/24» and «Regulamento 2016/679» are not.
  if (bare && !/^(?:19|20)\d\d$/.test(first)) return undefined;
  const yearFirst = regulation
    ? /^(?:19|20)\d\d$/.test(first) && (Number(first) >= 2015 || second.length !== 4)
    : true;
  const kind = europeanType(word);
  const tail = tailAt(text, at + whole.length);
  const scope = (community ?? suffix ?? 'UE').toUpperCase().replace('EU', 'UE').replace('UERATOM', 'EURATOM');
  return {
    end: tail.end,
    style: 'pt',
    diploma: {
      type: kind,
      number: yearFirst ? second : first,
      year: yearFirst ? first : second,
      suffix: community === undefined ? scope : `(${scope})`,
      ...tail.found,
    },
  };
}

function europeanType(word: string): string {
  const base = /^regul/i.test(word)
    ? 'Regulamento'
    : /^dir/i.test(word)
      ? 'Diretiva'
      : /^dec/i.test(word)
        ? /quadro/i.test(word)
          ? 'Decisão-Quadro'
          : 'Decisão'
        : 'Recomendação';
  if (/delegad/i.test(word)) return `${base} ${base === 'Regulamento' ? 'Delegado' : 'Delegada'}`;
  return /execu/i.test(word) ? `${base} de Execução` : base;
}

/** Issuing body and date after a number, in either order. */
function tailAt(
  text: string,
  from: number,
): { readonly end: number; readonly found: Pick<Diploma, 'body' | 'date'> } {
  let end = from;
  const found: { body?: string; date?: NonNullable<Diploma['date']> } = {};
  for (let round = 0; round < 3; round++) {
    const body = found.body === undefined ? matchAt(KNOWN_BODY, text, end) : null;
    if (body !== null) {
      found.body = (body[1] ?? '').replace(/\s+/g, ' ');
      end += body[0].length;
      continue;
    }
    const dated = found.date === undefined ? datedAt(text, end) : undefined;
    if (dated === undefined) break;
    found.date = dated.date;
    ({ end } = dated);
  }
  return { end, found };
}

/** Kinds whose number never stands behind the body that issued them. */
const WITHOUT_BODY = /^(?:leis?|dec(?!l|is)|d\.|dl)/i;

export function numberedAt(text: string, at: number): FoundDiploma | undefined {
  let end: number;
  let type: string;
  let word: string;
  let style: CitationStyle = 'pt';
  const types = TYPE_BY_LETTER.get(text.charCodeAt(at));
  const match = types === undefined ? null : matchAt(types.pattern, text, at);
  if (match === null || types === undefined) {
    const short = matchAt(SHORT_TYPE, text, at);
    if (short === null) return undefined;
    word = short[0];
    type = SHORT[short[1] ?? ''] ?? 'Resolução';
    if (type !== 'Resolução do Conselho de Ministros') style = 'br';
    end = at + word.length;
  } else {
    word = match[0];
    const kind = types.kinds[match.slice(1).findIndex((group: string | undefined) => group !== undefined)];
    type = kind?.[0] ?? word;
    style = kind?.[2] ?? 'pt';
    end = at + word.length;
    if (/(?:estadua|municipa|distrita|federa)/i.test(word)) style = 'br';
  }
  let body: string | undefined;
  let mark = matchAt(NUMBER_MARK, text, end);
  if (mark === null && !WITHOUT_BODY.test(word)) {
    const before = matchAt(BODY_BEFORE, text, end);
    if (before !== null) {
      body = (before[1] ?? '').replace(/\s+/g, ' ');
      end += before[0].length;
      mark = matchAt(NUMBER_MARK, text, end);
    }
  }
  const marked = mark !== null;
  // A heading in capitals is no issuing body.
  if (body !== undefined && body.length > 12 && body === body.toUpperCase()) return undefined;
  if (mark !== null) end += mark[0].length;
  else end += /^\s{0,3}/.exec(text.slice(end, end + 3))?.[0].length ?? 0;
  const number = matchAt(NUMBER, text, end);
  if (number === null) return undefined;
  const [digits, plain = '', letter = '', year, suffix] = number;
  const thousands = /\D/.test(plain);
  const longEnough = thousands || plain.length >= (style === 'br' ? 2 : 4);
  if (!marked && year === undefined && !longEnough) return undefined;
  // «em portaria 2019», «lei 1990»: a year is no number.
  if (!marked && year === undefined && style === 'pt' && /^(?:18|19|20)\d\d$/.test(plain)) return undefined;
  if (body !== undefined && !marked && year === undefined) return undefined;
  if (
    /^\d{1,2}$/.test(plain) &&
    !marked &&
    match !== null &&
    /^(?:despacho|aviso|declar|circular)/i.test(word)
  )
    return undefined;
  const tail = tailAt(text, end + digits.length);
  if (isBrazilian(type, plain, year, tail.found.date)) style = 'br';
  return {
    // Brazil's courts name a law by its number alone, as the corpora of their decisions mark it.
    end: style === 'br' && tail.found.date !== undefined ? end + digits.length : tail.end,
    ...(style === 'br' ? { after: tail.end } : {}),
    style,
    plural: /s$/i.test(word.trim()) || /(?:ns|[ºo]s)/.test(mark?.[0] ?? ''),
    diploma: {
      type: body === undefined || !/^Resolução$/.test(type) ? type : `Resolução ${preposition(body)} ${body}`,
      number: `${plain.replace(/\D/g, '')}${letter}`,
      ...(year === undefined ? {} : { year }),
      ...(suffix === undefined ? {} : { suffix }),
      ...(body === undefined || type === 'Resolução' ? {} : { body }),
      ...tail.found,
    },
  };
}

/**
 * Portugal numbers by year since 1976, and had got no further than these numbers before; Brazil never starts again,
 * and writes the thousands.
 */
function isBrazilian(type: string, plain: string, year: string | undefined, date: Diploma['date']): boolean {
  if (year === undefined && date?.year !== undefined && date.year > 1976) return true;
  if (!plain.includes('.')) return false;
  const number = Number(plain.replace(/\D/g, ''));
  if (year !== undefined) return true;
  if (type === 'Decreto-Lei') return number < 11_000;
  return type === 'Lei' ? number > 2300 : date === undefined || (date.year ?? 0) > 1976;
}

const preposition = (body: string): string => (/^(?:Assembleia|Comissão|CMVM|ASF)/.test(body) ? 'da' : 'do');

/** The next number of «Leis n.os 1/2020, de 5 de março, e 2/2020, de 6 de março», with where it begins. */
export function furtherNumber(
  text: string,
  at: number,
  { diploma, style }: FoundDiploma,
): (FoundDiploma & { readonly start: number }) | undefined {
  const joint = matchAt(MORE_NUMBERS, text, at);
  if (joint === null) return undefined;
  const start = at + joint[0].length;
  const number = matchAt(NUMBER, text, start);
  if (number === null || (number[3] === undefined && !(style === 'br' && /\d\.\d/.test(number[0]))))
    return undefined;
  const { type, body } = diploma;
  const tail = tailAt(text, start + number[0].length);
  return {
    start,
    end: style === 'br' && tail.found.date !== undefined ? start + number[0].length : tail.end,
    ...(style === 'br' ? { after: tail.end } : {}),
    style,
    diploma: {
      type,
      number: `${(number[1] ?? '').replace(/\D/g, '')}${number[2] ?? ''}`,
      ...(number[3] === undefined ? {} : { year: number[3] }),
      ...(number[4] === undefined ? {} : { suffix: number[4] }),
      ...(body === undefined ? {} : { body }),
      ...tail.found,
    },
  };
}
