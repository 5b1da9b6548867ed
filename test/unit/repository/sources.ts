import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** The repository's root: the tests run from there. */
export const root = process.cwd();

export function sourceFiles(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => path.join(folder, name)),
  );
}

/** Calls `visit` with every node of a source file. */
export function walk(file: string, visit: (node: ts.Node) => void): void {
  const text = readFileSync(path.join(root, file), 'utf8');
  const each = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, each);
  };
  each(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

/** First arguments of all calls of `t`: the strings of the interface, with the file each stands in. */
export function interfaceStrings(): { readonly text: string; readonly file: string }[] {
  const found: { text: string; file: string }[] = [];
  for (const file of sourceFiles('src', 'webview')) {
    walk(file, (node) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 't')
        return;
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) found.push({ text: first.text, file });
      else found.push({ text: `(not a literal) ${node.getText()}`, file });
    });
  }
  return found;
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}
