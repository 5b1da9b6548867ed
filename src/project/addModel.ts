import { isMap, isScalar, parseDocument, stringify } from 'yaml';
import type { Document } from 'yaml';
import type { ModelConfig } from './config';
import { below, columnOf, intoFlow, pairOf } from './yamlInsert';

const STEP = 2;
/** In this order; what is not set is not written. */
const FIELDS = ['title', 'gguf', 'sha256', 'hf', 'context'] as const;

/**
 * The text of afina.yaml or afina.local.yaml with a model under `models`. Comments, order and spacing stay as they are.
 * A model that is there gets its fields anew. Undefined for a text that is no YAML, or has something else there.
 */
export function addModel(source: string, key: string, model: Partial<ModelConfig>): string | undefined {
  const document = parseDocument(source);
  if (document.errors.length > 0) return undefined;
  const fields = FIELDS.flatMap((name) => (model[name] === undefined ? [] : [[name, model[name]] as const]));
  const holds = (text: string): boolean => {
    const written = parseDocument(text);
    return (
      written.errors.length === 0 &&
      fields.every(([name, value]) => written.getIn(['models', key, name]) === value)
    );
  };
  const placed = place(source, document, key, fields);
  if (placed !== undefined && holds(placed)) return placed;
  try {
    for (const [name, value] of fields) document.setIn(['models', key, name], value);
  } catch {
    return undefined; // an alias, say, that stands for something else elsewhere
  }
  const written = document.toString();
  return holds(written) ? written : undefined;
}

function place(
  source: string,
  document: Document,
  key: string,
  fields: readonly (readonly [string, string | number])[],
): string | undefined {
  const root = document.contents;
  const lines = fields.map(([name, value]) => `${name}: ${scalar(value)}`);
  const block = [`${key}:`, ...lines.map((line) => ' '.repeat(STEP) + line)];
  if (root !== null && !isMap(root)) return undefined;
  const models = root === null ? undefined : pairOf(root, 'models');
  if (root === null || models === undefined) {
    const column = root === null ? 0 : columnOf(source, root);
    return below(
      source,
      document,
      root,
      ['models:', ...block.map((line) => ' '.repeat(STEP) + line)],
      column,
    );
  }
  if (!isMap(models.value)) return undefined;
  const present = pairOf(models.value, key);
  if (present === undefined) {
    if (models.value.flow === true) return intoFlow(source, models.value, `${key}: { ${lines.join(', ')} }`);
    return below(source, document, models.value, block, columnOf(source, models.value));
  }
  if (!isMap(present.value) || present.value.flow === true) return undefined;
  // From the last to the first, so that the places of the others stay.
  let text = source;
  const missing: string[] = [];
  const known = fields
    .map(([name, value]) => ({
      name,
      value,
      node: isMap(present.value) ? pairOf(present.value, name)?.value : undefined,
    }))
    .sort((a, b) => startOf(b.node) - startOf(a.node));
  for (const { name, value, node } of known) {
    if (isScalar(node) && node.range != null)
      text = text.slice(0, node.range[0]) + scalar(value) + text.slice(node.range[1]);
    else missing.push(`${name}: ${scalar(value)}`);
  }
  if (missing.length === 0) return text;
  const again = parseDocument(text);
  const models2 = isMap(again.contents) ? pairOf(again.contents, 'models')?.value : undefined;
  const entry = isMap(models2) ? pairOf(models2, key)?.value : undefined;
  return isMap(entry) ? below(text, again, entry, missing, columnOf(text, entry)) : undefined;
}

function startOf(node: unknown): number {
  return isScalar(node) ? (node.range?.[0] ?? -1) : -1;
}

/** In one line, quoted where YAML would read something else. */
function scalar(value: string | number): string {
  return stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
}

/** A key for a model that no other has: from its name, in letters that every file system and shell takes. */
export function modelKey(name: string, taken: readonly string[]): string {
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/\.gguf$/i, '')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .toLowerCase()
    .slice(0, 60);
  const key = plain === '' ? 'model' : plain;
  if (!taken.includes(key)) return key;
  for (let number = 2; ; number++) if (!taken.includes(`${key}-${number}`)) return `${key}-${number}`;
}
