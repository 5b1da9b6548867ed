import { isMap, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { below, columnOf, intoFlow, pairOf } from './yamlInsert';

const STEP = 2;

/**
 * The text of afina.yaml with the severity of a rule under `checks.rules`. Comments, order and spacing stay as they
 * are; only where the file is written in a way that leaves no place for it, it is written anew. Undefined for a text
 * that is no YAML, and where what it has there is something else.
 */
export function setRuleSeverity(source: string, rule: string, severity: string): string | undefined {
  const document = parseDocument(source);
  if (document.errors.length > 0) return undefined;
  const placed = insert(source, document, rule, severity);
  if (placed !== undefined && severityIn(placed, rule) === severity) return placed;
  try {
    document.setIn(['checks', 'rules', rule], severity);
  } catch {
    return undefined; // an alias, say, that stands for something else elsewhere
  }
  const written = document.toString();
  return severityIn(written, rule) === severity ? written : undefined;
}

function severityIn(source: string, rule: string): unknown {
  const document = parseDocument(source);
  return document.errors.length > 0 ? undefined : document.getIn(['checks', 'rules', rule]);
}

function insert(source: string, document: Document, rule: string, severity: string): string | undefined {
  const root = document.contents;
  if (root !== null && !isMap(root)) return undefined;
  const checks = root === null ? undefined : pairOf(root, 'checks');
  if (root === null || checks === undefined) {
    const column = root === null ? 0 : columnOf(source, root);
    const block = [`checks:`, `${' '.repeat(STEP)}rules:`, `${' '.repeat(2 * STEP)}${rule}: ${severity}`];
    return below(source, document, root, block, column);
  }
  if (!isMap(checks.value)) return undefined;
  const rules = pairOf(checks.value, 'rules');
  if (rules === undefined) {
    if (checks.value.flow === true) return undefined;
    const block = ['rules:', `${' '.repeat(STEP)}${rule}: ${severity}`];
    return below(source, document, checks.value, block, columnOf(source, checks.value));
  }
  if (!isMap(rules.value)) return undefined;
  const present = pairOf(rules.value, rule)?.value;
  if (isScalar(present) && present.range != null) {
    return source.slice(0, present.range[0]) + severity + source.slice(present.range[1]);
  }
  if (present !== undefined && present !== null) return undefined;
  if (rules.value.flow === true) return intoFlow(source, rules.value, `${rule}: ${severity}`);
  return below(source, document, rules.value, [`${rule}: ${severity}`], columnOf(source, rules.value));
}
