import { isObject } from '../record';
import type { SourceKind } from './importSource';

type Fields = Readonly<Record<string, unknown>>;

/** Which tool wrote these objects, told by the names in them. */
export function toolOf(objects: readonly Fields[]): SourceKind {
  const most = (test: (object: Fields) => boolean): boolean =>
    objects.filter(test).length * 2 > objects.length;
  if (
    most(
      (each) =>
        isObject(each.data) && ['annotations', 'predictions', 'completions'].some((key) => key in each),
    )
  ) {
    return 'label-studio';
  }
  if (most((each) => isObject(each.fields) && ('responses' in each || 'suggestions' in each)))
    return 'argilla';
  const labelled = (each: Fields): boolean => Array.isArray(each.label) || Array.isArray(each.labels);
  if (most((each) => (typeof each.text === 'string' || typeof each.data === 'string') && labelled(each))) {
    return 'doccano';
  }
  return 'json';
}

/** The fields of one object, by names that a mapping can show. */
export function valuesOf(kind: SourceKind, object: Fields): Record<string, unknown> {
  switch (kind) {
    case 'label-studio':
      return labelStudio(object);
    case 'argilla':
      return argilla(object);
    default:
      return flat(object);
  }
}

/** Objects in objects become names with dots; lists and everything deeper stay values. */
function flat(object: Fields, prefix = '', depth = 0): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const name = `${prefix}${key}`;
    if (isObject(value) && depth < 2) Object.assign(values, flat(value, `${name}.`, depth + 1));
    else values[name] = value;
  }
  return values;
}

function labelStudio(object: Fields): Record<string, unknown> {
  const values: Record<string, unknown> = { id: object.id, ...flat({ data: object.data }) };
  const tried = [object.annotations, object.completions].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  const made = tried.filter(isObject).filter((each) => each.was_cancelled !== true);
  const guesses = Array.isArray(object.predictions) ? (object.predictions as unknown[]).filter(isObject) : [];
  const last = made.at(-1);
  Object.assign(values, results(last, 'annotation'));
  Object.assign(values, results(guesses.at(-1), 'prediction'));
  if (last !== undefined) values['annotation.completed_by'] = personOf(last.completed_by);
  return values;
}

function personOf(value: unknown): unknown {
  return isObject(value) ? (value.email ?? value.id) : value;
}

/** What was entered, by the name of the control it was entered in. */
function results(annotation: Fields | undefined, prefix: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const list = Array.isArray(annotation?.result) ? (annotation.result as unknown[]).filter(isObject) : [];
  for (const { from_name: name, value } of list) {
    if (typeof name !== 'string' || !isObject(value)) continue;
    const entered = value.text ?? value.choices ?? value.taxonomy ?? value.rating ?? value.number;
    if (entered === undefined) continue;
    const key = `${prefix}.${name}`;
    values[key] = key in values ? [values[key], entered].flat() : entered;
  }
  return values;
}

function argilla(object: Fields): Record<string, unknown> {
  const { fields, responses, suggestions, metadata, ...rest } = object;
  delete (rest as Record<string, unknown>).vectors;
  return {
    ...rest,
    ...flat({ fields: fields ?? {} }),
    ...answers(responses, 'response'),
    ...answers(suggestions, 'suggestion'),
    ...flat({ metadata: typeof metadata === 'string' ? parsedOr(metadata) : (metadata ?? {}) }),
  };
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** By question: Argilla 2 keeps an object of them, Argilla 1 lists of a person's answers or of suggestions. */
function answers(value: unknown, prefix: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  if (isObject(value)) {
    for (const [question, given] of Object.entries(value)) values[`${prefix}.${question}`] = bestOf(given);
    return values;
  }
  for (const each of Array.isArray(value) ? (value as unknown[]).filter(isObject) : []) {
    if (each.status === 'discarded') continue;
    if (typeof each.question_name === 'string') values[`${prefix}.${each.question_name}`] ??= each.value;
    for (const [question, given] of Object.entries(isObject(each.values) ? each.values : {})) {
      values[`${prefix}.${question}`] ??= bestOf(given);
    }
  }
  return values;
}

/** Of several people's answers the first that was submitted, or else the first that was not discarded. */
function bestOf(given: unknown): unknown {
  if (isObject(given) && 'value' in given) return given.value;
  if (!Array.isArray(given)) return given;
  const all = (given as unknown[]).filter(isObject).filter(({ status }) => status !== 'discarded');
  if (all.length === 0) return (given as unknown[]).some(isObject) ? undefined : given;
  return (all.find(({ status }) => status === 'submitted') ?? all[0])?.value;
}
