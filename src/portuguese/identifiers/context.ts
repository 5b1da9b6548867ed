import type { IdentifierKind } from './kinds';

/** What the words around a number say that it is. `other`: a number of something else, or an amount. */
export type Label = IdentifierKind | 'other' | undefined;

const word = (...sources: readonly string[]): string =>
  `(?<![\\p{L}\\d])(?:${sources.join('|')})(?![\\p{L}\\d])`;

/** Where two begin at the same place the first wins; of all before a number, the nearest one. */
const LABELS: readonly (readonly [IdentifierKind | 'other' | 'numbered', string])[] = [
  [
    'nif',
    word(
      'n\\.?\\s?i\\.?\\s?f\\.?s?',
      'n\\.?\\s?i\\.?\\s?p\\.?\\s?c\\.?s?',
      'contribuintes?',
      '(?:identifica[çc][ãa]o|identificador|id\\.?|ident\\.?|n\\.?[ºo°]|n[úu]mero) fiscal',
      'pessoas? cole[c]?tivas?',
      'vat(?: n(?:o|umber|r)\\.?)?',
      'tax id',
    ),
  ],
  [
    'niss',
    word(
      'n\\.?\\s?i\\.?\\s?s\\.?\\s?s\\.?',
      'seg(?:uran[çc]a|\\.) social',
      'benefici[áa]ri[oa] n\\.?[ºo°]',
      'n\\.?[ºo°] de benefici[áa]ri[oa]',
    ),
  ],
  [
    'cartao-cidadao',
    word(
      'cart(?:ão|ões|ao) d[eoa]s? cidad(?:ão|ãos|ao|ania)',
      'c\\.?\\s?c\\.?',
      'b\\.?\\s?i\\.?',
      'bilhetes? de identidade',
      'identifica[çc][ãa]o civil',
      'nic',
    ),
  ],
  ['iban', word('iban', 'nib')],
  [
    'cartao-bancario',
    word(
      'cart(?:ão|ões|ao)(?: banc[áa]rio| de (?:cr[ée]dito|d[ée]bito)| multibanco)?',
      'visa',
      'mastercard',
      'amex',
      'maestro',
    ),
  ],
  ['cpf', word('cpfs?', 'c\\.p\\.f\\.?')],
  ['cnpj', word('cnpjs?', 'cgc')],
  [
    'other',
    word(
      // Numbers of things.
      'fac?turas?',
      'recibos?',
      'notas? de (?:cr[ée]dito|d[ée]bito|encomenda)',
      'encomendas?',
      'pedidos?',
      'refer[êe]ncias?',
      'refs?\\.?',
      'ap[óo]lices?',
      'sinistros?',
      'contratos?',
      'contas?',
      'guias?',
      'protocolos?',
      'tickets?',
      'lotes?',
      's[ée]ries?',
      'c[óo]digos?',
      'c[óo]d\\.?',
      'licen[çc]as?',
      'alvar[áa]s?',
      'c[ée]dulas?(?: profissionais| profissional)?',
      'passaportes?',
      'carta de condu[çc][ãa]o',
      't[íi]tulos? de resid[êe]ncia',
      'autoriza[çc][ãa]o de resid[êe]ncia',
      'vistos?',
      'imo',
      'mmsi',
      'imei',
      'isbn(?:-1[03])?',
      'issn',
      'ean',
      'gtin',
      'sku',
      'doi',
      'orcid',
      'pmid',
      'patentes?',
      'marca',
      'utentes?',
      'sns',
      'n\\.?[ºo°] d[eo] (?:cliente|s[óo]cio|aluno|utilizador|funcion[áa]rio|trabalhador)',
      '(?:cliente|s[óo]cio|aluno|funcion[áa]rio|trabalhador) n\\.?[ºo°]',
      'processos?',
      'procs?\\.?',
      'autos',
      'apenso',
      'nuipc',
      'ac[óo]rd[ãa]os?',
      'acs?\\.',
      'leis?',
      'decretos?(?:-leis?)?',
      'dl',
      'portarias?',
      'despachos?',
      'regulamentos?',
      'diretivas?',
      'resolu[çc](?:ão|ões)',
      'avisos?',
      'editais|edital',
      'an[úu]ncios?',
      'artigos?',
      'arts?\\.?',
      'celex',
      'ecli',
      'chassis',
      'contador',
      'contentor(?:es)?',
      'voos?',
      'eventos?',
      'vers(?:ão|ões)',
      'id',
      'ids',
      'identificador',
      'token',
      'pin',
      'hash',
      'commit',
      'carimbo temporal',
      'timestamp',
      'rma',
      'dossi[êe]s?',
      'requerimentos?',
      'certid(?:ão|ões)',
      'multibanco',
      'remessas?',
      'talão',
      'seguimento',
      'tracking',
      'rastreio',
      'nota fiscal',
      'nf-?e?',
      'r\\.?g\\.?',
      'cep',
      'pis(?:/pasep)?',
      'nis',
      'cnh',
      't[íi]tulo de eleitor',
      // Amounts.
      'valor(?:es)?',
      'montantes?',
      'quantias?',
      'somas?',
      'pre[çc]os?',
      'totais|total',
      'lucros?',
      'receitas?',
      'despesas?',
      'custos?',
      'capital(?: social)?',
      'cerca de',
      'aproximadamente',
      'mais de',
      'menos de',
      'popula[çc][ãa]o',
      'tiragem',
      'eur',
      'usd',
      'brl',
      'aoa',
      'mzn',
    ),
  ],
  [
    'telefone',
    word(
      'tel(?:e|ef|f|m|em)?\\.?',
      'tl[fm]\\.?',
      'telefones?',
      'telefon(?:e|ou|ar|ando|ema|ico|icos|icamente)[a-z-]*',
      'telef[óo]nic[oa]s?',
      'telem[óo]ve(?:l|is)',
      'm[óo]ve(?:l|is)',
      'fixo',
      '(?:tele)?fax',
      'contac?tos?',
      'contac?t[ae](?:r|m|d[oa]|-[a-z]+)?',
      'lig(?:ar|ue|uem|uei|ou|ando|a)(?:-[a-z]+)*',
      'chamadas?',
      'celular(?:es)?',
      'cel\\.?',
      'whats ?app',
      'signal',
      'telegram',
      'sms',
      'mb ?way',
      'linhas?(?: de (?:apoio|atendimento))?',
      'atend(?:imento|e|em)',
      'marca[çc](?:ão|ões)',
      'cham[ae](?:r|-me)?',
      'apoio ao cliente',
      'extens[ãa]o',
      'phone',
      'mobile',
    ),
  ],
  // «número de cliente», «certificado n.º»: whatever is numbered, but what the other labels name.
  [
    'other',
    word(
      '(?:n\\.?[ºo°]|n[úu]mero) d[eoa]s? (?!contribuinte|identifica|pessoa|telef|telem|tlm|contac?to|segur|benef|cidad|ni[fs]|nipc|fax|cart|iban|nib|cpf|cnpj|whats)\\p{L}{3,}',
    ),
  ],
  [
    'numbered',
    word(
      '(?!pelo|para|com|sob|seu|meu|teu|nosso|vosso|d?est[ea]|d?ess[ea]|nest[ea]|ness[ea]|como|n[úu]mero|matr[íi]cula|empresa|sociedade|entidade|firma|sede|respe[c]?tivo|seguinte|tem|aquele)\\p{Ll}{3,} n\\.?[ºo°]s?',
    ),
  ],
];

const NAMES = LABELS.map(([kind]) => kind);
const LABEL = new RegExp(LABELS.map(([, source]) => `(${source})`).join('|'), 'giu');
const AFTER = new RegExp(
  `^\\s*\\(\\s*(?:o seu |n\\.?º de |d[oe] )?(?:${LABELS.map(([, source]) => `(${source})`).join('|')})`,
  'iu',
);

/** Words between the name of a thing and its number; one more is allowed: «referência multibanco …». */
const FILLERS: ReadonlySet<string> = new Set(
  'n n.º n.o nº no n° n.os n.ºs nos número numero num num. o a os as de da do das dos é são foi foram em com sob ao ascende ascendeu fixada fixado cerca'.split(
    ' ',
  ),
);
const STATED: ReadonlySet<string> = new Set(
  'e consta constam indica indicam menciona refere tem figura surge aparece lê-se diz'.split(' '),
);

function isTight(gap: string): boolean {
  if (gap.length > 40 || /[\d,;!?\n]/.test(gap)) return false;
  if (/(?:n\.?[ºo°]s?|n[úu]mero|:)\s*$/iu.test(gap)) return true;
  let others = 0;
  for (const token of gap.toLowerCase().split(/[\s:«»"()#–-]+/)) {
    if (token === '' || FILLERS.has(token) || !/\p{L}/u.test(token)) continue;
    if (STATED.has(token) || ++others > 1) return false;
  }
  return true;
}

const ADJACENT = /^[\s:.()]*(?:n\.?[ºo°]|n[úu]mero)?[\s:.]*$/u;
/** Between two numbers that share a label. */
const LISTED = /^\s*(?:[,/|]|e|ou|a)?\s*(?:o |a |n\.?[ºo°] )?$/;
const SENTENCE_END = /\p{Ll}{6,}[.!?]\s+(?=\p{Lu})|;|\n\s*\n|\|\s*\n/gu;
const LONG_NUMBER = /\d(?:[ .\u00a0\u202f-]?\d){4,}/g;
const MONEY_BEFORE = /(?:€|\$|£|\bEUR|\bUSD|\bR\$|\bKz|\bMT)\s?$/;
const UNIT_AFTER =
  /^\s?(?:€|\$|£|%|‰|°|º\s?[CNSWEO]\b|EUR\b|USD\b|euros?\b|d[óo]lares\b|reais\b|libras\b|escudos\b|contos\b|kwanzas\b|meticais\b|francos\b|kz\b|(?:mil |milh|bili)|kg\b|gramas?\b|g\b|t\b|toneladas?\b|km²?|m[²2³3]?(?![\p{L}\d])|hectares?\b|ha\b|litros?\b|l\b|kWh?\b|MWh?\b|GWh?\b|bytes?\b|[kKMGT]i?B\b|habitantes?\b|pessoas?\b|eleitores\b|votos?\b|a[çc][õo]es\b|unidades?\b|exemplares\b|anos\b|dias\b|horas?\b|segundos?\b|metros?\b|quil[óo]metros?\b|registos?\b|tokens?\b|par[âa]metros\b|TEU\b|visualiza)/iu;

/** The other way to get in touch, named behind the first. */
const OR_WRITE = /^\s*(?:ou|e|,|;|\/|\|)\s*(?:escrev|envi|(?:por |o |pelo )?e-?mail|correio eletr[óo]nico)/iu;

const REACH = 56;

/** How many digits a number of the kind may have. */
const DIGITS: Readonly<Partial<Record<IdentifierKind, readonly [number, number]>>> = {
  nif: [9, 9],
  niss: [11, 11],
  'cartao-cidadao': [8, 9],
  iban: [21, 21],
  'cartao-bancario': [12, 19],
  telefone: [9, 15],
  cpf: [11, 11],
  cnpj: [14, 14],
};

export interface Surroundings {
  readonly label: Label;
  /** Whether a telephone is spoken of, too, where another label is nearer. */
  readonly telephone: boolean;
}

/** What the words before and behind say of the number of so many digits between `start` and `end`. */
export function surroundingsOf(text: string, start: number, end: number, digits: number): Surroundings {
  const after = text.slice(end, end + 32);
  const behind = AFTER.exec(after);
  if (behind !== null) {
    const kind = kindOf(behind);
    return { label: kind === 'numbered' ? 'other' : kind, telephone: false };
  }
  if (UNIT_AFTER.test(after)) return OTHER;
  if (OR_WRITE.test(after)) return { label: 'telefone', telephone: true };
  const before = text.slice(Math.max(0, start - REACH), start);
  return MONEY_BEFORE.test(before) ? OTHER : labelBefore(before, digits);
}

const OTHER: Surroundings = { label: 'other', telephone: false };
const NOTHING: Surroundings = { label: undefined, telephone: false };

function labelBefore(whole: string, digits: number): Surroundings {
  let before = /[.!?;\n]/.test(whole) ? whole.slice(lastEnd(SENTENCE_END, whole)) : whole;
  // A label belongs to the number that follows it, unless more are listed behind that one.
  let number: RegExpExecArray | undefined;
  LONG_NUMBER.lastIndex = 0;
  for (let match = LONG_NUMBER.exec(before); match !== null; match = LONG_NUMBER.exec(before)) number = match;
  if (number !== undefined) {
    const behind = before.slice(number.index + number[0].length);
    if (LISTED.test(behind)) return labelBefore(before.slice(0, number.index), digits);
    before = behind;
  }
  if (!/\p{L}{2}/u.test(before)) return NOTHING;
  let label: Label;
  let telephone = false;
  LABEL.lastIndex = 0;
  for (let match = LABEL.exec(before); match !== null; match = LABEL.exec(before)) {
    const kind = kindOf(match);
    if (kind === undefined) continue;
    const gap = before.slice(match.index + match[0].length);
    if (kind === 'numbered') {
      // Tax numbers are the ones that chance makes valid; nine digits of whatever is numbered are too often one.
      if (digits === 9 && ADJACENT.test(gap)) label = 'other';
    } else if (kind === 'other') {
      if (isTight(gap)) label = kind;
    } else {
      const [least, most] = DIGITS[kind] ?? [0, 0];
      // The name of another kind of number counts only right before this one.
      if ((digits >= least && digits <= most) || ADJACENT.test(gap)) label = kind;
    }
    if (kind === 'telefone') telephone = true;
  }
  return { label, telephone };
}

function kindOf(match: RegExpExecArray): IdentifierKind | 'other' | 'numbered' | undefined {
  for (const [at, name] of NAMES.entries()) if (match[at + 1] !== undefined) return name;
  return undefined;
}

function lastEnd(pattern: RegExp, text: string): number {
  let end = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) end = pattern.lastIndex;
  return end;
}
