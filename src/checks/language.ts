import { t } from '@vscode/l10n';
import { languageOf } from '../portuguese/languages';
import type { Language } from '../portuguese/languages';
import { quotedZones } from '../portuguese/quotedZones';
import type { TextRange } from './finding';
import type { RecordRules } from './rule';

/** Text in another language: all of a turn, or whole paragraphs of it that are no quotation. */
export const languageRules: RecordRules = {
  rules: { 'quality/language': 'warning' },
  check: (line, report) => {
    for (const { content, contentPath } of line.turns) {
      if (content.length < 60) continue;
      const paragraphs = paragraphsOf(content);
      const foreign = foreignParagraphs(content, paragraphs);
      const [first] = foreign;
      if (first === undefined) continue;
      const { end } = foreign[foreign.length - 1] ?? first;
      const all = foreign.length === paragraphs.length;
      report({
        rule: 'quality/language',
        message: all
          ? t('This text is in {0}. Write it in Portuguese.', nameOf(first.language))
          : t(
              'A part of this text is in {0}. Write it in Portuguese, or put it in quotation marks if it is a quotation.',
              nameOf(first.language),
            ),
        path: contentPath,
        textRange: all ? { start: first.start, end } : { start: first.start, end: first.end },
      });
    }
  },
};

function foreignParagraphs(
  text: string,
  paragraphs: readonly TextRange[],
): (TextRange & { language: Language })[] {
  const found: (TextRange & { language: Language })[] = [];
  for (const { start, end } of paragraphs) {
    const language = languageOf(text, start, end);
    if (language === undefined || language === 'pt') continue;
    // Costs more than the language, and is seldom needed.
    const own = unquoted(text, { start, end });
    if (own !== undefined && languageOf(own) === language) found.push({ start, end, language });
  }
  return found;
}

/** A paragraph without what it quotes; undefined where that is most of it. */
function unquoted(text: string, { start, end }: TextRange): string | undefined {
  const paragraph = text.slice(start, end);
  let own = '';
  let at = 0;
  for (const [from, to] of [...quotedZones(paragraph)].sort((a, b) => a[0] - b[0])) {
    if (from >= at) own += `${paragraph.slice(at, from)} `;
    at = Math.max(at, to);
  }
  own += paragraph.slice(at);
  return own.length * 2 < paragraph.length ? undefined : own;
}

/** Without blocks of code, which are in no language. */
function paragraphsOf(text: string): TextRange[] {
  const ranges: TextRange[] = [];
  let code = false;
  for (let start = 0; start < text.length;) {
    const line = text.indexOf('\n', start);
    const end = line === -1 ? text.length : line;
    if (text.startsWith('```', start)) code = !code;
    else if (!code && end - start > 1) ranges.push({ start, end });
    start = end + 1;
  }
  return ranges.filter(({ start, end }) => /[a-zà-ÿ]/i.test(text.slice(start, end)));
}

function nameOf(language: Language): string {
  return {
    pt: t('Portuguese'),
    en: t('English'),
    es: t('Spanish'),
    fr: t('French'),
    it: t('Italian'),
    gl: t('Galician'),
  }[language];
}
