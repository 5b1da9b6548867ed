import { Support } from '../checks/citationSupport';
import { citationsIn, resolvedDiplomas } from '../portuguese/citations';
import type { Citation } from '../portuguese/citations/citation';

export interface CitationCount {
  /** Laws and decisions that the answer cites, each once. */
  readonly cited: number;
  /** Of these, those that the sources or the conversation before name. */
  readonly supported: number;
}

/** Which of the laws and decisions that an answer cites its record knows of, by the rules of the check `citation/unsupported`. */
export function citationCount(
  answer: string,
  sources: readonly string[],
  prompt: readonly { readonly content: string }[],
): CitationCount {
  const citations = citationsIn(answer);
  const cited = lawsLacking(new Support(), citations);
  if (cited === 0) return { cited, supported: 0 };
  const support = new Support();
  for (const source of sources) support.addSource(source);
  for (const { content } of prompt) support.addText(citationsIn(content), content);
  return { cited, supported: cited - lawsLacking(support, citations) };
}

function lawsLacking(support: Support, citations: readonly Citation[]): number {
  return support.lacking(citations).filter(({ lacks }) => lacks === 'law').length;
}

/**
 * Whether a text cites what another names: the law or the decision, and the article where one is named. Undefined when
 * `wanted` names no law, article of a law, or decision.
 */
export function citesIn(text: string): (wanted: string) => boolean | undefined {
  const found = citationsIn(text);
  const diplomas = resolvedDiplomas(found);
  const cited = found.map((citation, at) => {
    const diploma = diplomas[at];
    return diploma === undefined ? citation : { ...citation, parts: { ...citation.parts, diploma } };
  });
  return (wanted) => {
    const named = citationsIn(wanted).filter((each) => new Support().lacking([each]).length > 0);
    if (named.length === 0) return undefined;
    return named.every((each) =>
      cited.some((citation) => {
        if (namesArticle(each) && !namesArticle(citation)) return false;
        const support = new Support();
        support.addText([citation], text);
        return support.lacking([each]).length === 0;
      }),
    );
  };
}

function namesArticle({ parts }: Citation): boolean {
  return parts.places.some((place) => place.some(({ unit }) => unit === 'artigo'));
}
