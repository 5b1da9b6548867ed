import { strict as assert } from 'node:assert';
import { UserError } from '../../../src/protocol/errors';
import { u32, u64 } from './ggufBytes';

/** Numbers at which lengths, counts and offsets go wrong. */
const LENGTHS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

export interface HostileCase {
  /** Enough to find the case again. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** One mutation of a valid file: bytes flipped, cut, doubled, or a number put where one may be a length. */
export function mutate(valid: Buffer, next: () => number): HostileCase {
  const below = (limit: number): number => Math.floor(next() * limit);
  const bytes = Buffer.from(valid);
  // Headers are at the beginning, and what is most worth breaking with them.
  const place = (): number => below(next() < 0.8 ? Math.min(bytes.length, 2048) : bytes.length);
  const kind = below(8);
  const at = place();
  switch (kind) {
    case 0: {
      bytes[at] = below(256);
      return { name: `byte ${at}`, bytes };
    }
    case 1: {
      for (let count = 1 + below(8); count > 0; count--) bytes[place()]! ^= 1 << below(8);
      return { name: 'bits', bytes };
    }
    case 2:
    case 3: {
      const value = LENGTHS[below(LENGTHS.length)]!;
      u64(value).copy(bytes, at);
      return { name: `64 bits ${value} at ${at}`, bytes };
    }
    case 4: {
      const value = Number(LENGTHS[below(8)]!);
      u32(value).copy(bytes, at);
      return { name: `32 bits ${value} at ${at}`, bytes };
    }
    case 5:
      return { name: `cut at ${at}`, bytes: bytes.subarray(0, at) };
    case 6: {
      const until = at + below(64);
      return {
        name: `without ${at} to ${until}`,
        bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)]),
      };
    }
    default: {
      const until = at + below(64);
      return {
        name: `${at} to ${until} twice`,
        bytes: Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)]),
      };
    }
  }
}

export function randomBytes(length: number, next: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)));
}

type Makes = Record<
  'alloc' | 'allocUnsafe' | 'allocUnsafeSlow',
  (size: number, ...rest: never[]) => Buffer<ArrayBuffer>
>;

/** The largest size in bytes that a buffer is asked for while `work` runs. */
export async function allocationsOf(work: () => Promise<unknown>): Promise<number> {
  const makes = Buffer as unknown as Makes;
  const { alloc, allocUnsafe, allocUnsafeSlow } = makes;
  let largest = 0;
  const watched =
    (make: Makes['alloc']): Makes['alloc'] =>
    (size, ...rest) => {
      largest = Math.max(largest, size);
      return make.call(Buffer, size, ...rest);
    };
  makes.alloc = watched(alloc);
  makes.allocUnsafe = watched(allocUnsafe);
  makes.allocUnsafeSlow = watched(allocUnsafeSlow);
  try {
    await work();
  } finally {
    Object.assign(makes, { alloc, allocUnsafe, allocUnsafeSlow });
  }
  return largest;
}

/** The code of the error that `work` ends in, or undefined; anything but a UserError that can be read fails. */
export async function refusalOf(name: string, work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw new Error(`${name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`, {
        cause: error,
      });
    }
    assert.ok(error.message.length > 20 && error.message.length < 900, `${name}: ${error.message}`);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f]/, name);
    return error.code;
  }
}
