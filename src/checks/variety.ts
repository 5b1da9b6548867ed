import { t } from '@vscode/l10n';
import type { JsonPath } from '../dataset/jsonTree';
import { isWithin, quotedZones } from '../portuguese/quotedZones';
import type { Variety } from '../portuguese/varieties';
import { inCaseOf, marksIn } from '../portuguese/varietyMarks';
import type { Mark, Side } from '../portuguese/varietyMarks';
import type { Fix, Severity } from './finding';
import type { RecordRules, Report } from './rule';

type Draft = Omit<Report, 'severity'> & { severity?: Severity };

/** From so many old spellings on, a text is of another time; it gets one finding, not one a word. */
const WHOLLY_OLD = 4;

/** Text that is not in the project's variety. */
export const varietyRules: RecordRules = {
  rules: { 'variety/lexical': 'warning', 'variety/orthography': 'warning', 'variety/grammar': 'warning' },
  check: (line, report, { variety }) => {
    const foreign: Side = variety === 'pt-BR' ? 'PT' : 'BR';
    for (const { content, contentPath } of line.turns) {
      const marks = marksIn(content).filter((mark) => isForeign(mark, foreign, variety));
      if (marks.length === 0) continue;
      const zones = quotedZones(content);
      const own = marks.filter(
        ({ start }) => !isWithin(zones, start) && !speaksOfAbroad(content, start, foreign),
      );
      for (const draft of draftsOf(own, content, contentPath, foreign)) report(draft);
    }
  },
};

function isForeign(mark: Mark, foreign: Side, variety: Variety): boolean {
  if (mark.quiet || mark.name) return false;
  const { spelling } = mark;
  if (spelling === undefined) {
    if (mark.side !== foreign) return false;
    return variety === 'pt-PT' || variety === 'pt-BR' || !africanUse(mark);
  }
  // Angola and Mozambique write as before the agreement, as Portugal did.
  if ((variety === 'pt-AO' || variety === 'pt-MZ') && spelling.side !== 'BR') return false;
  const own = variety === 'pt-BR' ? spelling.brazilian : spelling.european;
  return own !== mark.rule;
}

/** Of Angola and Mozambique, too, though not of Portugal. */
const AFRICAN = new Set([
  'voce',
  'a-gente',
  'estocar',
  'açougue',
  'açougues',
  'canadense',
  'xinga',
  'xingar',
]);

function africanUse({ rule }: Mark): boolean {
  return AFRICAN.has(rule);
}

const OF_BRAZIL = /Brasil|brasileir|\bSTF\b|\bREsp\b|\bTJ(?:SP|RJ|MG|RS|PR|SC|DFT)\b|\bOAB\b|Lei n[º°o] \d/;
const OF_PORTUGAL = /Portugal|portuguesa? |Diário da República|Decreto-Lei n\.º|lisboeta/;

/** A sentence about the other country uses its words: its laws, its courts, its offices. */
function speaksOfAbroad(text: string, at: number, foreign: Side): boolean {
  const start = Math.max(text.lastIndexOf('\n', at), text.lastIndexOf('. ', at), at - 400, 0);
  const stop = text.indexOf('. ', at);
  const sentence = text.slice(start, Math.min(stop === -1 ? text.length : stop, at + 400));
  return (foreign === 'BR' ? OF_BRAZIL : OF_PORTUGAL).test(sentence);
}

function draftsOf(marks: readonly Mark[], text: string, path: JsonPath, foreign: Side): Draft[] {
  const old = marks.filter(({ spelling }) => spelling !== undefined && spelling.kind !== foreign);
  const drafts: Draft[] = [];
  const together = new Set(old).size >= WHOLLY_OLD && new Set(old.map(({ rule }) => rule)).size >= WHOLLY_OLD;
  const first = old[0];
  if (together && first !== undefined) drafts.push(whollyOld(old, first, text, path, foreign));
  let end = -1;
  for (const mark of marks) {
    if ((together && old.includes(mark)) || mark.start < end) continue;
    end = mark.end;
    drafts.push(draftOf(mark, text, path, foreign));
  }
  return drafts;
}

function spelledNow(mark: Mark, text: string, foreign: Side): string {
  const { spelling } = mark;
  const word = foreign === 'BR' ? spelling?.european : spelling?.brazilian;
  return inCaseOf(text.slice(mark.start, mark.end), word ?? mark.rule);
}

function whollyOld(old: readonly Mark[], first: Mark, text: string, path: JsonPath, foreign: Side): Draft {
  return {
    rule: 'variety/orthography',
    message: t(
      'This text is spelled as before the agreement of 1990 ({0} words, such as “{1}”). Write it in the spelling in force, or mark what is quoted as a quotation.',
      old.length,
      text.slice(first.start, first.end),
    ),
    path,
    textRange: { start: first.start, end: first.end },
    fix: {
      title: t('Write {0} words in the spelling in force', old.length),
      edits: old.map((mark) => ({
        path,
        start: mark.start,
        end: mark.end,
        text: spelledNow(mark, text, foreign),
      })),
    },
  };
}

function draftOf(mark: Mark, text: string, path: JsonPath, foreign: Side): Draft {
  const written = text.slice(mark.start, mark.end);
  const base = { path, textRange: { start: mark.start, end: mark.end } };
  const fixed = (replacement: string | undefined): { fix?: Fix } =>
    replacement === undefined
      ? {}
      : {
          fix: {
            title: t('Write “{0}”', replacement),
            edits: [{ path, start: mark.start, end: mark.end, text: replacement }],
          },
        };
  if (mark.spelling !== undefined) {
    const now = spelledNow(mark, text, foreign);
    return {
      rule: 'variety/orthography',
      message: spellingMessage(mark, written, now, foreign),
      ...base,
      ...fixed(now),
    };
  }
  if (mark.kind === 'lexical') {
    const other = mark.replacement ?? mark.suggestion;
    return {
      rule: 'variety/lexical',
      message: lexicalMessage(written, other, foreign),
      ...base,
      ...fixed(mark.replacement),
    };
  }
  const { message, severity } = grammarMessage(mark, written);
  return { rule: 'variety/grammar', message, severity, ...base, ...fixed(mark.replacement) };
}

function lexicalMessage(written: string, other: string | undefined, foreign: Side): string {
  if (other === undefined)
    return foreign === 'BR'
      ? t('“{0}” is not used so in Portugal. Choose the European Portuguese word.', written)
      : t('“{0}” is not used so in Brazil. Choose the Brazilian Portuguese word.', written);
  return foreign === 'BR'
    ? t('“{0}” is Brazilian Portuguese. In European Portuguese: “{1}”.', written, other)
    : t('“{0}” is European Portuguese. In Brazilian Portuguese: “{1}”.', written, other);
}

function spellingMessage(mark: Mark, written: string, now: string, foreign: Side): string {
  const { spelling } = mark;
  if (spelling?.kind === 'old')
    return t('“{0}” is the spelling from before the agreement of 1990. It is now “{1}”.', written, now);
  if (spelling?.side === 'both' && foreign === 'BR')
    return t(
      '“{0}” is the Brazilian spelling, and the European one from before the agreement of 1990. It is now “{1}”.',
      written,
      now,
    );
  return foreign === 'BR'
    ? t('“{0}” is the Brazilian spelling. The European one is “{1}”.', written, now)
    : t('“{0}” is the European spelling. The Brazilian one is “{1}”.', written, now);
}

function grammarMessage(mark: Mark, written: string): { message: string; severity: Severity } {
  switch (mark.rule) {
    case 'estar-gerund':
      return {
        message: t(
          '“{0}”: European Portuguese says “estar a” with the infinitive here, not the gerund.',
          written,
        ),
        severity: 'warning',
      };
    case 'estar-infinitive':
      return {
        message: t('“{0}”: Brazilian Portuguese says “estar” with the gerund here.', written),
        severity: 'warning',
      };
    case 'proclisis':
      return {
        message: t(
          '“{0}”: in European Portuguese no clause begins with an unstressed pronoun. Put it behind the verb.',
          written,
        ),
        severity: 'warning',
      };
    case 'motion-em':
      return {
        message: t('“{0}”: after a verb of motion, European Portuguese takes “a”, not “em”.', written),
        severity: 'warning',
      };
    case 'possessive':
      return {
        message: t('“{0}”: European Portuguese puts the article before a possessive.', written),
        severity: 'info',
      };
    case 'a-gente':
      return {
        message: t(
          '“{0}” for “nós” is colloquial, and rare in writing in Portugal. Write “nós”, or leave the subject out.',
          written,
        ),
        severity: 'info',
      };
    default:
      return {
        message: t(
          '“{0}” is not a usual address in Portugal. Use “o senhor” or “a senhora”, or leave the subject out.',
          written,
        ),
        severity: 'info',
      };
  }
}
