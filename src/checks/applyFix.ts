import { commaOf, objectTree, splice, styleOf } from '../dataset/jsonEdit';
import { nodeAt, treeOf } from '../dataset/jsonTree';
import type { Node } from '../dataset/jsonTree';
import { setMeta } from '../dataset/recordText';
import type { Finding, Fix, TextEdit } from './finding';
import { rangeInLiteral } from './stringLiteral';

/** Replaces a range of a line; the new text is JSON already. */
export interface LineEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A change of a line that settles findings, and which of them. */
export interface LineFix {
  /** In the line's order, none overlapping another. */
  readonly edits: readonly LineEdit[];
  readonly settled: readonly Finding[];
}

/**
 * What the fixes of `findings` change in the line that they were found in. A fix is made whole or not at all: where
 * two want the same place the first one has it, and the other's finding stays for the next check.
 */
export function fixLine(line: string, findings: readonly Finding[]): LineFix {
  const tree = treeOf(line);
  const edits: LineEdit[] = [];
  const settled: Finding[] = [];
  for (const finding of findings) {
    const own = finding.fix === undefined ? undefined : editsOf(line, tree, finding.fix);
    if (own === undefined || own.length === 0) continue;
    // Two findings may offer the very same change.
    const fresh = own.filter((edit) => !edits.some((each) => same(each, edit)));
    if (fresh.some((edit, at) => overlapsAny(edit, edits) || overlapsAny(edit, fresh.slice(0, at)))) continue;
    edits.push(...fresh);
    settled.push(finding);
  }
  return { edits: edits.sort((a, b) => a.start - b.start || a.end - b.end), settled };
}

export function applyLineEdits(line: string, edits: readonly LineEdit[]): string {
  return edits.reduceRight((text, { start, end, text: put }) => splice(text, start, end - start, put), line);
}

/** The line with one more rule in `meta.ignore`; every other byte stays. */
export function ignoreRule(line: string, rule: string): string {
  const root = objectTree(line);
  const list = nodeAt(root, ['meta', 'ignore']);
  if (list?.type !== 'array') return setMeta(line, 'ignore', [rule]);
  const entries = list.children ?? [];
  if (entries.some(({ value }) => value === rule)) return line;
  const source = JSON.stringify(rule);
  const last = entries.at(-1);
  if (last === undefined) return splice(line, list.offset + 1, 0, source);
  const comma = commaOf(line, entries) ?? styleOf(line, nodeAt(root, ['meta']) ?? root).comma;
  return splice(line, last.offset + last.length, 0, `${comma}${source}`);
}

/** Undefined when the fix does not fit the line. */
function editsOf(line: string, tree: Node | undefined, fix: Fix): LineEdit[] | undefined {
  const edits: LineEdit[] = [];
  for (const edit of fix.edits) {
    const placed = editOf(line, tree, edit);
    if (placed === undefined) return undefined;
    edits.push(placed);
  }
  return edits;
}

function editOf(line: string, tree: Node | undefined, edit: TextEdit): LineEdit | undefined {
  const node = nodeAt(tree, edit.path);
  if (node?.type !== 'string') return undefined;
  const text = node.value as string;
  const { start, end } = edit;
  if (start < 0 || end < start || end > text.length || splits(text, start) || splits(text, end)) {
    return undefined;
  }
  const literal = { start: node.offset, end: node.offset + node.length };
  return { ...rangeInLiteral(line, literal, edit), text: JSON.stringify(edit.text).slice(1, -1) };
}

/** Whether a place lies inside a character of two UTF-16 units: half of one is no text. */
function splits(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1)) && at > 0;
}

function same(a: LineEdit, b: LineEdit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text;
}

function overlapsAny(edit: LineEdit, others: readonly LineEdit[]): boolean {
  return others.some((other) => {
    // Two insertions at one place, or one at the edge of what is replaced: their order would be anybody's guess.
    if (edit.start === edit.end || other.start === other.end)
      return edit.start <= other.end && other.start <= edit.end;
    return edit.start < other.end && other.start < edit.end;
  });
}
