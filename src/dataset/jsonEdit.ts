import { nodeAt, property, propertyNode, treeOf } from './jsonTree';
import type { JsonPath, Node } from './jsonTree';
import { isObject } from './record';

export interface Style {
  /** What stands between a name and its value, colon included. */
  readonly colon: string;
  /** What stands between two entries, comma included. */
  readonly comma: string;
}

/** How an object of the text spaces its entries, so that what is added looks like the rest. */
export function styleOf(text: string, node: Node): Style {
  const entries = node.children ?? [];
  const [name, value] = entries[0]?.children ?? [];
  const colon = name === undefined || value === undefined ? ':' : between(text, name, value);
  return { colon, comma: commaOf(text, entries) ?? (colon === ':' ? ',' : ', ') };
}

export function commaOf(text: string, children: readonly Node[]): string | undefined {
  const [first, second] = children;
  return first === undefined || second === undefined ? undefined : between(text, first, second);
}

function between(text: string, first: Node, second: Node): string {
  return text.slice(first.offset + first.length, second.offset);
}

export function write(value: unknown, style: Style): string {
  if (Array.isArray(value)) return `[${value.map((each) => write(each, style)).join(style.comma)}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}${style.colon}${write(each, style)}`,
  );
  return `{${entries.join(style.comma)}}`;
}

/** Throws RangeError when the text is no JSON object: there is nothing to edit but the text itself. */
export function objectTree(text: string): Node {
  let tree: Node | undefined;
  try {
    JSON.parse(text);
    tree = treeOf(text);
  } catch {
    tree = undefined;
  }
  if (tree?.type !== 'object') throw new RangeError('not a JSON object');
  return tree;
}

export function setValue(text: string, path: JsonPath, key: string, value: unknown): string {
  const root = objectTree(text);
  const object = nodeAt(root, path);
  if (object?.type !== 'object') throw new RangeError(`no object at ${path.join('.')}`);
  const present = property(object, key);
  if (present !== undefined && sameValue(text, present, value)) return text;
  const style = present === undefined ? styleOf(text, object) : styleOf(text, root);
  return setProperty(text, object, key, write(value, style));
}

/** The same value in another spelling (`\u00e7` for `ç`) is no edit. */
function sameValue(text: string, node: Node, value: unknown): boolean {
  const now: unknown = JSON.parse(text.slice(node.offset, node.offset + node.length));
  return JSON.stringify(now) === JSON.stringify(value);
}

/** `source` is the value as JSON. */
export function setProperty(text: string, object: Node, key: string, source: string): string {
  const present = property(object, key);
  if (present !== undefined) return splice(text, present.offset, present.length, source);
  const style = styleOf(text, object);
  const entry = `${JSON.stringify(key)}${style.colon}${source}`;
  const last = object.children?.[object.children.length - 1];
  if (last === undefined) return splice(text, object.offset + 1, 0, entry);
  return splice(text, last.offset + last.length, 0, style.comma + entry);
}

/** Replaces the value at a path that exists. */
export function replaceValue(text: string, path: JsonPath, value: unknown): string {
  const node = nodeAt(objectTree(text), path);
  if (node === undefined) throw new RangeError(`nothing at ${path.join('.')}`);
  return sameValue(text, node, value) ? text : splice(text, node.offset, node.length, JSON.stringify(value));
}

/** Sets a property of the record; a new one is written behind `after`. */
export function writeProperty(text: string, key: string, value: unknown, after: string): string {
  const root = objectTree(text);
  const sibling = propertyNode(root, after);
  if (property(root, key) !== undefined || sibling === undefined) return setValue(text, [], key, value);
  const style = styleOf(text, root);
  const entry = `${style.comma}${JSON.stringify(key)}${style.colon}${write(value, style)}`;
  return splice(text, sibling.offset + sibling.length, 0, entry);
}

/** Removes a key of an object: every one of that name, otherwise an earlier one would come back to light. */
export function removeProperty(text: string, path: JsonPath, key: string): string {
  let result = text;
  for (;;) {
    const object = nodeAt(objectTree(result), path);
    const found = propertyNode(object, key);
    if (found === undefined) return result;
    result = removeChild(result, object?.children ?? [], found);
  }
}

/**
 * Takes a child and one comma out. jsonc-parser's `modify` would do, but for the last element of a list it
 * computes the wrong end (`[1,2]` becomes `[12]`), and it edits the first of two equal keys.
 */
export function removeChild(text: string, children: readonly Node[], child: Node): string {
  const at = children.indexOf(child);
  const previous = children[at - 1];
  const next = children[at + 1];
  if (next !== undefined) return splice(text, child.offset, next.offset - child.offset, '');
  const start = previous === undefined ? child.offset : previous.offset + previous.length;
  return splice(text, start, child.offset + child.length - start, '');
}

export function splice(text: string, offset: number, length: number, replacement: string): string {
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}
