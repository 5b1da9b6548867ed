const LONGEST = 120;

/** Text from a file that is not trusted, for a message: on one line, and short. */
export function printable(text: string): string {
  const line = text.slice(0, LONGEST + 1).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
