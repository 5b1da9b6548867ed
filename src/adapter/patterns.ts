import { runInNewContext } from 'node:vm';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';

/** Patterns come from a file: one that backtracks without end must not hang the editor. */
const MATCH_MILLISECONDS = 2000;

/**
 * Python's `re` to JavaScript, for the syntax in which the two differ. What JavaScript cannot express does not
 * compile there and is refused, never matched wrongly.
 */
function toJavaScript(pattern: string): string {
  return pattern
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$')
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>');
}

/**
 * The value that PEFT takes for each module from a `rank_pattern` or `alpha_pattern`, or undefined where none
 * matches. The first key wins for which `re.match(rf"(.*\.)?({key})$", module)` holds, as in PEFT 0.21
 * `get_pattern_key`. Throws UserError `adapter/pattern` for a pattern that cannot be used.
 */
export function matchPatterns(
  patterns: Readonly<Record<string, number>>,
  modules: readonly string[],
  file: string,
): (number | undefined)[] {
  const keys = Object.keys(patterns);
  if (keys.length === 0) return modules.map(() => undefined);
  const sources = keys.map((key) => `^(.*\\.)?(${toJavaScript(key)})$`);
  for (const [index, source] of sources.entries()) {
    try {
      new RegExp(source);
    } catch {
      throw unusable(keys[index] ?? '', file);
    }
  }
  let matched: unknown;
  try {
    matched = runInNewContext(
      `const all = sources.map((source) => new RegExp(source));
       JSON.stringify(modules.map((module) => all.findIndex((pattern) => pattern.test(module))))`,
      { sources: [...sources], modules: [...modules] },
      { timeout: MATCH_MILLISECONDS },
    );
  } catch {
    throw unusable(keys.join(', '), file);
  }
  const indices = JSON.parse(String(matched)) as number[];
  return indices.map((index) => {
    const key = keys[index];
    return key === undefined ? undefined : patterns[key];
  });
}

function unusable(pattern: string, file: string): UserError {
  return new UserError(
    'adapter/pattern',
    t('{0} has a rank or alpha pattern that cannot be used: {1}', file, printable(pattern)),
    { place: { file } },
  );
}
