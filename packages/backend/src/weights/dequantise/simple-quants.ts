import { halfToFloat } from './half-floats.js';

/*
 * Blocks of 32 values with one half-precision scale `d` (and in the _1 formats a minimum `m`), as in
 * dequantize_row_q4_0 … q8_0 of ggml-quants.c. The low nibbles are values 0-15, the high ones 16-31. All products
 * are exact in double precision, so that the store rounds once, just as float32 arithmetic does.
 */

/** Q4_0 → float32: `d · (q − 8)`. */
export function dequantiseQ4_0(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  for (let out = 0, at = 0; out < values.length; out += 32, at += 18) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    for (let i = 0; i < 16; i++) {
      const packed = bytes[at + 2 + i] ?? 0;
      values[out + i] = d * ((packed & 15) - 8);
      values[out + 16 + i] = d * ((packed >> 4) - 8);
    }
  }
}

/** Q4_1 → float32: `d · q + m`. */
export function dequantiseQ4_1(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  for (let out = 0, at = 0; out < values.length; out += 32, at += 20) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    const m = half[(bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8)] ?? 0;
    for (let i = 0; i < 16; i++) {
      const packed = bytes[at + 4 + i] ?? 0;
      values[out + i] = d * (packed & 15) + m;
      values[out + 16 + i] = d * (packed >> 4) + m;
    }
  }
}

/** Q5_0 → float32: `d · (q − 16)`, the fifth bits in a 32-bit mask. */
export function dequantiseQ5_0(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  for (let out = 0, at = 0; out < values.length; out += 32, at += 22) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    const low = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
    const high = (bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8);
    for (let i = 0; i < 16; i++) {
      const packed = bytes[at + 6 + i] ?? 0;
      values[out + i] = d * (((packed & 15) | (((low >> i) & 1) << 4)) - 16);
      values[out + 16 + i] = d * (((packed >> 4) | (((high >> i) & 1) << 4)) - 16);
    }
  }
}

/** Q5_1 → float32: `d · q + m`, the fifth bits in a 32-bit mask. */
export function dequantiseQ5_1(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  for (let out = 0, at = 0; out < values.length; out += 32, at += 24) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    const m = half[(bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8)] ?? 0;
    const low = (bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8);
    const high = (bytes[at + 6] ?? 0) | ((bytes[at + 7] ?? 0) << 8);
    for (let i = 0; i < 16; i++) {
      const packed = bytes[at + 8 + i] ?? 0;
      values[out + i] = d * ((packed & 15) | (((low >> i) & 1) << 4)) + m;
      values[out + 16 + i] = d * ((packed >> 4) | (((high >> i) & 1) << 4)) + m;
    }
  }
}

/** Q8_0 → float32: `d · q` with signed bytes. */
export function dequantiseQ8_0(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let out = 0, at = 0; out < values.length; out += 32, at += 34) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    for (let i = 0; i < 32; i++) values[out + i] = d * (signed[at + 2 + i] ?? 0);
  }
}
