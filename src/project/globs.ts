import path from 'node:path';

/** Whether a file (absolute) is one of those that globs of afina.yaml name, from the project's folder. */
export function matchesGlob(root: string, globs: readonly string[], file: string): boolean {
  const relative = path.relative(root, file).split(path.sep).join('/');
  return globs.some((glob) => expression(glob.replace(/^\.\//, '')).test(relative));
}

/** `*` and `?` stay within a folder's name, `**` does not, `{a,b}` is a choice: as VS Code takes the globs of datasets. */
function expression(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g, (part) => {
    switch (part) {
      case '**/':
        return '(?:[^/]+/)*';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        depth++;
        return '(?:';
      case '}':
        if (depth === 0) return '\\}';
        depth--;
        return ')';
      case ',':
        return depth === 0 ? ',' : '|';
      default:
        return `\\${part}`;
    }
  });
  // A brace that is never closed is a brace.
  return depth === 0
    ? new RegExp(`^${source}$`, 'u')
    : new RegExp(`^${glob.replace(/[^\p{L}\p{N}/]/gu, '\\$&')}$`);
}
