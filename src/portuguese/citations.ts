import type { Citation, CitationParts, CitationStyle, Diploma, Link } from './citations/citation';
import { brazilianCaseAt, furtherCase } from './citations/brazilianCases';
import { caseAt } from './citations/cases';
import type { FoundCase } from './citations/cases';
import { diplomaAt, linkedDiplomaAt } from './citations/diplomas';
import type { FoundDiploma } from './citations/foundDiploma';
import { linksOf } from './citations/links';
import { normalText } from './citations/normal';
import { furtherNumber } from './citations/numberedDiplomas';
import { S, S0, matchAt, sticky } from './citations/pieces';
import { chainAt, placesOf } from './citations/provisions';
import type { Chain } from './citations/provisions';
import { BRAZILIAN, CASE, CHAIN, DIPLOMA, NUMBER, isFirst, isWord, kindsAt } from './citations/starts';

const ABBREVIATION_IN_PARENTHESES = sticky(
  `${S0}\\((?:o${S}|a${S}|doravante${S}|adiante${S})?["«“]?[A-Z][A-Za-z.]{1,9}["»”]?\\)`,
);
const AFTER_DIPLOMA = sticky(`(?:${S0},${S0}|${S}(?=art|§))`, 'i');
const NEXT_ARTICLE = sticky(
  `(?:${S0}[,;]${S0}(?:e${S})?|${S}(?:e|c/c)${S})(?:(?:n?[oa]s?|d[oa]s?)${S})?(?=\\d)`,
);

/**
 * References to laws and decisions in a text, in order, without overlaps.
 *
 * A citation is the longest run of text that names one place: the pinpoint, what connects it, the diploma, its issuing
 * body and its date. So «artigo 15.º, n.º 2, do Decreto-Lei n.º 352/86, de 21 de outubro» is one, from «artigo» to
 * «outubro», and «alínea a) do n.º 1 do artigo 3.º do CIRE» begins with «alínea». Several articles of one diploma are
 * one citation, however they are joined («artigos 3.º, n.º 2, e 4.º da LGT»); two diplomas joined by «e» are two, also
 * where the second has only its number («Leis n.os 1/2020, de 5 de março, e 2/2020»). An article without a diploma is a
 * citation; a number, letter or chapter without either is none. In Brazil's way of writing («art. 37», «Lei nº 8.112») an
 * article needs its law, and a law's span ends with its number: so do the corpora of Brazilian decisions mark them. «do mesmo diploma», «da referida Convenção» belong to
 * the citation. Punctuation around it, and an abbreviation in parentheses after it, do not. A decision is one citation
 * with its court, date and case number.
 */
export function citationsIn(text: string): Citation[] {
  const found: Citation[] = [];
  let before = 32;
  let digit = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isFirst(code) && !isWord(before)) {
      if (digit < at) digit = nextDigit(text, at);
      const kinds = kindsAt(text, at, code) & (digit - at > FURTHEST_NUMBER ? ~(CASE | BRAZILIAN) : ~0);
      const next = kinds === 0 ? undefined : addAt(text, at, kinds, found);
      if (next !== undefined) {
        at = next - 1;
        before = 32;
        continue;
      }
    }
    before = code;
  }
  return found;
}

/** A decision has a number or a date: none begins farther before one. */
const FURTHEST_NUMBER = 400;

function nextDigit(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) return at;
  }
  return Number.POSITIVE_INFINITY;
}

/** Adds what begins at `at`; gives where the search goes on, or undefined when nothing begins there. */
function addAt(text: string, at: number, kinds: number, found: Citation[]): number | undefined {
  if ((kinds & NUMBER) !== 0) return addNumbers(text, at, found);
  if ((kinds & CHAIN) !== 0) {
    const chain = chainAt(text, at);
    if (chain !== undefined) return addChain(text, chain, found) ?? chain.end;
  }
  const decided =
    ((kinds & CASE) === 0 ? undefined : caseAt(text, at)) ??
    ((kinds & BRAZILIAN) === 0 ? undefined : brazilianCaseAt(text, at));
  if (decided !== undefined) {
    found.push(caseCitation(at, decided));
    return decided.number === undefined ? decided.end : addFurtherCases(text, decided, found);
  }
  if ((kinds & DIPLOMA) === 0) return undefined;
  const diploma = diplomaAt(text, at, isBoundStart(text, at));
  return diploma === undefined ? undefined : addDiploma(text, at, diploma, found);
}

/** «165 e 458, II, do CPC»: numbers that are an article's only because a code follows. */
function addNumbers(text: string, at: number, found: Citation[]): number | undefined {
  const chain = chainAt(text, at, true);
  const linked = chain === undefined ? undefined : linkedDiplomaAt(text, chain.end);
  if (chain === undefined) return undefined;
  if (linked === undefined) return chain.end;
  if (linked.diploma.code === undefined && !(linked.style === 'br' && linked.diploma.anaphora !== true))
    return chain.end;
  found.push(placed(text, chain.start, linked.end, linked, chain));
  return afterDiploma(text, linked, true, found);
}

function addFurtherCases(text: string, first: FoundCase, found: Citation[]): number {
  let { end } = first;
  for (let count = 0; count < 60; count++) {
    const next = furtherCase(text, end);
    if (next === undefined) break;
    const { start, number } = next;
    ({ end } = next);
    found.push(
      caseCitation(start, {
        end,
        number,
        kind: 'case',
        style: first.style,
        normal: first.normal.replace(first.number ?? number, number),
      }),
    );
  }
  return end;
}

const BOUND_START = sticky(`[A-Z]{2,3}[,\\s]{1,3}(?:art|§)`, 'i');
const isBoundStart = (text: string, at: number): boolean => matchAt(BOUND_START, text, at) !== null;

/** A run of pinpoints with its diploma, or each of its articles alone. */
function addChain(text: string, chain: Chain, found: Citation[]): number | undefined {
  const linked = linkedDiplomaAt(text, chain.end);
  if (linked?.diploma.anaphora === true && styleOf(text, chain.start, chain.end) === 'br') return linked.end;
  if (linked !== undefined) {
    found.push(placed(text, chain.start, linked.end, linked, chain));
    return afterDiploma(text, linked, chain.hasArticle, found);
  }
  const precedent = precedentAfter(text, chain);
  if (precedent !== undefined) {
    found.push(caseCitation(chain.start, precedent));
    return precedent.end;
  }
  if (chain.segments.length === 0) return undefined;
  for (const { start, end, places } of chain.segments) {
    if (styleOf(text, start, end) === 'br') continue;
    found.push({
      start,
      end,
      kind: 'article',
      style: 'pt',
      normal: normalText(undefined, places, 'pt'),
      parts: { places },
    });
  }
  return chain.end;
}

const OF = sticky(`${S0},?${S}d[ao]s?${S}`);

/** «item II da Súmula nº 389 do TST». */
function precedentAfter(text: string, { end, hasArticle }: Chain): FoundCase | undefined {
  const of = hasArticle ? null : matchAt(OF, text, end);
  return of === null ? undefined : brazilianCaseAt(text, end + of[0].length);
}

function placed(
  text: string,
  start: number,
  end: number,
  { diploma, style }: FoundDiploma,
  chain: Chain,
): Citation {
  const places = placesOf(text, chain);
  const written = style === 'br' || styleOf(text, chain.start, chain.end) === 'br' ? 'br' : 'pt';
  return {
    start,
    end,
    kind: 'article-of-law',
    style: written,
    normal: normalText(diploma, places, written),
    parts: { diploma, places },
  };
}

/** What can follow a diploma as a citation of its own that begins with a number. */
function afterDiploma(text: string, first: FoundDiploma, withArticle: boolean, found: Citation[]): number {
  let end = first.after ?? first.end;
  let last = first;
  const parenthesis = matchAt(ABBREVIATION_IN_PARENTHESES, text, end);
  if (parenthesis !== null) return end + parenthesis[0].length;
  for (let count = 0; count < 60; count++) {
    const number =
      last.diploma.number === undefined || last.diploma.suffix?.startsWith('(') === true
        ? undefined
        : furtherNumber(text, end, last);
    if (number !== undefined && (first.plural === true || number.diploma.date !== undefined)) {
      found.push({
        start: number.start,
        end: number.end,
        kind: 'law',
        style: number.style,
        normal: normalText(number.diploma, [], number.style),
        parts: { diploma: number.diploma, places: [] },
      });
      last = number;
      end = number.after ?? number.end;
      continue;
    }
    // «458 do CPC» after «arts. 769 da CLT e».
    const joint = withArticle ? matchAt(NEXT_ARTICLE, text, end) : null;
    const chain = joint === null ? undefined : chainAt(text, end + joint[0].length, true);
    const linked = chain === undefined ? undefined : linkedDiplomaAt(text, chain.end);
    if (chain === undefined || linked === undefined) break;
    found.push(placed(text, chain.start, linked.end, linked, chain));
    last = linked;
    end = linked.after ?? linked.end;
  }
  return end;
}

function addDiploma(text: string, start: number, diploma: FoundDiploma, found: Citation[]): number {
  const after = matchAt(AFTER_DIPLOMA, text, diploma.end);
  const chain = after === null ? undefined : chainAt(text, diploma.end + after[0].length);
  // «Código Civil, artigos 5.º e 6.º», unless these are said to be of another.
  if (chain !== undefined && linkedDiplomaAt(text, chain.end) === undefined) {
    const [first] = chain.segments;
    const whole =
      chain.segments.length < 2
        ? chain
        : { ...chain, end: first?.end ?? chain.end, segments: chain.segments.slice(0, 1) };
    found.push(placed(text, start, whole.end, diploma, whole));
    return whole.end;
  }
  const { style } = diploma;
  found.push({
    start,
    end: diploma.end,
    kind: 'law',
    style,
    normal: normalText(diploma.diploma, [], style),
    parts: { diploma: diploma.diploma, places: [] },
  });
  return afterDiploma(text, diploma, false, found);
}

function caseCitation(
  start: number,
  { end, kind, style, normal, court, number, date, ecli }: FoundCase,
): Citation {
  return {
    start,
    end,
    kind,
    style,
    normal,
    parts: {
      places: [],
      ...(court === undefined ? {} : { court }),
      ...(number === undefined ? {} : { number }),
      ...(date === undefined ? {} : { date }),
      ...(ecli === undefined ? {} : { ecli }),
    },
  };
}

/** Brazil writes «art. 5º» and «art. 37», Portugal «artigo 5.º» and «artigo 37.º». */
function styleOf(text: string, start: number, end: number): CitationStyle {
  const written = text.slice(start, Math.min(end, start + 60));
  if (/\d\.º|n\.os|n\.º/.test(written)) return 'pt';
  return /art(?:igos?|s?\s?\.)\s?\d+(?:[º°o]|(?![\d.º]))/i.test(written) ? 'br' : 'pt';
}

/** The diploma that each citation is of, once «o mesmo diploma» and «a Convenção» are taken to mean one before. */
export function resolvedDiplomas(citations: readonly Citation[]): (Diploma | undefined)[] {
  const before: Diploma[] = [];
  return citations.map(({ parts }) => {
    const { diploma } = parts;
    if (diploma === undefined) return undefined;
    if (diploma.anaphora !== true) {
      before.push(diploma);
      return diploma;
    }
    if (diploma.name === 'presente') return undefined;
    if (/^(?:Diploma|Normativo|Compêndio|Codex)$/.test(diploma.type)) {
      // A treaty is seldom called a diploma: «daquele diploma» after both means the law.
      return (
        before.findLast(({ type }) => !/^(?:Convenção|Tratado|Carta|Protocolo|Regras)/.test(type)) ??
        before.at(-1)
      );
    }
    for (let at = before.length - 1; at >= 0; at--) {
      if (before[at]?.type.startsWith(diploma.type) === true) return before[at];
    }
    return undefined;
  });
}

/** What a hover over `offset` shows. */
export interface CitationHover {
  readonly start: number;
  readonly end: number;
  readonly normal: string;
  readonly links: readonly Link[];
}

export function citationHover(text: string, offset: number): CitationHover | undefined {
  const citations = citationsIn(text);
  const at = citations.findIndex(({ start, end }) => offset >= start && offset <= end);
  const citation = citations[at];
  if (citation === undefined) return undefined;
  const { start, end, style, parts } = citation;
  const diploma = resolvedDiplomas(citations)[at];
  const resolved: CitationParts = diploma === undefined ? parts : { ...parts, diploma };
  return {
    start,
    end,
    normal:
      parts.diploma?.anaphora === true && diploma !== undefined
        ? normalText(diploma, parts.places, style)
        : citation.normal,
    links: linksOf(resolved),
  };
}
