export interface JUnitCase {
  /** Id of the record, or its line. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly seconds: number;
  readonly failures: readonly string[];
  /** What kept it from being run. */
  readonly error?: string;
  /** The answer. */
  readonly output: string;
}

/** One suite of JUnit's XML, as CI servers read it. */
export function junitOf(suite: string, cases: readonly JUnitCase[]): string {
  const failures = cases.filter((each) => each.error === undefined && each.failures.length > 0).length;
  const errors = cases.filter(({ error }) => error !== undefined).length;
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="afina eval" ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts} skipped="0">`,
    ...cases.flatMap((each) => caseOf(suite, each)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(suite: string, { name, file, line, seconds, failures, error, output }: JUnitCase): string[] {
  const inside = [
    ...(error === undefined ? [] : [`<error message="${escaped(error)}" type="error"/>`]),
    ...failures.map(
      (reason) =>
        `<failure message="${escaped(reason)}" type="expectation">${escaped(`${file}:${line}\n${reason}`)}</failure>`,
    ),
    ...(output === '' ? [] : [`<system-out>${escaped(output)}</system-out>`]),
  ];
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(suite)}" file="${escaped(file)}" line="${line}" time="${seconds.toFixed(3)}"`;
  return inside.length === 0
    ? [`${head}/>`]
    : [`${head}>`, ...inside.map((each) => `      ${each}`), '    </testcase>'];
}

/** Line breaks and tabs of an attribute would be read as spaces; characters that XML does not have become U+FFFD. */
function escaped(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"'\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}
