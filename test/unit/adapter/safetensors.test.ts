import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { readSafetensors } from '../../../src/adapter/safetensors';
import { UserError } from '../../../src/protocol/errors';
import { temporaryFolder, u64, write } from '../runtime/ggufBytes';
import { rawSafetensors } from './adapterFiles';

const folder = temporaryFolder();

const header = (json: string, data = Buffer.alloc(0)): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(json)), Buffer.from(json), data]);

describe('readSafetensors', () => {
  it('gives the tensors in the order of their data', async () => {
    const json = JSON.stringify({
      b: { dtype: 'F16', shape: [3], data_offsets: [8, 14] },
      a: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
      __metadata__: { format: 'pt' },
    });
    const file = await write(folder.file(), header(json, Buffer.alloc(14)));
    const start = 8 + json.length;
    assert.deepEqual(await readSafetensors(file), [
      { name: 'a', dtype: 'F32', shape: [1, 2], offset: start, bytes: 8 },
      { name: 'b', dtype: 'F16', shape: [3], offset: start + 8, bytes: 6 },
    ]);
  });

  const refusals: Record<string, readonly [string, Buffer]> = {
    'an empty file': ['safetensors/damaged', Buffer.alloc(0)],
    'a header longer than the file': ['safetensors/damaged', u64(10 ** 9)],
    'a header of 2^63 bytes': ['safetensors/damaged', Buffer.concat([u64(2n ** 63n), Buffer.alloc(64)])],
    'a header that is no JSON': ['safetensors/damaged', header('{"a":')],
    'a header that is a list': ['safetensors/damaged', header('[]')],
    'a gap': [
      'safetensors/damaged',
      header('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', Buffer.alloc(8)),
    ],
    'an overlap': [
      'safetensors/damaged',
      header(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}',
        Buffer.alloc(6),
      ),
    ],
    'bytes that no tensor owns': [
      'safetensors/damaged',
      header('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', Buffer.alloc(8)),
    ],
    'data that is cut off': [
      'safetensors/damaged',
      header('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', Buffer.alloc(4)),
    ],
    'a shape that does not give the bytes': [
      'safetensors/damaged',
      header('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', Buffer.alloc(8)),
    ],
    'a shape beyond all numbers': [
      'safetensors/damaged',
      header(
        '{"a":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,8]}}',
        Buffer.alloc(8),
      ),
    ],
    'negative offsets': [
      'safetensors/damaged',
      header('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'),
    ],
    'another type': [
      'safetensors/dtype',
      header('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', Buffer.alloc(8)),
    ],
  };
  for (const [what, [code, bytes]] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      const file = await write(folder.file(), bytes);
      await assert.rejects(
        readSafetensors(file),
        (error) => error instanceof UserError && error.code === code && error.message.includes(file),
      );
    });
  }

  it('survives any bytes', async function () {
    this.timeout(30_000);
    const whole = rawSafetensors([
      ['x', [2, 2], 'F32', Buffer.alloc(16)],
      ['y', [3], 'BF16', Buffer.alloc(6)],
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(whole.length),
        async (edits, length) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of edits) bytes[at] = value;
          const file = await write(folder.file('fuzz'), bytes.subarray(0, length));
          try {
            await readSafetensors(file);
          } catch (error) {
            assert.ok(error instanceof UserError, String(error));
          }
        },
      ),
      { seed: 20261124, numRuns: 500 },
    );
  });
});
