import type { Dtype } from './safetensors';

let halves: Uint32Array | undefined;

/** Bits of the float32 for each float16, 256 kB, made on first use. */
function halfTable(): Uint32Array {
  if (halves !== undefined) return halves;
  const table = new Uint32Array(65_536);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) table[half] = (sign | 0x7f800000 | (fraction << 13)) >>> 0;
    else if (exponent !== 0) table[half] = (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
    else {
      value[0] = fraction * 2 ** -24; // subnormal: exact in float32
      table[half] = ((bits[0] ?? 0) | sign) >>> 0;
    }
  }
  halves = table;
  return table;
}

/** The values of little-endian `raw` as float32; exact for every type. float32 shares `raw`'s memory. */
export function toFloat32(raw: Uint8Array<ArrayBuffer>, dtype: Dtype): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(raw.buffer, raw.byteOffset, raw.byteLength / 4);
  const source = new Uint16Array(raw.buffer, raw.byteOffset, raw.byteLength / 2);
  const bits = new Uint32Array(source.length);
  if (dtype === 'BF16') {
    for (let index = 0; index < source.length; index++) bits[index] = (source[index] ?? 0) << 16;
  } else {
    const table = halfTable();
    for (let index = 0; index < source.length; index++) bits[index] = table[source[index] ?? 0] ?? 0;
  }
  return new Float32Array(bits.buffer);
}

/** Whether any value is NaN or infinite. */
export function hasNonFinite(values: Float32Array<ArrayBuffer>): boolean {
  for (const bits of new Uint32Array(values.buffer, values.byteOffset, values.length)) {
    if ((bits & 0x7f800000) === 0x7f800000) return true;
  }
  return false;
}
