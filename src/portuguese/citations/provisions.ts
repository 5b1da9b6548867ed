import type { Provision, ProvisionUnit } from './citation';
import { L, NO, ORD, S, S0, codesOf, matchAt, sticky } from './pieces';

/** One element of a pinpoint as it stands in the text. */
interface Element extends Provision {
  readonly start: number;
  readonly end: number;
}

/** How an element follows the one before it. */
interface Joint {
  /** «do n.º 1 do artigo 2.º»: the next is wider. */
  readonly of: boolean;
  /** «e», «c/c»: the next may begin another place. */
  readonly and: boolean;
  /** «e o artigo»: with a determiner the two belong together only where one diploma follows both. */
  readonly loose: boolean;
}

/** A run of pinpoints: «alínea a) do n.º 1 do artigo 3.º e artigos 5.º e 6.º». */
export interface Chain {
  readonly start: number;
  readonly end: number;
  /** Runs that stand on their own when no diploma follows: every one has an article. */
  readonly segments: readonly Segment[];
  readonly hasArticle: boolean;
}

export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly places: readonly (readonly Provision[])[];
}

const MOST_ELEMENTS = 60;

const ARTICLE_WORD = sticky(
  `(?:artigos?|art(?:s?\\s?\\.\\s?[ºo°]s?\\.?|[ºo°]s?\\.?|s?\\s?\\.|s)|art(?=\\s\\d))${S0}(?=\\d|único|unico)`,
  'i',
);
const ARTICLE = sticky(
  `(?:(\\d{1,2}\\.\\d{3}|\\d{1,4})(${ORD})?((?:\\s?-\\s?[A-Z]{1,2})(?![${L}]))?(${ORD})?(?:(?<=[º°])/\\d{1,2}(?:/[a-z]{1,2}\\))?)?|(únicos?|unico))(?![\\d${L}%/⁄º]|[.,]\\d)`,
  'i',
);
// After a number without its mark: what can follow an article, but nothing that is counted.
const AFTER_PLAIN = sticky(
  `${S0}(?:[,;.:)\\]”"»!?–]|$|-\\s|(?:d[aoe]s?|e|ou|a|até|c/c|todos|ambos|incisos?|inc\\.|§|n\\.?º|al|alíneas?|caput|que|se|CF|CLT|CPC|CPP|CP|CC|CTN|CDC|ECA)(?![${L}\\d]))`,
  'i',
);
const LIST_JOINT = sticky(
  `(?:${S0}[,;]${S0}(?:(?:e|ou)${S})?|\\s{1,3}(?:(e|ou)|(a|até))${S}(?:ao?s?${S})?|(-|–)|${S0}c\\s?[./]\\s?c\\.?${S}|\\s/\\s)`,
  'i',
);
const OPEN = sticky(`(?:,?${S}e${S}|,?${S})(?:seguintes|ss|segs|seg|sgs)(?![${L}])\\.?`, 'i');

const NUMBER_WORD = sticky(`${NO}(?=\\d)`);
const NUMBER = sticky(`(\\d{1,3}(?:-[A-Z])?)(?:${ORD})?(?![\\d${L}/⁄%]|[.,]\\d)`);
const MARKED = sticky(`\\d{1,3}${ORD}`);
const LETTER_WORD = sticky(`(subal[íi]neas?|al[íi]neas?|letras?|als?\\s?\\.|als)${S0}`, 'i');
const LETTER = sticky(
  '(?:["\'“”«‘’`´]{1,2}\\s?([a-z]{1,2}(?:\\.\\d)?)\\s?["\'“”»‘’`´]{1,2}\\)?|\\(?([a-z]{1,4})\\s?\\)|([a-z])(?![' +
    L +
    './]))',
  'i',
);
const BARE_LETTER = sticky(
  `(?:([a-z]{1,2})\\)|["'“‘\`]{1,2}\\s?([a-z])\\s?["'”’]{1,2}|([a-z])(?=${S0},?\\s{0,2}(?:d[aoe]s?${S}|[CL][A-Z])))`,
  'i',
);
const PARAGRAPH_WORD = sticky(
  `(?:§\\s?§?|par[áa]grafos?${S}|parágr\\.${S})\\s?(?=\\d|[úu]nico|U|primeiro|segundo|terceiro)`,
  'i',
);
const PARAGRAPH = sticky(
  `(\\d{1,2}(?:${ORD})?(?:\\s?-[A-Z](?![${L}]))?(?:${ORD})?|[úu]nico|primeiro|segundo|terceiro)(?![\\d${L}/])`,
  'i',
);
const INCISO_WORD = sticky(`(?:incisos?|incs?\\s?\\.|it(?:em|ens))${S0}(?=[IVXLC\\d])`, 'i');
const ROMAN = sticky(`([IVXLC]{1,8}(?:-[A-Z])?|\\d{1,3}(?:\\.\\d{1,2}){0,3})(?![\\d${L}/])`);
const BARE_ROMAN = sticky(`([IVXLC]{1,8}(?:-[A-Z])?)(?![${L}\\d.-]|\\s[A-Z][a-z])`);
const STRUCTURE = sticky(
  `(anexos?|ap[êe]ndices?|cap[íi]tulos?|t[íi]tulos?|sec?ç(?:ão|ões)|se[çc]ão|subsec?ç(?:ão|ões)|livros?|partes?|regras?|bases?|considerandos?|pontos?|tabelas?|cap\\.|t[íi]t\\.|consid\\.)${S}` +
    `(?:n\\.º\\s)?(?=[IVXLC\\d]|[A-Z](?![${L}]))`,
  'i',
);
const STRUCTURE_ITEM = sticky(
  `([IVXLC]{1,8}(?:-\\d)?(?:-[A-Z])?|\\d{1,3}(?:\\.\\d{1,2}){0,3}(?:-[A-Z])?|[A-Z])(?:${ORD})?(?![\\d${L}/])`,
);
const PART = sticky(
  `(?:caput|[«"“]\\s?caput\\s?[»"”]|in\\sfine|corpo|pro[ée]mio|promio|intróito|parte\\sfinal|(?:primeira|segunda|terceira|última|[1-4]\\.?ª)\\sparte|` +
    `(?:primeiro|segundo|terceiro|último|[1-4]\\.?º)\\s(?:parágrafo|período|travessão|segmento)|anexo(?=\\s(?:à|ao|d[ao]|I)\\s))(?![${L}])`,
  'i',
);
const JOINT = sticky(
  `(${S0}[,;])?${S0}(?:((?:e|ou|bem\\scomo|c\\s?[./]\\s?c\\.?|(?:em\\s)?conjuga(?:do|dos|ção)(?=\\scom)|combinad[oa]s?(?=\\scom))${S})` +
    `(?:com${S})?)?(?:((?:d[aoe]s?)${S})|((?:[ao]s?|n[ao]s?|n(?:um|uma))${S}))?`,
  'i',
);

interface Listed {
  readonly items: { from: string; to?: string }[];
  readonly end: number;
}

/** A list of what `item` matches: «1, 2 e 4 a 6». */
function listAt(
  text: string,
  at: number,
  item: (
    text: string,
    at: number,
    previous: boolean,
  ) => { readonly value: string; readonly end: number } | undefined,
): Listed | undefined {
  const first = item(text, at, false);
  if (first === undefined) return undefined;
  const items: { from: string; to?: string }[] = [{ from: first.value }];
  let { end } = first;
  for (let count = 0; count < MOST_ELEMENTS; count++) {
    const joint = matchAt(LIST_JOINT, text, end);
    if (joint === null) break;
    const next = item(text, end + joint[0].length, true);
    if (next === undefined) break;
    const last = items.at(-1);
    const range = joint[2] !== undefined || joint[3] !== undefined;
    if (range && last !== undefined && last.to === undefined) last.to = next.value;
    else items.push({ from: next.value });
    end = next.end;
  }
  return { items, end };
}

const simple =
  (pattern: RegExp) =>
  (text: string, at: number): { readonly value: string; readonly end: number } | undefined => {
    const match = matchAt(pattern, text, at);
    if (match === null || match[0] === '') return undefined;
    const value = match[1] ?? match[2] ?? match[3] ?? match[0];
    return { value, end: at + match[0].length };
  };

const cleanOrdinal = (text: string): string => text.replace(/[.ºª°\s]|o$/g, '');

/** Article numbers. In a list that marks its ordinals, a number without the mark is something else, unless it is Brazilian. */
function articlesAt(text: string, at: number, plural: boolean): Listed | undefined {
  let marked = false;
  return listAt(text, at, (whole, from, later) => {
    const match = matchAt(ARTICLE, whole, from);
    if (match === null) return undefined;
    const end = from + match[0].length;
    const ordinal = (match[2] ?? match[4]) !== undefined;
    if (match[5] !== undefined) return later ? undefined : { value: 'único', end };
    if (later && !ordinal && ((marked && !plural) || matchAt(AFTER_PLAIN, whole, end) === null))
      return undefined;
    marked ||= ordinal;
    return {
      value: `${(match[1] ?? '').replace('.', '')}${(match[3] ?? '').replace(/\s/g, '').toUpperCase()}`,
      end,
    };
  });
}

const ARTICLE_FIRST = codesOf('aA');
const LETTER_FIRST = codesOf('aAsSlL');
const STRUCTURE_FIRST = codesOf('aAcCtTsSlLpPrRbB');
const PART_FIRST = codesOf('cC«"“iIpPsStTuUúÚ1234aA');
const ROMAN_FIRST = codesOf('IVXLC');

const LISTS: readonly (readonly [
  ProvisionUnit,
  ReadonlySet<number>,
  RegExp,
  (text: string, at: number, later: boolean) => { value: string; end: number } | undefined,
])[] = [
  [
    'parágrafo',
    codesOf('§pP'),
    PARAGRAPH_WORD,
    (text, at) => {
      const found = simple(PARAGRAPH)(text, at);
      return (
        found && {
          value: /^\d/.test(found.value) ? cleanOrdinal(found.value) : found.value.toLowerCase(),
          end: found.end,
        }
      );
    },
  ],
  ['inciso', codesOf('iI'), INCISO_WORD, simple(ROMAN)],
  [
    'número',
    codesOf('nN'),
    NUMBER_WORD,
    // «n.º 2, e 4.º»: what is marked as an ordinal is the next article.
    (text, at, later) => (later && matchAt(MARKED, text, at) !== null ? undefined : simple(NUMBER)(text, at)),
  ],
];

function elementAt(text: string, at: number, hasArticle: boolean, joint: Joint): Element | undefined {
  const code = text.charCodeAt(at);
  const word = ARTICLE_FIRST.has(code) ? matchAt(ARTICLE_WORD, text, at) : null;
  if (word !== null) {
    const listed = articlesAt(text, at + word[0].length, /s\W*$/i.test(word[0]));
    if (listed === undefined) return undefined;
    return element('artigo', at, listed, text);
  }
  for (const [unit, first, lead, item] of LISTS) {
    if (!first.has(code)) continue;
    const match = matchAt(lead, text, at);
    if (match === null) continue;
    const listed = listAt(text, at + match[0].length, item);
    if (listed !== undefined) return element(unit, at, listed, text);
  }
  const letter = LETTER_FIRST.has(code) ? matchAt(LETTER_WORD, text, at) : null;
  if (letter !== null) {
    const listed = listAt(text, at + letter[0].length, simple(LETTER));
    if (listed !== undefined)
      return element(/^sub/i.test(letter[0]) ? 'subalínea' : 'alínea', at, listed, text);
  }
  const structure = STRUCTURE_FIRST.has(code) ? matchAt(STRUCTURE, text, at) : null;
  if (structure !== null) {
    const listed = listAt(text, at + structure[0].length, simple(STRUCTURE_ITEM));
    if (listed !== undefined)
      return { ...element('estrutura', at, listed, text), word: (structure[1] ?? '').toLowerCase() };
  }
  const part = PART_FIRST.has(code) ? matchAt(PART, text, at) : null;
  if (part !== null)
    return { unit: 'parte', items: [{ from: part[0].toLowerCase() }], start: at, end: at + part[0].length };
  if (!hasArticle || joint.loose) return undefined;
  const romans = ROMAN_FIRST.has(code) ? listAt(text, at, simple(BARE_ROMAN)) : undefined;
  if (romans !== undefined && !joint.of) return element('inciso', at, romans, text);
  const letters = joint.of ? undefined : listAt(text, at, simple(BARE_LETTER));
  if (letters !== undefined) return element('alínea', at, letters, text);
  return undefined;
}

function element(unit: ProvisionUnit, start: number, { items, end }: Listed, text: string): Element {
  const open = unit === 'artigo' ? matchAt(OPEN, text, end) : null;
  return {
    unit,
    items,
    start,
    end: open === null ? end : end + open[0].length,
    ...(open === null ? {} : { open: true }),
  };
}

/** «6.º» after «artigos 3.º, n.º 2, e», «359» after «c/c». */
function furtherArticle(text: string, at: number, plural: boolean, cumulative: boolean): Element | undefined {
  const match = matchAt(ARTICLE, text, at);
  if (match === null) return undefined;
  const ordinal = (match[2] ?? match[4]) !== undefined;
  if (!ordinal && !cumulative && !(plural && matchAt(AFTER_PLAIN, text, at + match[0].length) !== null))
    return undefined;
  const listed = articlesAt(text, at, true);
  return listed && element('artigo', at, listed, text);
}

const isPlural = (text: string, { start }: Element): boolean =>
  /^art(?:igos|s|\.ºs)/i.test(text.slice(start, start + 8));

/** The run of pinpoints that begins at `at`. `asArticle`: a bare number there counts as an article. */
export function chainAt(text: string, at: number, asArticle = false): Chain | undefined {
  const none: Joint = { of: false, and: false, loose: false };
  const first = asArticle ? furtherArticle(text, at, true, true) : elementAt(text, at, false, none);
  if (first === undefined) return undefined;
  const elements: Element[] = [first];
  const joints: Joint[] = [none];
  let hasArticle = first.unit === 'artigo';
  let plural = asArticle || isPlural(text, first);
  let { end } = first;
  while (elements.length < MOST_ELEMENTS) {
    const joint = matchAt(JOINT, text, end);
    if (joint === null || joint[0] === '') break;
    const [whole, comma, and, of, determiner] = joint;
    const kind: Joint = {
      of: of !== undefined,
      and: and !== undefined,
      loose: and !== undefined && (of ?? determiner) !== undefined,
    };
    const from = end + whole.length;
    if (determiner !== undefined && and === undefined) break;
    const cumulative = and !== undefined && /^c/i.test(and);
    // After «;» only another article of the list follows: «artigos 26.º, n.º 1; 35.º, n.º 3».
    const worded = comma?.endsWith(';') === true ? undefined : elementAt(text, from, hasArticle, kind);
    const next =
      worded ??
      (hasArticle && (comma ?? and) !== undefined && of === undefined && determiner === undefined
        ? furtherArticle(text, from, plural, cumulative)
        : undefined);
    if (next === undefined) break;
    // «o artigo 5.º o n.º 2»: without comma, conjunction or preposition, only what is narrower follows.
    if (comma === undefined && and === undefined && of === undefined && next.unit === 'artigo') break;
    if (next.unit === 'artigo') {
      hasArticle = true;
      plural ||= isPlural(text, next);
    }
    elements.push(next);
    joints.push(
      worded?.unit === 'artigo' && kind.and && comma !== undefined ? { ...kind, loose: true } : kind,
    );
    ({ end } = next);
  }
  // «aprovado em anexo ao Decreto-Lei», «a primeira parte da Constituição» name no place.
  if (first.unit === 'parte' && elements.length === 1) return undefined;
  return { start: at, end, hasArticle, segments: segmentsOf(elements, joints) };
}

/** Cuts a run where «e o artigo…» begins another one, and sorts each place from its widest unit. */
function segmentsOf(elements: readonly Element[], joints: readonly Joint[]): Segment[] {
  const runs: Element[][] = [[]];
  const places: Element[][][] = [[[]]];
  elements.forEach((element, at) => {
    const joint = joints[at];
    const run = runs.at(-1);
    const list = places.at(-1);
    if (joint === undefined || run === undefined || list === undefined) return;
    const place = list.at(-1) ?? [];
    const complete = place.some(({ unit }) => unit === 'artigo');
    // Narrow units before their article («n.º 1 do artigo 2.º e n.º 3 do artigo 4.º») open a place of their own.
    const opens =
      complete && (element.unit === 'artigo' || (joint.and && leadsToArticle(elements, joints, at)));
    if (opens && joint.loose) {
      runs.push([element]);
      places.push([[element]]);
      return;
    }
    run.push(element);
    if (opens) list.push([element]);
    else place.push(element);
  });
  return runs.flatMap((run, at) => {
    const [first] = run;
    const last = run.at(-1);
    const list = places[at] ?? [];
    if (first === undefined || last === undefined || !run.some(({ unit }) => unit === 'artigo')) return [];
    return [{ start: first.start, end: last.end, places: list.map(sorted) }];
  });
}

function leadsToArticle(elements: readonly Element[], joints: readonly Joint[], from: number): boolean {
  for (let at = from + 1; at < elements.length; at++) {
    if (joints[at]?.of !== true) return false;
    if (elements[at]?.unit === 'artigo') return true;
  }
  return false;
}

const RANKS: readonly ProvisionUnit[] = [
  'estrutura',
  'artigo',
  'número',
  'parágrafo',
  'inciso',
  'alínea',
  'subalínea',
  'parte',
];

const STRUCTURES = [
  'anex',
  'apên',
  'livr',
  'part',
  'títu',
  'capí',
  'cap.',
  'secç',
  'seçã',
  'subs',
  'tabe',
  'base',
  'regr',
];

/** From the widest unit to the narrowest; of parts of a law, too. */
const rankOf = ({ unit, word = '' }: Provision): number =>
  RANKS.indexOf(unit) * 100 + (unit === 'estrutura' ? STRUCTURES.indexOf(word.slice(0, 4)) : 0);

const sorted = (place: readonly Element[]): Provision[] =>
  place
    .map(({ unit, word, items, open }) => ({
      unit,
      items,
      ...(word === undefined ? {} : { word }),
      ...(open === undefined ? {} : { open }),
    }))
    .sort((a, b) => rankOf(a) - rankOf(b));

/** Places of a chain whose segments are taken together, also without an article. */
export function placesOf(text: string, chain: Chain): readonly (readonly Provision[])[] {
  if (chain.segments.length > 0) return chain.segments.flatMap(({ places }) => places);
  const elements: Element[] = [];
  for (let at = chain.start; at < chain.end && elements.length < MOST_ELEMENTS;) {
    const next = elementAt(text, at, false, { of: false, and: false, loose: false });
    if (next === undefined) break;
    elements.push(next);
    at = next.end + (matchAt(JOINT, text, next.end)?.[0].length ?? 0);
  }
  return [sorted(elements)];
}
