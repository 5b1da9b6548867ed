import { t } from '@vscode/l10n';
import { isObject } from '../dataset/record';
import type { ShapedTurn } from '../dataset/shapes/shape';
import { echoOf } from '../portuguese/echo';
import { mojibakeIn } from '../portuguese/mojibake';
import { ASKS_FOR_FORM, placeholdersIn } from '../portuguese/placeholders';
import type { PlaceholderKind } from '../portuguese/placeholders';
import { breakOf } from '../portuguese/truncation';
import type { RecordRules } from './rule';

type ReportTo = Parameters<RecordRules['check']>[1];

/**
 * Faults of a text as such. A turn without content is an error as an empty one is; the others are judgements, which may
 * be wrong, and do not stop a submission.
 */
export const qualityRules: RecordRules = {
  rules: {
    'quality/empty': 'error',
    'quality/truncated': 'warning',
    'quality/echo': 'warning',
    'quality/mojibake': 'warning',
    'quality/placeholder': 'warning',
  },
  check(line, report) {
    const draft = isObject(line.value) && isObject(line.value.meta) && line.value.meta.status === 'draft';
    let question = '';
    for (const turn of line.turns) {
      const { content, role, part } = turn;
      if (content.trim() === '') continue; // schema/empty-turn
      if (isHollow(content)) {
        report({
          rule: 'quality/empty',
          path: turn.contentPath,
          ...(draft ? { severity: 'warning' as const } : {}),
          message: t('There is nothing here but punctuation or markup. Write the text.'),
        });
        continue;
      }
      // Bytes that are not UTF-8 are told as such.
      if (line.invalidAt === undefined) checkMojibake(turn, report);
      // The worse answer of a preference may well be cut off, or a model's excuse.
      if (part === 'rejected') continue;
      checkPlaceholders(turn, question, report);
      if (role === 'user') question = content;
      if (role !== 'assistant') continue;
      checkBreak(turn, report);
      checkEcho(turn, question, report);
    }
  },
};

const LETTER_FIRST = /^[^<`!&[]*[\p{L}\p{N}]/u;
const MARKUP = /<[^<>]{0,300}>|&#?\w{1,10};|!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)|^[ \t]*```[^\n]*$/gmu;

/** Whether a text has no letter, digit or sign that is not markup. */
function isHollow(text: string): boolean {
  if (LETTER_FIRST.test(text.slice(0, 200))) return false;
  return !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text.replace(MARKUP, ''));
}

function checkMojibake({ content, contentPath: path }: ShapedTurn, report: ReportTo): void {
  const found = mojibakeIn(content);
  const first = found[0];
  if (first === undefined) return;
  const edits = found.flatMap(({ start, end, repaired }) =>
    repaired === undefined ? [] : [{ path, start, end, text: repaired }],
  );
  const lost = content.startsWith('\ufffd', first.start);
  report({
    rule: 'quality/mojibake',
    path,
    textRange: { start: first.start, end: first.end },
    message: lost
      ? t('A character was lost here when the text was read with the wrong encoding. Write it anew.')
      : t(
          'This text was read with the wrong encoding: "{0}" stands for other characters. Repair it, or import the file anew as UTF-8.',
          content.slice(first.start, Math.min(first.end, first.start + 20)),
        ),
    ...(edits.length === 0 ? {} : { fix: { title: t('Repair the characters of this text'), edits } }),
  });
}

function checkBreak({ content, contentPath: path }: ShapedTurn, report: ReportTo): void {
  const found = breakOf(content);
  if (found === undefined) return;
  report({
    rule: 'quality/truncated',
    path,
    textRange: { start: found.start, end: found.end },
    message:
      found.why === 'fence'
        ? t('This code block is never closed: the answer seems to break off. Finish it, or close the block.')
        : found.why === 'open'
          ? t('A bracket or quotation mark is never closed: the answer seems to break off. Finish it.')
          : t('The answer seems to break off here. Finish it, or end it with a full stop.'),
  });
}

function checkEcho({ content, contentPath: path }: ShapedTurn, question: string, report: ReportTo): void {
  const echo = echoOf(question, content);
  if (echo === undefined) return;
  const { goesOn } = echo;
  const start = content.length - content.trimStart().length;
  const rest = goesOn ? content.slice(echo.end).search(/[\p{L}\p{N}*#>[("«`|-]/u) : -1;
  const end = rest < 0 ? echo.end : echo.end + rest;
  report({
    rule: 'quality/echo',
    path,
    textRange: { start, end: echo.end },
    message: goesOn
      ? t('The answer begins by repeating the question. Leave the repetition out.')
      : t('The answer only repeats the question. Write an answer.'),
    ...(rest < 0
      ? {}
      : { fix: { title: t('Remove the repeated question'), edits: [{ path, start, end, text: '' }] } }),
  });
}

const MOST_REPORTED = 20;
/** So many different blanks make a text a form, whatever was asked. */
const FIELDS_OF_FORM = 3;

function checkPlaceholders(turn: ShapedTurn, question: string, report: ReportTo): void {
  const { content, contentPath: path, role } = turn;
  let found = placeholdersIn(content, role === 'assistant');
  if (found.length === 0) return;
  // A question about models may be answered with what they say.
  if (ABOUT_MODELS.test(question)) found = found.filter(({ kind }) => kind !== 'model');
  // Gaps in a question are what it asks to fill.
  if (role === 'user') found = found.filter(({ kind }) => kind !== 'field');
  const fields = new Set(
    found.flatMap(({ kind, start, end }) => (kind === 'field' ? [content.slice(start, end)] : [])),
  );
  const form = role === 'assistant' && (fields.size >= FIELDS_OF_FORM || ASKS_FOR_FORM.test(question));
  // Whoever asks for a draft wants «[data]» where the facts are not known: that is how lawyers write drafts. An order to
  // insert something is worth a look there, and a fault everywhere else.
  if (form) found = found.filter(({ kind }) => kind !== 'field');
  for (const { kind, start, end } of found.slice(0, MOST_REPORTED)) {
    report({
      rule: 'quality/placeholder',
      path,
      textRange: { start, end },
      ...(form && kind === 'gap' ? { severity: 'info' as const } : {}),
      message: messageOf(kind, content.slice(start, Math.min(end, start + 60))),
    });
  }
}

const ABOUT_MODELS =
  /modelos? de (?:linguagem|língua|IA)|intelig[êe]ncia artificial|(?<!\p{L})(?:IA|chatbot|ChatGPT)(?!\p{L})/u;

function messageOf(kind: PlaceholderKind, written: string): string {
  switch (kind) {
    case 'model':
      return t('Here a model speaks of itself. Write what an expert would answer.');
    case 'filler':
      return t('This is filler text. Replace it with the real one.');
    case 'note':
    case 'gap':
    case 'field':
      return t('"{0}" still has to be replaced. Write what belongs here.', written);
  }
}
