import { citationsIn, resolvedDiplomas } from '../portuguese/citations';
import type { Citation, Provision } from '../portuguese/citations/citation';
import { identityOf, sameDiploma } from '../portuguese/citations/identity';
import { byAbbreviation } from '../portuguese/citations/codes';
import type { Identity } from '../portuguese/citations/identity';

const IN_PARENTHESES = /^\s{0,2}\((?:o |a |doravante |adiante )?["«“]?([A-Z][A-Za-z.]{1,9})[»"”]?\)/;
/** Rules that parties agree on: no law, and none that could be invented. */
const AGREED = new Set(['code|york']);

interface Known {
  readonly identity: Identity;
  /** Places that were named; none: the whole law. */
  readonly places: readonly (readonly Provision[])[];
}

export interface Lacking {
  readonly citation: Citation;
  /** The law, or decision, itself, or only this article of it. */
  readonly lacks: 'law' | 'article';
}

/** What an answer can rest on: the sources, the question, and what was said before. */
export class Support {
  private readonly laws: Known[] = [];
  private readonly cases = new Set<string>();

  /** A source is one law: a place in it that stands apart («…, sobre conhecimentos de carga, artigo 3.º») is of that law. */
  addSource(source: string): void {
    const citations = citationsIn(source);
    const laws = citations.filter(({ parts }) => parts.diploma !== undefined);
    const alone = citations.filter(({ kind }) => kind === 'article');
    const [law] = laws;
    if (laws.length === 1 && alone.length > 0 && law !== undefined) {
      const identity = law.parts.diploma === undefined ? undefined : identityOf(law.parts.diploma);
      const places = [...law.parts.places, ...alone.flatMap(({ parts }) => parts.places)];
      if (identity !== undefined) this.laws.push({ identity, places });
      this.addText(
        citations.filter((citation) => citation !== law),
        source,
      );
      this.addAbbreviation(source, law.end, places);
      return;
    }
    this.addText(citations, source);
  }

  addText(citations: readonly Citation[], text: string): void {
    const diplomas = resolvedDiplomas(citations);
    citations.forEach((citation, at) => {
      const { parts } = citation;
      const diploma = diplomas[at];
      const identity = diploma === undefined ? celexIdentity(citation) : identityOf(diploma);
      if (identity !== undefined) this.laws.push({ identity, places: parts.places });
      if (diploma !== undefined) this.addAbbreviation(text, citation.end, parts.places);
      for (const key of caseKeys(citation)) this.cases.add(key);
    });
  }

  /** «Convenção de Londres de 1976 (LLMC)» is what the text calls LLMC from there on. */
  private addAbbreviation(text: string, end: number, places: Known['places']): void {
    const named = byAbbreviation.get(IN_PARENTHESES.exec(text.slice(end, end + 30))?.[1] ?? '');
    if (named !== undefined) this.laws.push({ identity: { key: `code|${named.code}` }, places });
  }

  /** What nothing before supports; each law and each place once. */
  lacking(citations: readonly Citation[]): Lacking[] {
    const found: Lacking[] = [];
    const told: Identity[] = [];
    const diplomas = resolvedDiplomas(citations);
    citations.forEach((citation, at) => {
      const diploma = diplomas[at];
      if (citation.kind === 'case') {
        const keys = caseKeys(citation);
        if (keys.length > 0 && !keys.some((key) => this.cases.has(key))) {
          found.push({ citation, lacks: 'law' });
          keys.forEach((key) => this.cases.add(key));
        }
        return;
      }
      const identity = diploma === undefined ? celexIdentity(citation) : identityOf(diploma);
      if (
        identity === undefined ||
        AGREED.has(identity.key) ||
        told.some((other) => sameDiploma(other, identity))
      )
        return;
      const known = this.laws.filter(({ identity: other }) => sameDiploma(other, identity));
      if (known.length === 0) {
        told.push(identity);
        found.push({ citation, lacks: 'law' });
      } else if (!isNamed(citation.parts.places, known)) {
        found.push({ citation, lacks: 'article' });
        this.laws.push({ identity, places: citation.parts.places });
      }
    });
    return found;
  }
}

/** `32016R0679` is the Regulation that a text calls (UE) 2016/679. */
function celexIdentity({ parts: { number }, kind }: Citation): Identity | undefined {
  const celex = kind === 'law' ? /^3(\d{4})([RL])0*(\d+)/.exec(number ?? '') : null;
  if (celex === null) return undefined;
  const [, year = '', letter = '', serial = ''] = celex;
  return identityOf({
    type: letter === 'R' ? 'Regulamento' : 'Diretiva',
    number: serial,
    year,
    suffix: 'UE',
  });
}

/** By whatever names a decision: its ECLI, its number, its court and date. */
function caseKeys({ kind, normal, parts }: Citation): string[] {
  if (kind !== 'case') return [];
  const { ecli, number, court, date } = parts;
  const keys: string[] = [];
  if (ecli !== undefined) keys.push(ecli);
  if (number !== undefined) keys.push(number.replace(/[^\dA-Z/]/g, ''));
  if (date?.day !== undefined && date.year !== undefined) {
    keys.push(`${court ?? ''}|${date.day}-${date.month ?? 0}-${date.year}`);
  }
  return keys.length === 0 ? [normal] : keys;
}

const ARTICLE = /^(\d+)(?:-?([A-Z]+))?$/;
const valueOf = (article: string): number => {
  const match = ARTICLE.exec(article);
  if (match === null) return Number.NaN;
  const [, digits = '', letters = ''] = match;
  return (
    Number(digits) * 1000 + (letters === '' ? 0 : letters.charCodeAt(0) - 64 + (letters.length > 1 ? 30 : 0))
  );
};

interface Span {
  readonly from: number;
  readonly to: number;
}

function spansOf(places: readonly (readonly Provision[])[]): Span[] {
  return places.flatMap((place) =>
    place.flatMap(({ unit, items, open }) =>
      unit !== 'artigo'
        ? []
        : items.map(({ from, to }) => ({
            from: valueOf(from),
            to: open === true ? Number.POSITIVE_INFINITY : valueOf(to ?? from),
          })),
    ),
  );
}

/** Whether the cited articles are among those that the sources name, where they name any. */
function isNamed(places: readonly (readonly Provision[])[], known: readonly Known[]): boolean {
  const cited = spansOf(places);
  if (cited.length === 0) return true;
  const named: Span[] = [];
  for (const { places: of } of known) {
    const spans = spansOf(of);
    if (spans.length === 0) return true;
    named.push(...spans);
  }
  return cited.every(
    ({ from }) => Number.isNaN(from) || named.some((span) => from >= span.from && from <= span.to),
  );
}
