import type { PlantedText } from './identifierTexts';

export interface Score {
  readonly kind: string;
  readonly planted: number;
  /** Right ones. */
  readonly found: number;
  readonly precision: number;
  readonly recall: number;
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
}

/** By kind, and `all`. A finding is right that overlaps a planted one of its kind by half of both. */
export function scored(
  texts: readonly PlantedText[],
  find: (text: string) => readonly { readonly kind: string; readonly start: number; readonly end: number }[],
): Score[] {
  const counts = new Map<
    string,
    { planted: number; found: number; right: number; missed: string[]; wrong: string[] }
  >();
  const of = (kind: string) => {
    const known = counts.get(kind) ?? { planted: 0, found: 0, right: 0, missed: [], wrong: [] };
    counts.set(kind, known);
    return known;
  };
  for (const { text, expected } of texts) {
    const findings = [...find(text)];
    for (const planted of expected) {
      const at = findings.findIndex((finding) => {
        const overlap = Math.min(finding.end, planted.end) - Math.max(finding.start, planted.start);
        return (
          finding.kind === planted.kind &&
          2 * overlap > finding.end - finding.start &&
          2 * overlap > planted.end - planted.start
        );
      });
      for (const count of [of(planted.kind), of('all')]) {
        count.planted++;
        if (at >= 0) {
          count.found++;
          count.right++;
        } else count.missed.push(`${text.slice(planted.start, planted.end)} | ${text}`);
      }
      if (at >= 0) findings.splice(at, 1);
    }
    for (const finding of findings) {
      for (const count of [of(finding.kind), of('all')]) {
        count.found++;
        count.wrong.push(`${text.slice(finding.start, finding.end)} | ${text}`);
      }
    }
  }
  return [...counts].map(([kind, { planted, found, right, missed, wrong }]) => ({
    kind,
    planted,
    found: right,
    precision: found === 0 ? 1 : right / found,
    recall: planted === 0 ? 1 : right / planted,
    missed,
    wrong,
  }));
}
