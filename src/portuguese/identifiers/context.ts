import type { IdentifierKind } from './kinds';
import { LABELS } from './labels';
import type { LabelKind } from './labels';

/** What the words around a number say that it is. `other`: a number of something else, or an amount. */
export type Label = IdentifierKind | 'other' | undefined;

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
  'e por pelo pela nome consta constam indica indicam menciona refere tem figura surge aparece lê-se diz'.split(
    ' ',
  ),
);

const TO_SOMEBODY =
  /^(?:emiti|envia|paga|pass|dirigi|cobra|vendi|cedi|doa|transmiti|entreg|remeti|atribu|conced|passa)\p{L}*$/u;

function isTight(gap: string): boolean {
  if (gap.length > 40 || /[\d,;!?\n]/.test(gap)) return false;
  if (/(?:n\.?[ºo°]s?|n[úu]mero|:)\s*$/iu.test(gap)) return true;
  let others = 0;
  for (const token of gap.toLowerCase().split(/[\s:«»"()#–-]+/)) {
    if (token === '' || FILLERS.has(token) || !/\p{L}/u.test(token)) continue;
    // «faturas emitidas a …» goes on with a person.
    if (STATED.has(token) || TO_SOMEBODY.test(token) || ++others > 1) return false;
  }
  return true;
}

const ADJACENT = /^[\s:.()]*(?:n\.?[ºo°]|n[úu]mero)?[\s:.]*$/u;
/** Between two numbers that share a label. */
const LISTED = /^\s*(?:[,/|]|e|ou|a)?\s*(?:o |a |n\.?[ºo°] )?$/;
const OF = /^\s*d[aeo]s?\s/;
/** A thing of somebody, or with somebody: what follows is not its number. */
const TO_PERSON = /\s(?:d[aeo]s?|com|aos?|para|entre)\s*$/;
const SENTENCE_END = /\p{Ll}{6,}[.!?]\s+(?=\p{Lu})|;|\n\s*\n|\|\s*\n/gu;
const LONG_NUMBER = /\d(?:[ .\u00a0\u202f-]?\d){4,}/g;
const MONEY_BEFORE = /(?:€|\$|£|[=≈~±≤≥+]|\bEUR|\bUSD|\bKz|\bMT)\s?$/;
const UNIT_AFTER =
  /^\s?(?:€|\$|£|%|‰|°|º\s?[CNSWEO]\b|EUR\b|USD\b|euros?\b|d[óo]lares\b|reais\b|libras\b|escudos\b|contos\b|kwanzas\b|meticais\b|francos\b|kz\b|(?:mil |milh|bili)|kg\b|gramas?\b|g\b|t\b|toneladas?\b|km²?|m[²2³3]?(?![\p{L}\d])|hectares?\b|ha\b|litros?\b|l\b|[kMG]?Hz\b|kWh?\b|MWh?\b|GWh?\b|bytes?\b|[kKMGT]i?B\b|habitantes?\b|pessoas?\b|eleitores\b|votos?\b|a[çc][õo]es\b|unidades?\b|exemplares\b|anos\b|dias\b|horas?\b|segundos?\b|metros?\b|quil[óo]metros?\b|registos?\b|tokens?\b|par[âa]metros\b|TEU\b|visualiza)/iu;

/** The other way to get in touch, named behind the first. */
const OR_WRITE = /^\s*(?:ou|e|,|;|\/|\|)\s*(?:escrev|envi|(?:por |o |pelo )?e-?mail|correio eletr[óo]nico)/iu;

const SUM_AFTER = /^\s?(?:[+=×÷≤≥≈]|\((?:euros|EUR)\))/u;
/** «501442600 casos»: a plural behind a number that nothing names says what there are so many of. */
const PLURAL_AFTER = /^ (\p{Ll}{2,}s)(?![\p{L}@_-]|\.\p{L})/u;
const NO_NOUNS: ReadonlySet<string> = new Set(
  'mas nos nas dos das aos às após depois antes todos todas pelos pelas mais menos apenas atrás deles delas os as uns umas três seis'.split(
    ' ',
  ),
);

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
    return { label: isIdentifier(kind) ? kind : 'other', telephone: false };
  }
  if (UNIT_AFTER.test(after) || SUM_AFTER.test(after)) return OTHER;
  if (OR_WRITE.test(after)) return { label: 'telefone', telephone: true };
  const before = text.slice(Math.max(0, start - REACH), start);
  if (MONEY_BEFORE.test(before)) return OTHER;
  const known = labelBefore(before, digits);
  const counted = PLURAL_AFTER.exec(after)?.[1];
  return known.label === undefined && counted !== undefined && !NO_NOUNS.has(counted) ? OTHER : known;
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
  if (!/\p{L}{2}|[Tt][.:]|[☎✆📞📱]/u.test(before)) return NOTHING;
  let label: Label;
  let labelEnd = 0;
  let telephone = false;
  LABEL.lastIndex = 0;
  for (let match = LABEL.exec(before); match !== null; match = LABEL.exec(before)) {
    const kind = kindOf(match);
    const end = match.index + match[0].length;
    const gap = before.slice(end);
    if (kind === 'telefone') telephone = true;
    if (isIdentifier(kind)) {
      const [least, most] = DIGITS[kind] ?? [0, 0];
      // The name of another kind of number counts only right before this one.
      if ((digits < least || digits > most) && !ADJACENT.test(gap)) continue;
      label = kind;
      labelEnd = end;
    } else if (label !== undefined && label !== 'other' && OF.test(before.slice(labelEnd, match.index))) {
      continue; // «NIF do titular da conta»
    } else if (kind === 'numbered') {
      // Tax numbers are the ones that chance makes valid; nine digits of whatever is numbered are too often one.
      if (digits === 9 && ADJACENT.test(gap)) label = 'other';
    } else if (isTight(gap) && (kind === 'amount' || !TO_PERSON.test(gap))) label = 'other';
  }
  return { label, telephone };
}

function isIdentifier(kind: LabelKind | undefined): kind is IdentifierKind {
  return kind !== undefined && kind !== 'thing' && kind !== 'amount' && kind !== 'numbered';
}

function kindOf(match: RegExpExecArray): LabelKind | undefined {
  for (const [at, name] of NAMES.entries()) if (match[at + 1] !== undefined) return name;
  return undefined;
}

function lastEnd(pattern: RegExp, text: string): number {
  let end = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) end = pattern.lastIndex;
  return end;
}
