import { t } from '@vscode/l10n';
import type * as z from 'zod/mini';
import { nearest } from './suggest';

export type Path = readonly (string | number)[];

/** What a zod issue says, in words. `wholeKey`: the key is what is wrong, not its value. */
export interface IssueMessage {
  readonly path: Path;
  readonly message: string;
  readonly wholeKey: boolean;
}

type Issue = z.core.$ZodIssue;

/** What a text of a given key must look like; the schemas hold only the pattern. */
function formatOf(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string') ?? '';
  switch (key) {
    case 'country':
    case 'residency':
      return t('a country code of two capital letters, for instance PT');
    case 'time':
      return t(
        'a duration: minutes (30), hours:minutes:seconds (02:00:00) or days-hours:minutes:seconds (1-12:00:00)',
      );
    case 'memory':
      return t('an amount of memory, for instance 64G');
    case 'host':
      return t(
        'the name of a host as it stands in the ssh configuration, for instance user@login.example.pt',
      );
    case 'root':
      return t('an absolute path on the cluster, for instance /projects/maritime/afina');
    case 'sha256':
      return t('64 hexadecimal digits in lower case');
    default:
      return t('a name without spaces or special characters');
  }
}

function typeName(expected: string): string {
  switch (expected) {
    case 'string':
      return t('text');
    case 'number':
      return t('a number');
    case 'int':
      return t('a whole number');
    case 'boolean':
      return t('true or false');
    case 'array':
      return t('a list');
    case 'object':
    case 'record':
      return t('a group of keys and values');
    default:
      return expected;
  }
}

function shown(value: unknown): string {
  if (value === null) return t('nothing');
  if (Array.isArray(value)) return t('a list');
  if (typeof value === 'object') return t('a group of keys and values');
  return JSON.stringify(value);
}

function list(values: readonly unknown[]): string {
  return values.map(String).join(', ');
}

function limit(issue: Issue & { code: 'too_small' | 'too_big' }, value: unknown): string {
  const inclusive = issue.inclusive ?? false;
  if (issue.code === 'too_big' && issue.origin === 'string')
    return t('This is too long: at most {0} characters.', String(issue.maximum));
  if (issue.code === 'too_big' && issue.origin === 'array')
    return t('The list is too long: at most {0} entries.', String(issue.maximum));
  if (issue.origin === 'string') return t('This must not be empty.');
  if (issue.origin === 'array') return t('The list must not be empty.');
  if (issue.code === 'too_small') {
    const bound = String(issue.minimum);
    return inclusive
      ? t('{0} is too small: it must be {1} or more.', shown(value), bound)
      : t('{0} is too small: it must be more than {1}.', shown(value), bound);
  }
  const bound = String(issue.maximum);
  return inclusive
    ? t('{0} is too large: it must be {1} or less.', shown(value), bound)
    : t('{0} is too large: it must be less than {1}.', shown(value), bound);
}

function choice(value: unknown, values: readonly unknown[]): string {
  const guess = typeof value === 'string' ? nearest(value, values.map(String)) : undefined;
  return guess === undefined
    ? t('{0} is not possible here. Possible: {1}.', shown(value), list(values))
    : t('{0} is not possible here. Did you mean {1}? Possible: {2}.', shown(value), guess, list(values));
}

interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly innerType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
}

/** What a schema says of `path`; `value` decides between the variants of a union. */
function definitionsAt(schema: z.core.$ZodType, path: Path, value: unknown): Definition[] {
  const def = schema._zod.def as unknown as Definition;
  if (def.innerType !== undefined) return definitionsAt(def.innerType, path, value);
  if (def.options !== undefined) {
    const { discriminator } = def;
    const wanted = discriminator === undefined ? undefined : field(value, discriminator);
    const options =
      discriminator === undefined
        ? def.options
        : def.options.filter(
            (option) => option._zod.propValues?.[discriminator]?.has(wanted as never) ?? true,
          );
    return options.flatMap((option) => definitionsAt(option, path, value));
  }
  const [head, ...rest] = path;
  if (head === undefined) return [def];
  const below = def.shape?.[String(head)] ?? def.valueType ?? def.element;
  return below === undefined ? [] : definitionsAt(below, rest, field(value, head));
}

function knownKeys(schema: z.core.$ZodType, path: Path, value: unknown): string[] {
  return [...new Set(definitionsAt(schema, path, value).flatMap((def) => Object.keys(def.shape ?? {})))];
}

function isWholeNumber(schema: z.core.$ZodType, path: Path): boolean {
  return definitionsAt(schema, path, undefined).some((def) => def.format === 'safeint');
}

function field(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

/** What stands at `path` in `value`. */
function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(field, value);
}

/** Of a union, the branch whose error lies deepest is the one that was meant. */
function deepest(branches: readonly (readonly Issue[])[]): Issue | undefined {
  let best: Issue | undefined;
  for (const issue of branches.flat()) {
    if (best === undefined || issue.path.length > best.path.length) best = issue;
  }
  return best;
}

/** Every message of one zod issue. */
export function issueMessages(
  issue: Issue,
  schema: z.core.$ZodType,
  root: unknown,
  base: Path = [],
): IssueMessage[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')] as (string | number)[];
  const value = valueAt(root, path);
  const one = (message: string, wholeKey = false): IssueMessage[] => [{ path, message, wholeKey }];
  switch (issue.code) {
    case 'invalid_type': {
      const last = path.at(-1);
      const parent = valueAt(root, path.slice(0, -1));
      const missing =
        last !== undefined && typeof parent === 'object' && parent !== null && !(String(last) in parent);
      if (missing) return one(t('The key "{0}" is missing.', last), true);
      const expected = issue.expected === 'number' && isWholeNumber(schema, path) ? 'int' : issue.expected;
      return one(t('This must be {0}, not {1}.', typeName(expected), shown(value)));
    }
    case 'invalid_value': {
      const last = path.at(-1);
      const parent = valueAt(root, path.slice(0, -1));
      if (last !== undefined && typeof parent === 'object' && parent !== null && !(String(last) in parent)) {
        return one(t('The key "{0}" is missing. Possible: {1}.', last, list(issue.values)), true);
      }
      return one(choice(value, issue.values));
    }
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = knownKeys(schema, path, root);
        const present = typeof value === 'object' && value !== null ? Object.keys(value) : [];
        const guess = nearest(
          key,
          known.filter((each) => !present.includes(each)),
        );
        const message =
          guess === undefined
            ? t('There is no key "{0}" here. Known: {1}.', key, list(known))
            : t('There is no key "{0}" here. Did you mean "{1}"?', key, guess);
        return { path: [...path, key], message, wholeKey: true };
      });
    case 'too_small':
    case 'too_big':
      return one(limit(issue, value));
    case 'invalid_format':
      return one(t('{0} is not valid here: it must be {1}.', shown(value), formatOf(path)));
    case 'invalid_key':
      return one(
        t(
          '"{0}" is not a possible name: use letters, digits, dots, hyphens and underscores.',
          String(path.at(-1)),
        ),
        true,
      );
    case 'invalid_union': {
      if ('discriminator' in issue && typeof issue.discriminator === 'string') {
        const options = (issue as { options?: readonly unknown[] }).options ?? [];
        const parent = valueAt(root, path.slice(0, -1));
        if (typeof parent === 'object' && parent !== null && !(String(path.at(-1)) in parent)) {
          return one(t('The key "{0}" is missing. Possible: {1}.', String(path.at(-1)), list(options)), true);
        }
        return one(choice(value, options));
      }
      const values = issue.errors
        .flat()
        .flatMap((each) => (each.code === 'invalid_value' && each.path.length === 0 ? each.values : []));
      const best = deepest(issue.errors);
      if (best !== undefined && best.path.length > 0) return issueMessages(best, schema, root, path);
      if (typeof value === 'string' && values.length > 0) return one(choice(value, values));
      const types = issue.errors
        .flat()
        .flatMap((each) => (each.code === 'invalid_type' ? [typeName(each.expected)] : []));
      return one(
        t('This must be {0}, not {1}.', [...values.map(String), ...types].join(t(' or ')), shown(value)),
      );
    }
    default:
      return one(t('This value is not possible here.'));
  }
}
