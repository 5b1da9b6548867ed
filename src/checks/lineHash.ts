const A = 0x9e3779b1;
const B = 0x85ebca77;
const C = 0xc2b2ae3d;
const D = 0x27d4eb2f;

/**
 * Hash of 128 bits of a line's bytes, written to `target` as four numbers: xxHash's mixing in four lanes of 32 bits,
 * each of which depends on the others. Not cryptographic: whoever made two lines of one hash would only keep their own
 * dataset's second line from being checked again. A hash of node:crypto costs some microseconds a line just to set up.
 */
export function hashLine(bytes: Buffer, target: Uint32Array, at: number): void {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let a = A ^ length;
  let b = B;
  let c = C;
  let d = D;
  let offset = 0;
  for (; offset + 16 <= length; offset += 16) {
    a = Math.imul(a ^ view.getInt32(offset, true), A);
    b = Math.imul(b ^ view.getInt32(offset + 4, true), B);
    c = Math.imul(c ^ view.getInt32(offset + 8, true), C);
    d = Math.imul(d ^ view.getInt32(offset + 12, true), D);
    a = ((a << 13) | (a >>> 19)) + d;
    b = ((b << 17) | (b >>> 15)) + a;
    c = ((c << 11) | (c >>> 21)) + b;
    d = ((d << 19) | (d >>> 13)) + c;
  }
  for (; offset < length; offset++) {
    a = Math.imul(a ^ (bytes[offset] ?? 0), B);
    a = ((a << 13) | (a >>> 19)) + d;
    b = Math.imul(b ^ a, C);
    c = Math.imul(c ^ b, D);
    d = Math.imul(d ^ c, A);
  }
  for (let round = 0; round < 3; round++) {
    a = Math.imul(a ^ (d >>> 15), B);
    b = Math.imul(b ^ (a >>> 13), C);
    c = Math.imul(c ^ (b >>> 16), D);
    d = Math.imul(d ^ (c >>> 14), A);
  }
  target[at] = a;
  target[at + 1] = b;
  target[at + 2] = c;
  target[at + 3] = d;
}
