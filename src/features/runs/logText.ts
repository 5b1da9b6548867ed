/**
 * A log as a terminal would leave it: of a progress bar that rewrites its line with carriage returns only the last
 * state stays, and colours are dropped.
 */
export function cleanLog(text: string): string {
  return text
    .split('\n')
    .map((line) => lastState(line.replace(ESCAPES, '')))
    .join('\n');
}

// eslint-disable-next-line no-control-regex -- terminal escapes begin with that character
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

function lastState(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  return whole.slice(whole.lastIndexOf('\r') + 1);
}

/** The last `lines` lines. */
export function lastLines(text: string, lines: number): string {
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let count = 0; count < lines; count++) {
    if (at <= 0) return text;
    at = text.lastIndexOf('\n', at - 1);
    if (at < 0) return text;
  }
  return text.slice(at + 1);
}
