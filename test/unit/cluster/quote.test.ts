import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import { describe, it } from 'mocha';
import { startProcess } from '../../../src/cluster/processes';
import { quote, quoteAll, scriptInput } from '../../../src/cluster/quote';

/** Everything that a shell may take for more than a character. */
const nasty = fc.array(
  fc.constantFrom(
    ...Array.from('\'"\\$`!*?[]{}()<>|&;#~ \t\n\r=%^-é漢🛥'),
    '$(touch x)',
    '\\',
    "'\\''",
    '--',
    '\u0001',
  ),
  { maxLength: 12 },
);
const argument = fc.oneof(
  nasty.map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }).filter((text) => !/[\0\ud800-\udfff]/.test(text)),
);

async function printed(input: string): Promise<string[]> {
  const { stdout, code } = await startProcess(['sh', '-s'], { stdin: input }).stopped;
  assert.equal(code, 0);
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

describe('quoting for the shell', function () {
  this.timeout(20_000);

  it('gives a real sh exactly the arguments, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 20 }), async (argv) => {
        assert.deepEqual(await printed(`printf '%s\\0' ${quoteAll(argv)}\n`), argv);
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('gives a script its arguments, and runs it whole or not at all', async () => {
    const argv = ["it's", '', '-n', '$HOME', 'a\nb'];
    const input = scriptInput('printf "%s\\0" "$@"', argv);
    assert.deepEqual(await printed(input), argv);
    // The last characters ("</dev/null") may be missing; the script then runs as a whole, and reads nothing either.
    const whole = input.lastIndexOf('}');
    for (let cut = 0; cut < whole; cut += 1) {
      const { stdout } = await startProcess(['sh', '-s'], { stdin: input.slice(0, cut) }).stopped;
      assert.equal(stdout.length, 0, `cut at ${cut}`);
    }
  });

  it('refuses what no argument can hold', () => {
    assert.throws(() => quote('a\0b'));
  });
});
