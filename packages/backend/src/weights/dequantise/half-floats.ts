let table: Float32Array | undefined;

/** All 65,536 half-precision numbers as float32 by their bits: a lookup is the fastest exact conversion. */
export function halfToFloat(): Float32Array {
  if (table) return table;
  const bits = new Uint32Array(65_536);
  for (let half = 0; half < 65_536; half++) bits[half] = floatBitsOfHalf(half);
  table = new Float32Array(bits.buffer);
  return table;
}

function floatBitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f80_0000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal halves are normal as float32: shift the leading one up to the hidden bit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** F16 → float32. */
export function dequantiseF16(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  for (let i = 0, at = 0; i < values.length; i++, at += 2) {
    values[i] = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
  }
}

/** BF16 → float32: the upper half of the bits. */
export function dequantiseBF16(bytes: Uint8Array, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0, at = 0; i < bits.length; i++, at += 2) {
    bits[i] = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 24);
  }
}

/** F32 as stored. */
export function copyF32(bytes: Uint8Array, values: Float32Array): void {
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes.subarray(0, values.byteLength));
}
