import { t } from '@vscode/l10n';
import type { TextPattern } from '../protocol/bulk';
import { UserError } from '../protocol/errors';
import { parseRecordText } from './recordText';
import { patternOf } from './textPattern';
import { within } from './timeLimit';

export interface Hit {
  readonly start: number;
  readonly end: number;
  readonly replaced: string;
}

/** Milliseconds for one text. */
const LIMIT = 200;

/** Finds and replaces in texts, as one pattern says. */
export class TextReplacer {
  private readonly pattern: RegExp;

  /** Throws UserError `search/pattern`. */
  constructor(
    private readonly find: TextPattern,
    private readonly replacement: string,
  ) {
    this.pattern = patternOf(find);
  }

  /** Throws UserError `search/too-slow`. */
  hits(text: string): Hit[] {
    if (this.find.text === '') return [];
    const hits = this.find.regex ? within(LIMIT, () => this.matches(text)) : this.matches(text);
    if (hits === undefined) {
      throw new UserError(
        'search/too-slow',
        t('The expression takes too long. Avoid repetitions inside repetitions such as “(a+)+”.'),
      );
    }
    return hits;
  }

  replace(text: string): string {
    let result = '';
    let at = 0;
    for (const { start, end, replaced } of this.hits(text)) {
      result += text.slice(at, start) + replaced;
      at = end;
    }
    return result + text.slice(at);
  }

  private matches(text: string): Hit[] {
    const hits: Hit[] = [];
    for (const match of text.matchAll(this.pattern)) {
      // An empty match (`x*`) is nothing that a person has found.
      if (match[0] === '') continue;
      const end = match.index + match[0].length;
      hits.push({
        start: match.index,
        end,
        replaced: this.find.regex ? this.expand(match) : this.replacement,
      });
    }
    return hits;
  }

  /** `$1`, `$<name>`, `$&` and `$$`, and `\n` and `\t`, as editors have them. */
  private expand(match: RegExpMatchArray): string {
    return this.replacement.replace(
      /\$(\$|&|\d{1,2}|<([^>]*)>)|\\([nt\\])/g,
      (whole, dollar: string | undefined, name: string | undefined, escape: string | undefined) => {
        if (escape !== undefined) return { n: '\n', t: '\t', '\\': '\\' }[escape] ?? whole;
        if (dollar === '$') return '$';
        if (dollar === '&') return match[0];
        if (name !== undefined) return match.groups?.[name] ?? '';
        const group = Number(dollar);
        return group === 0 || group >= match.length ? whole : (match[group] ?? '');
      },
    );
  }
}

/** The record's turns with what is found in each; `turn` narrows it to one of them. */
export function hitsInRecord(
  text: string,
  replacer: TextReplacer,
  turn: number | null,
): { readonly id: string; readonly turns: readonly { index: number; content: string; hits: Hit[] }[] } {
  const { record } = parseRecordText(text);
  const turns = (record?.messages ?? [])
    .map(({ content }, index) => ({ index, content }))
    .filter(({ index }) => turn === null || index === turn)
    .map(({ index, content }) => ({ index, content, hits: replacer.hits(content) }))
    .filter(({ hits }) => hits.length > 0);
  return { id: record?.id ?? '', turns };
}
