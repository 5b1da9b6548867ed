import { t } from '@vscode/l10n';
import { parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';

export type { Node } from 'jsonc-parser';
export type JsonPath = readonly (string | number)[];

/** A place in a line's text, in UTF-16 units. */
export interface TextError {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** The tree of a text that `JSON.parse` takes; undefined when it is nested too deeply to walk. */
export function treeOf(text: string): Node | undefined {
  try {
    return parseTree(text, [], STRICT);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The value of a property: the last one of that name, which is the one that JSON.parse takes. */
export function property(node: Node | undefined, name: string): Node | undefined {
  return propertyNode(node, name)?.children?.[1];
}

/** The whole `"name": value`, the last one of that name. */
export function propertyNode(node: Node | undefined, name: string): Node | undefined {
  if (node?.type !== 'object') return undefined;
  return node.children?.findLast((child) => child.children?.[0]?.value === name);
}

export function nodeAt(root: Node | undefined, path: JsonPath): Node | undefined {
  let node = root;
  for (const segment of path) {
    if (typeof segment === 'string') node = property(node, segment);
    else node = node?.type === 'array' ? node.children?.[segment] : undefined;
  }
  return node;
}

/** What keeps `text` from being JSON and where, for a text that JSON.parse refused. */
export function syntaxError(text: string): TextError {
  const errors: ParseError[] = [];
  try {
    parseTree(text, errors, STRICT);
  } catch {
    return { message: t('This is not JSON: it is nested too deeply.'), offset: 0, length: text.length };
  }
  const first = errors[0];
  if (first === undefined) return { message: t('This is not JSON.'), offset: 0, length: text.length };
  const offset = Math.min(first.offset, Math.max(0, text.length - 1));
  const length = Math.min(Math.max(1, first.length), text.length - offset);
  return { message: messageOfCode(printParseErrorCode(first.error)), offset, length };
}

function messageOfCode(code: ReturnType<typeof printParseErrorCode>): string {
  switch (code) {
    case 'CommaExpected':
      return t('This is not JSON: a comma is missing here.');
    case 'ColonExpected':
      return t('This is not JSON: a colon is missing here.');
    case 'PropertyNameExpected':
      return t('This is not JSON: a name in double quotes is missing here (or a comma is too many).');
    case 'ValueExpected':
      return t('This is not JSON: a value is missing here (or a comma is too many).');
    case 'CloseBraceExpected':
      return t('This is not JSON: a closing brace "}" is missing. Was the line cut off?');
    case 'CloseBracketExpected':
      return t('This is not JSON: a closing bracket "]" is missing. Was the line cut off?');
    case 'EndOfFileExpected':
      return t(
        'This is not JSON Lines: something follows the end of the record. Put each record on a line of its own.',
      );
    case 'UnexpectedEndOfString':
      return t('This is not JSON: the text has no closing double quote. Was the line cut off?');
    case 'InvalidEscapeCharacter':
    case 'InvalidUnicode':
      return t('This is not JSON: a backslash is followed by something that is no escape. Double it.');
    case 'InvalidCharacter':
      return t(
        'This is not JSON: there is a control character in the text. Write it as an escape such as \\n or \\t.',
      );
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return t('This is not JSON: this is not a number as JSON writes them.');
    case 'InvalidCommentToken':
    case 'UnexpectedEndOfComment':
      return t('This is not JSON: comments are not allowed.');
    case 'InvalidSymbol':
    case '<unknown ParseErrorCode>':
      return t('This is not JSON: this word or sign has no place here. Text needs double quotes.');
  }
}
