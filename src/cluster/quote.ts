/**
 * One argument for a POSIX shell. The only way in which any text becomes shell text. Always in quotes: shells differ
 * in which bare characters mean something (zsh expands `=name`).
 */
export function quote(argument: string): string {
  if (argument.includes('\0')) throw new Error('an argument cannot contain a NUL character');
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/**
 * A constant script with its arguments, as input of `sh -s`. The braces make the shell read all of it before it runs
 * any of it: of a script cut off in the middle nothing runs. Its commands read nothing of what follows.
 */
export function scriptInput(text: string, args: readonly string[]): string {
  return `{\nset -- ${quoteAll(args)}\n${text}\nexit $?\n} </dev/null\n`;
}
