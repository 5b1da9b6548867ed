import type { CitationStyle, Diploma } from './citation';
import { NAMED, byAbbreviation } from './codes';
import type { NamedDiploma } from './codes';
import { CONNECTORS, L, NO, S, S0, U, datedAt, matchAt, sticky } from './pieces';

/** A diploma as it stands in the text. */
export interface FoundDiploma {
  readonly end: number;
  /** Where what follows it begins, when that is behind a date that is not part of it. */
  readonly after?: number;
  readonly diploma: Diploma;
  readonly style: CitationStyle;
  /** «Leis n.os 1/2020 e 2/2020»: more numbers of the same kind may follow. */
  readonly plural?: boolean;
}

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
  ['Lei Complementar', '(?:leis?\\scomplementar(?:es)?|lcp)(?:\\s(?:estadua(?:l|is)|municipa(?:l|is)|distrita(?:l|is)|federa(?:l|is)))?', 'br'],
  ['Lei', 'leis?(?:\\s(?:ordinárias?))?(?:\\s(?:estadua(?:l|is)|municipa(?:l|is)|distrita(?:l|is)|federa(?:l|is)))?'],
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
const TYPE = sticky(`(?:${TYPES.map(([, pattern]) => `(${pattern})`).join('|')})(?![${L}])`, 'i');
const SHORT_TYPE = sticky(`(LC|EC|MPV?|IN|RCM|Res\\.?)(?=[\\s/-])(?:\\s(?:Estadual|Federal|Distrital))?`);
const BODY = `[${U}][${L}/&.-]{0,24}(?:${S}(?:(?:d[aeo]s?|e|à)${S}){0,2}[${U}][${L}]{0,24}){0,9}`;
const BODY_BEFORE = sticky(`(?:\\s{0,3}-\\s{0,1}|${S}(?:(?:d[aoe]s?)${S}|\\()?)((?!N[.º°O]|Nº)${BODY}?)\\)?(?=${S0}(?:n\\s?\\.|n[º°o]|N\\.|N[º°]|\\d))`);
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

// Words that begin a diploma of their own, or a court, and so end a title.
const HEADS =
  '(?:Código|Constituição|Lei|Decreto|Portaria|Regulamento|Convenção|Diretiva|Directiva|Tribunal|Supremo|Acórdão|Estatuto|Regime|Resolução|Carta|Protocolo|Tratado|Súmula|Governo|Portugal|Estado-Membro)';
const TITLE = `(?:${S}${CONNECTORS}(?!${HEADS}(?![${L}]))[${U}][${L}]{1,30}(?:-[${L}]{1,20}){0,2}){1,14}`;
const GENERIC = sticky(
  `(Código(?!${S}(?:Postal|de${S}(?:Conduta|Barras|Ética|Verificação|Acesso))(?![${L}]))|Estatutos?(?=${S}(?:d[aoe]s?${S}|Político|Orgânico))|Regime(?!${S}Geral${S}d[ae]${S}(?:Segurança|Previdência))(?=${S}(?:Jurídico${S}|Geral${S}|Especial${S}|Legal|Disciplinar|Excecional))|` +
    `Lei(?=${S}(?:d[aeo]s?${S}|(?:Geral|Quadro|Orgânica|Uniforme)${S}(?:${CONNECTORS})[${U}]|Maria|Seca|Rouanet|Kandir)|-Quadro${S})|Lei-Quadro|` +
    `Regulamento(?=${S}(?:Geral${S}|Internacional${S}|Disciplinar${S}|Roma${S}|Bruxelas${S}|Dublin|d[aeo]s?${S}))|` +
    `Regimento(?=${S}(?:d[aeo]${S}(?:Assembleia|Senado|Câmara|Supremo|Superior|Tribunal)))|Tratado(?!${S}de${S}Direito)|Convenção(?!${S}(?:e${S}|Nacional|Partidária|de${S}Arbitragem|Coletiva|Colectiva|Antenupcial|Arbitral))|Protocolo(?=${S}(?:de${S}(?:Quioto|Madrid|Montreal|Quioto|Genebra|Londres|Bruxelas|[12]\\d{3})|Adicional))|` +
    `Acordo(?=${S}(?:de${S}Schengen|sobre${S}|Ortográfico))|Consolidação(?=${S}das${S}Leis))(?:${TITLE})?`,
);
const VERSION = sticky(`(?:${S0}[/⁄]\\s?(\\d{4}|\\d{2})(?!\\d)|${S}de${S}((?:18|19|20)\\d{2})(?!\\d)|(?:${S}(?:brasileiro|português))(?![${L}]))`, 'i');
const TREATY_YEAR = sticky(`(?:,${S}((?:18|19|20)\\d{2})(?![\\d/])|${S}(\\d{2}/\\d{2})(?!\\d))`);

const escaped = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replace(/ /g, S);
const longestFirst = (a: string, b: string): number => b.length - a.length;
const fold = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();

const byName = new Map<string, NamedDiploma>();
for (const named of NAMED) {
  for (const name of [named.name, ...(named.alias ?? [])]) byName.set(fold(name), named);
}
/** A pattern for each first letter: a long list of names is tried one after the other. */
function byFirstLetter(names: readonly string[], after: string, flags = ''): ReadonlyMap<number, RegExp> {
  const lists = new Map<number, string[]>();
  for (const name of [...new Set(names)].sort(longestFirst)) {
    const code = name.toUpperCase().charCodeAt(0);
    lists.set(code, [...(lists.get(code) ?? []), name]);
  }
  return new Map([...lists].map(([code, list]) => [code, sticky(`(${list.map(escaped).join('|')})${after}`, flags)]));
}
const NAMES = byFirstLetter([...byName.keys()], `(?![${L}])`, 'i');
const FREE = byFirstLetter(
  NAMED.flatMap(({ free }) => free ?? []),
  `(?![${L}\\d-]|\\.[A-Z])`,
);
const ABBREVIATIONS = byFirstLetter([...byAbbreviation.keys()], `(?![${L}\\d]|-[A-Z])`);

/** Abbreviations that stand for themselves wherever they are: where a citation may begin. */
export const FREE_ABBREVIATIONS: readonly string[] = NAMED.flatMap(({ free }) => free ?? []);

const codesOf = (letters: string): ReadonlySet<number> => new Set([...letters].map((letter) => letter.charCodeAt(0)));
const EUROPEAN_FIRST = codesOf('rRdD');
const NUMBERED_FIRST = codesOf('dDlLpPrRaAiInNcCmMeEoO');
const GENERIC_FIRST = codesOf('CERLTPA');

/** The diploma that begins at `at`. `bound`: an article is said to be of it, so that «CC» can be nothing else. */
export function diplomaAt(text: string, at: number, bound: boolean): FoundDiploma | undefined {
  const code = text.charCodeAt(at);
  const capital = code < 97 || code > 255;
  return (
    (EUROPEAN_FIRST.has(code) ? europeanAt(text, at) : undefined) ??
    (NUMBERED_FIRST.has(code) ? numberedAt(text, at) : undefined) ??
    (capital ? (namedAt(text, at, bound) ?? (GENERIC_FIRST.has(code) ? genericAt(text, at) : undefined)) : undefined)
  );
}

function europeanAt(text: string, at: number): FoundDiploma | undefined {
  const match = matchAt(EUROPEAN, text, at);
  if (match === null) return undefined;
  const [whole, word = '', community, first = '', second = '', suffix] = match;
  const bare = community === undefined && suffix === undefined;
  const regulation = /^regul/i.test(word);
  // «Regulamento n.º 313/2021» is a national one; «Diretiva 2014/24» and «Regulamento 2016/679» are not.
  if (bare && !/^(?:19|20)\d\d$/.test(first)) return undefined;
  const yearFirst = regulation ? /^(?:19|20)\d\d$/.test(first) && (Number(first) >= 2015 || second.length !== 4) : true;
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

function numberedAt(text: string, at: number): FoundDiploma | undefined {
  let end: number;
  let type: string;
  let word: string;
  let style: CitationStyle = 'pt';
  const match = matchAt(TYPE, text, at);
  if (match === null) {
    const short = matchAt(SHORT_TYPE, text, at);
    if (short === null) return undefined;
    word = short[0];
    type = SHORT[short[1] ?? ''] ?? 'Resolução';
    if (type !== 'Resolução do Conselho de Ministros') style = 'br';
    end = at + word.length;
  } else {
    word = match[0];
    const kind = TYPES[match.slice(1).findIndex((group) => group !== undefined)];
    type = kind?.[0] ?? word;
    style = kind?.[2] ?? 'pt';
    end = at + word.length;
    if (/(?:estadua|municipa|distrita|federa)/i.test(word)) style = 'br';
  }
  let body: string | undefined;
  let mark = matchAt(NUMBER_MARK, text, end);
  if (mark === null) {
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
  if (/^\d{1,2}$/.test(plain) && !marked && match !== null && /^(?:despacho|aviso|declar|circular)/i.test(word)) return undefined;
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
  if (number === null || (number[3] === undefined && !(style === 'br' && /\d\.\d/.test(number[0])))) return undefined;
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

function namedAt(text: string, at: number, bound: boolean): FoundDiploma | undefined {
  const code = text.charCodeAt(at);
  const names = NAMES.get(code);
  const name = names === undefined ? null : matchAt(names, text, at);
  const shorts = name === null ? (bound ? ABBREVIATIONS : FREE).get(code) : undefined;
  const short = shorts === undefined ? null : matchAt(shorts, text, at);
  const match = name ?? short;
  if (match === null) return undefined;
  // «constituição federal» in lower case names the thing, «código civil» too; only a capital names the law.
  if (name !== null && !new RegExp(`^[${U}]`).test(name[0])) return undefined;
  const named = name === null ? byAbbreviation.get(match[0]) : byName.get(fold(match[0]));
  if (named === undefined) return undefined;
  let end = at + match[0].length;
  let year: string | undefined;
  const version = matchAt(VERSION, text, end);
  const dated = version === null || version[1] === undefined ? treatyDate(text, end) : undefined;
  if (dated !== undefined && /^(?:Conven|Regul|Trat|Prot|Carta|Regras)/.test(named.type)) {
    return { end: dated.end, style: 'pt', diploma: { ...ofNamed(named), ...(dated.date === undefined ? {} : { date: dated.date }) } };
  }
  if (version !== null && !/^(?:Regulamento|Convenção)/.test(named.type)) {
    end += version[0].length;
    year = version[1] ?? version[2];
  }
  const own = /\/(\d{2,4})$/.exec(match[0])?.[1] ?? year;
  return {
    end,
    style: named.style ?? (named.code === 'cf' || own !== undefined ? 'br' : 'pt'),
    diploma: { ...ofNamed(named), ...(own === undefined ? {} : { year: own }) },
  };
}

const ofNamed = ({ code, name, type }: NamedDiploma): Diploma => ({ type, name, code });

/** «de 25 de agosto de 1924», «, 2006», «73/78» after a treaty's name. */
function treatyDate(text: string, at: number): { readonly end: number; readonly date?: NonNullable<Diploma['date']> } | undefined {
  const year = matchAt(TREATY_YEAR, text, at);
  if (year !== null) {
    return { end: at + year[0].length, ...(year[1] === undefined ? {} : { date: { year: Number(year[1]) } }) };
  }
  return datedAt(text, at);
}

const STANDING_RULES = sticky(
  `Regimento${S}Interno(?:\\s?/\\s?[A-Z]{2,5}(?![${L}])|${S}d[oa]${S}(?:Supremo${S}Tribunal${S}Federal|Superior${S}Tribunal${S}de${S}Justiça|Superior${S}Tribunal${S}Militar|Tribunal${S}Superior${S}(?:do${S}Trabalho|Eleitoral)|Tribunal${S}de${S}(?:Contas|Justiça)|Assembleia${S}Legislativa|Câmara${S}d[aeo]s?${S}[${U}][${L}]{1,20}|Senado${S}Federal|S[TR][JFM]|T[SC][TEU]))?(?![${L}])`,
);
const CONSTITUTION = sticky(`Constituição(?![${L}]|${S}d[aeo]s?${S}|${S}[${U}])`);

const DATED = sticky(`${S}de${S}(?=\\d)`);

function genericAt(text: string, at: number): FoundDiploma | undefined {
  const rules = matchAt(STANDING_RULES, text, at);
  if (rules !== null) {
    return { end: at + rules[0].length, style: 'br', diploma: { type: 'Regimento', name: rules[0].replace(/\s+/g, ' ') } };
  }
  const constitution = matchAt(CONSTITUTION, text, at);
  if (constitution !== null) {
    return /[àa]\s{1,3}$/i.test(text.slice(Math.max(0, at - 4), at))
      ? { end: at + constitution[0].length, style: 'pt', diploma: { type: 'Constituição', name: 'Constituição' } }
      : undefined;
  }
  const match = matchAt(GENERIC, text, at);
  if (match === null) return undefined;
  const [whole, type = ''] = match;
  const end = at + whole.length;
  const title = whole.replace(/\s+/g, ' ');
  const dated = treatyDate(text, end);
  if (title === type) {
    // «Convenção de 1910», «Código de 1966».
    if (!/^(?:Conven|Prot|Código)/.test(type) || matchAt(DATED, text, end) === null || dated?.date?.year === undefined) return undefined;
  } else if (dated === undefined && /^(?:Estatuto|Regulamento|Regimento|Acordo|Tratado)$/.test(type) && !/\s\S+\s\S/.test(title)) {
    return undefined;
  }
  return {
    end: dated?.end ?? end,
    style: 'pt',
    diploma: { type, name: title, ...(dated?.date === undefined ? {} : { date: dated.date }) },
  };
}

const ANAPHORIC = '(?:diploma(?:\\slegal)?|código|decreto-lei|decreto|lei|portaria|regulamento|convenção|constituição|estatutos?|dire[c]?tiva|normativo|compêndio\\slegal|codex|regime|resolução|despacho|aviso|tratado|protocolo|carta|regras)';
const POINTER =
  `(?:mesm[oa]s?|(?:supra)?referid[oa]s?|(?:supra)?citad[oa]s?|aludid[oa]s?|mencionad[oa]s?|sobredit[oa]s?|indicad[oa]s?|dit[oa]|presentes?|atual|actual|nov[oa]|antig[oa]|vigente|então|revogad[oa]|próprio|própria|primeir[oa]|segund[oa]|nosso)`;
const LINK = sticky(
  `${S0},?${S0}(?:(?:todos|ambos|tudo)${S}(?:eles${S})?)?(?:(d[oae]s?|à|ao)|(dest[ea]s?|da?quel[ea]s?|dess[ea]s?))${S}((?:${POINTER}${S}){0,2})`,
  'i',
);
const DIRECT_LINK = sticky(`${S0},${S0}(?:(?:todos|ambos)${S})?|${S}|${S0}-${S0}|\\s?/\\s?`);
const NOUN = sticky(`${ANAPHORIC}(?![${L}])(?:${S}(?:em\\scausa|em\\sapreço|em\\sanálise|legal))?`, 'i');
const CAPITAL_NOUN = sticky(
  `(?:Convenção|Código|Regulamento|Diretiva|Directiva|Constituição|Decreto-Lei|Decreto|Lei|Portaria|Regime|Estatuto|Protocolo|Tratado|Carta|diploma)(?![${L}])(?!${S}(?:n\\.|d[aoe]s?${S}[${U}]))`,
);

/** The diploma that a run of pinpoints, which ends at `at`, is said to be of. */
export function linkedDiplomaAt(text: string, at: number): FoundDiploma | undefined {
  const link = matchAt(LINK, text, at);
  if (link !== null) {
    const from = at + link[0].length;
    const found = diplomaAt(text, from, true);
    if (found !== undefined) return found;
    const pointed = link[2] !== undefined || (link[3] ?? '') !== '';
    const noun = pointed ? matchAt(NOUN, text, from) : matchAt(CAPITAL_NOUN, text, from);
    if (noun !== null) {
      return {
        end: from + noun[0].length,
        style: 'pt',
        diploma: { type: nounType(noun[0]), anaphora: true, ...(/^present/i.test(link[3] ?? '') || /^dest/i.test(link[2] ?? '') ? { name: 'presente' } : {}) },
      };
    }
    return undefined;
  }
  const direct = matchAt(DIRECT_LINK, text, at);
  return direct === null || direct[0] === '' ? undefined : diplomaAt(text, at + direct[0].length, true);
}

function nounType(noun: string): string {
  const [word = ''] = noun.split(/\s/);
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase().replace(/-lei/, '-Lei');
}

