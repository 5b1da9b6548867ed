import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import { describe, it } from 'mocha';
import { FRAME_COMMAND, FramedOutput } from '../../../src/cluster/framedOutput';
import { partsOf } from '../../../src/cluster/poll';
import { startProcess } from '../../../src/cluster/processes';

async function parse(
  bytes: Buffer,
  cuts: readonly number[],
): Promise<{ code: number | undefined; output: Buffer; started: boolean }> {
  const pieces: Buffer[] = [];
  const frame = new FramedOutput('begin-x', 'end-x', (chunk) => {
    pieces.push(chunk);
  });
  const points = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let index = 1; index < points.length; index += 1)
    await frame.push(bytes.subarray(points[index - 1], points[index]));
  const code = await frame.finish();
  return { code, output: Buffer.concat(pieces), started: frame.hasStarted };
}

describe('the frame around a remote command', () => {
  it('is found in any pieces, around any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.string(),
        fc.nat(255),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (bytes, noise, code, cuts) => {
          const whole = Buffer.concat([
            Buffer.from(`${noise}begin-x\n`),
            bytes,
            Buffer.from(`\nend-x ${code}\n`),
          ]);
          const result = await parse(whole, cuts);
          assert.equal(result.code, code);
          assert.ok(result.output.equals(bytes));
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it('has no code when any of its end is missing', async () => {
    const whole = Buffer.from('hello from .bashrc\nbegin-x\nsome output\nend-x 0\n');
    for (let length = 0; length < whole.length; length += 1) {
      const { code, started } = await parse(whole.subarray(0, length), []);
      assert.equal(code, undefined, `${length}`);
      assert.equal(started, length >= whole.indexOf('some'));
    }
  });

  it('is what the shell prints', async () => {
    const { stdout } = await startProcess([
      'sh',
      '-c',
      FRAME_COMMAND,
      'afina',
      'begin-x',
      'end-x',
      'sh',
      '-c',
      'printf "%s" "$1"; exit 255',
      'sh',
      "a'b",
    ]).stopped;
    const { code, output } = await parse(stdout, []);
    assert.deepEqual([code, output.toString()], [255, "a'b"]);
  });
});

describe('the parts of a poll', () => {
  it('hold any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (contents) => {
        const output = Buffer.concat([
          Buffer.from('noise\n'),
          ...contents.flatMap((bytes, index) => [
            Buffer.from(`m-1 part${index} ${bytes.length} 77\n`),
            Buffer.from(bytes),
            Buffer.from('\nm-1 end\n'),
          ]),
        ]);
        const parts = partsOf(output, 'm-1');
        assert.equal(parts.length, contents.length);
        for (const [index, part] of parts.entries()) {
          assert.ok(part.data.equals(contents[index]!));
          assert.deepEqual(
            [part.name, part.size, part.inode],
            [`part${index}`, contents[index]!.length, '77'],
          );
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
