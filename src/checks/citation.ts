import { t } from '@vscode/l10n';
import { citationsIn } from '../portuguese/citations';
import type { Citation } from '../portuguese/citations/citation';
import type { ShapedTurn } from '../dataset/shapes/shape';
import { misspellingsOf, wrongDateOf, wrongOrderOf } from './citationForm';
import { Support } from './citationSupport';
import type { RecordRules, RuleContext } from './rule';

type ReportTo = Parameters<RecordRules['check']>[1];

/** References to law and case law in what the assistant says: written well, drawn from the sources, and not left out. */
export const citationRules: RecordRules = {
  rules: {
    'citation/malformed': 'warning',
    'citation/unsupported': 'warning',
    'citation/missing': 'info',
  },
  check(line, report, context) {
    const turns = line.turns.filter(({ role }) => role === 'assistant');
    if (turns.length === 0) return;
    const cited = turns.map(({ content }) => citationsIn(content));
    turns.forEach((turn, at) => {
      for (const citation of cited[at] ?? []) checkForm(turn, citation, report, context);
    });
    if (cited.some((citations) => citations.length > 0)) checkSupport(line, turns, cited, report);
    else if (context.mustCite.length > 0) checkMissing(turns, report, context.mustCite);
  },
};

function checkForm(turn: ShapedTurn, citation: Citation, report: ReportTo, context: RuleContext): void {
  const { content, contentPath: path } = turn;
  const { start, end } = citation;
  const place = { rule: 'citation/malformed', path, textRange: { start, end } };
  const date = wrongDateOf(citation);
  if (date === 'impossible') {
    report({
      ...place,
      message: t(
        'There is no such date: “{0}”. Look it up in the official journal.',
        content.slice(start, end),
      ),
    });
    return;
  }
  if (date === 'another-year') {
    report({
      ...place,
      message: t(
        'The year of the number and the year of the date differ in “{0}”. Look up which is right.',
        content.slice(start, end),
      ),
    });
    return;
  }
  const order = wrongOrderOf(content, citation);
  if (order !== undefined) {
    report({
      ...place,
      severity: 'info',
      message: t('The article comes first, then its number and its letter: “{0}”.', order.text),
      fix: { title: t('Write “{0}”', order.text), edits: [{ path, ...order }] },
    });
    return;
  }
  const edits = misspellingsOf(content, citation, context.variety);
  if (edits.length === 0) return;
  let written = '';
  let at = start;
  for (const edit of edits) {
    written += content.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  written += content.slice(at, end);
  report({
    ...place,
    severity: 'info',
    message: t('This citation is not spelt as legal texts spell it. Write “{0}”.', written),
    fix: { title: t('Write “{0}”', written), edits: edits.map((edit) => ({ path, ...edit })) },
  });
}

/** Only a record that lists its sources says what its answers may cite. */
function checkSupport(
  line: Parameters<RecordRules['check']>[0],
  turns: readonly ShapedTurn[],
  cited: readonly (readonly Citation[])[],
  report: ReportTo,
): void {
  const { sources } = line;
  if (sources.length === 0) return;
  const support = new Support();
  for (const source of sources) support.addSource(source);
  const answers = new Map(turns.map((turn, at) => [turn, cited[at] ?? []]));
  for (const turn of line.turns) {
    const citations = answers.get(turn);
    if (citations === undefined) {
      support.addText(citationsIn(turn.content), turn.content);
      continue;
    }
    const { content, contentPath: path } = turn;
    for (const { citation, lacks } of support.lacking(citations)) {
      const { start, end, normal } = citation;
      const place = { rule: 'citation/unsupported', path, textRange: { start, end } };
      if (lacks === 'article') {
        report({
          ...place,
          severity: 'info',
          message: t(
            'The sources name other articles of this law than “{0}”. Add it to meta.sources, or correct it.',
            content.slice(start, end),
          ),
        });
      } else {
        report({
          ...place,
          message: t(
            '“{0}” is neither in meta.sources nor in the question. Add it to the sources once it is confirmed, or take it out.',
            normal,
          ),
        });
      }
    }
    support.addText(citations, content);
  }
}

/** Words of a citation that the recogniser leaves alone, such as «a Convenção» or «a regra 5». */
const NAMES_A_SOURCE =
  /\b(?:art(?:igos?|s?\.)\s?\d|regras?\s\d|Convenç|Código|Constituição|Decreto|Lei\s|Regulamento|Diretiva|Portaria|Acórdão|Súmula)/;

function checkMissing(turns: readonly ShapedTurn[], report: ReportTo, phrases: readonly string[]): void {
  if (turns.some(({ content }) => NAMES_A_SOURCE.test(content))) return;
  for (const { content, contentPath: path } of turns) {
    const lower = content.toLowerCase();
    for (const phrase of phrases) {
      const start = wordIndex(lower, phrase.toLowerCase());
      if (start === -1) continue;
      const end = start + phrase.length;
      report({
        rule: 'citation/missing',
        path,
        textRange: { start, end },
        message: t(
          '“{0}” is a legal claim, and the answer cites nothing. Name the law or the decision that it rests on.',
          content.slice(start, end),
        ),
      });
      break;
    }
  }
}

const LETTER = /[\p{L}\p{N}]/u;

/** Where `phrase` stands in `text` as whole words, or -1. */
function wordIndex(text: string, phrase: string): number {
  if (phrase === '') return -1;
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + phrase.length)) {
    const after = at + phrase.length;
    if (!LETTER.test(text[at - 1] ?? ' ') && !LETTER.test(text[after] ?? ' ')) return at;
  }
  return -1;
}
