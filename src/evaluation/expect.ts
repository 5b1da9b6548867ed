import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import type { JsonPath } from '../dataset/jsonTree';
import { isObject } from '../dataset/record';
import { patternOf } from '../dataset/textPattern';
import { messageOf } from '../protocol/errors';
import { citesIn } from './answerCitations';

const text = z.string().check(z.trim(), z.minLength(1));
const texts = z.union([text, z.array(text).check(z.minLength(1))]);

/** `meta.expect`: what an answer to a record must be, whoever gives it. */
const expectSchema = z.strictObject({
  /** Text that must be in the answer, whatever its case and white space. */
  contains: z.optional(texts),
  notContains: z.optional(texts),
  /** JavaScript's regular expressions, with flags m and u. */
  regex: z.optional(texts),
  notRegex: z.optional(texts),
  /** A law, an article of a law, or a decision, however it is written. */
  cites: z.optional(texts),
  notCites: z.optional(texts),
  variety: z.optional(z.enum(['pt-PT', 'pt-BR'])),
  /** Words. */
  maxLength: z.optional(z.int().check(z.positive())),
  /** Criteria that the base model itself judges, yes or no. */
  judge: z.optional(texts),
});

export const EXPECTATIONS = [
  'contains',
  'notContains',
  'regex',
  'notRegex',
  'cites',
  'notCites',
  'variety',
  'maxLength',
  'judge',
] as const satisfies (keyof z.infer<typeof expectSchema>)[];
export type Expectation = (typeof EXPECTATIONS)[number];

/** One thing that is expected. */
export interface Check {
  readonly kind: Expectation;
  readonly wanted: string;
  /** Inside the record. */
  readonly path: JsonPath;
}

export interface ExpectProblem {
  readonly path: JsonPath;
  readonly message: string;
}

/** The expectations of a record in the order of EXPECTATIONS; problems where they are malformed. */
export function readExpect(value: unknown): {
  readonly checks: readonly Check[];
  readonly problems: readonly ExpectProblem[];
} {
  const base: JsonPath = ['meta', 'expect'];
  if (!isObject(value)) {
    const message = t('“expect” must be an object such as {0}.', '{"contains": "frete", "maxLength": 80}');
    return { checks: [], problems: [{ path: base, message }] };
  }
  const problems: ExpectProblem[] = Object.keys(value)
    .filter((key) => !isExpectation(key))
    .map((key) => ({
      path: [...base, key],
      message: t('“{0}” is no expectation. Use: {1}.', key, EXPECTATIONS.join(', ')),
    }));
  const checks: Check[] = [];
  for (const kind of EXPECTATIONS) {
    const wanted = value[kind];
    if (wanted === undefined) continue;
    const path = [...base, kind];
    if (!z.safeParse(expectSchema, { [kind]: wanted }).success) {
      problems.push({ path, message: shapeOf(kind) });
      continue;
    }
    for (const [at, each] of (Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]).entries()) {
      const check = { kind, wanted: String(each).trim(), path: Array.isArray(wanted) ? [...path, at] : path };
      const problem = problemOf(check);
      if (problem === undefined) checks.push(check);
      else problems.push({ path: check.path, message: problem });
    }
  }
  if (checks.length === 0 && problems.length === 0) {
    problems.push({ path: base, message: t('“expect” is empty. Use: {0}.', EXPECTATIONS.join(', ')) });
  }
  return { checks, problems };
}

function isExpectation(key: string): key is Expectation {
  return EXPECTATIONS.some((each) => each === key);
}

function shapeOf(kind: Expectation): string {
  if (kind === 'variety') return t('“variety” must be {0}.', ['pt-PT', 'pt-BR'].join(t(' or ')));
  if (kind === 'maxLength') return t('“maxLength” must be a whole number of words, 1 or more.');
  return t('“{0}” must be a text, or a list of texts, none of them empty.', kind);
}

function problemOf({ kind, wanted }: Check): string | undefined {
  if (kind === 'regex' || kind === 'notRegex') {
    try {
      expressionOf(wanted);
    } catch (error) {
      return messageOf(error);
    }
  }
  if ((kind === 'cites' || kind === 'notCites') && citesIn('')(wanted) === undefined) {
    return t('“{0}” names no law, article of a law or decision that is recognised. Write it out.', wanted);
  }
  return undefined;
}

/** Throws UserError `search/pattern` when it is no valid one. */
export function expressionOf(source: string): RegExp {
  return patternOf({ text: source, regex: true, matchCase: true, matchAccents: true });
}
