import { halfToFloat } from './half-floats.js';

/*
 * Super-blocks of 256 values, as in dequantize_row_q4_K … q6_K of ggml-quants.c. Q4_K and Q5_K hold 8 groups of 32
 * with a 6-bit scale and minimum each; Q6_K holds 16 groups of 16 with a signed 8-bit scale. All products and sums
 * are exact in double precision, so that the store rounds once, just as float32 arithmetic does.
 */

/** The 6-bit scale of group `j` from the 12 packed bytes at `at` (`get_scale_min_k4`). */
function groupScale(bytes: Uint8Array, at: number, j: number): number {
  if (j < 4) return (bytes[at + j] ?? 0) & 63;
  return ((bytes[at + j + 4] ?? 0) & 15) | (((bytes[at + j - 4] ?? 0) >> 6) << 4);
}

/** The 6-bit minimum of group `j`. */
function groupMinimum(bytes: Uint8Array, at: number, j: number): number {
  if (j < 4) return (bytes[at + j + 4] ?? 0) & 63;
  return ((bytes[at + j + 4] ?? 0) >> 4) | (((bytes[at + j] ?? 0) >> 6) << 4);
}

/** Q4_K → float32: `d · scale · q − dmin · minimum`. */
export function dequantiseQ4_K(bytes: Uint8Array, values: Float32Array): void {
  dequantiseGroups(bytes, values, { blockBytes: 144 });
}

/** Q5_K → float32: as Q4_K, with the fifth bits of group `j` in bit `j` of 32 bytes. */
export function dequantiseQ5_K(bytes: Uint8Array, values: Float32Array): void {
  dequantiseGroups(bytes, values, { blockBytes: 176, fifthBits: 16 });
}

/** The low four bits of all values end a block; `fifthBits`: where in it their fifth bits are, if they have any. */
function dequantiseGroups(
  bytes: Uint8Array,
  values: Float32Array,
  { blockBytes, fifthBits }: { readonly blockBytes: number; readonly fifthBits?: number },
): void {
  const half = halfToFloat();
  for (let out = 0, at = 0; out < values.length; out += 256, at += blockBytes) {
    const d = half[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
    const dmin = half[(bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8)] ?? 0;
    for (let pair = 0; pair < 4; pair++) {
      const lowScale = d * groupScale(bytes, at + 4, 2 * pair);
      const lowMinimum = dmin * groupMinimum(bytes, at + 4, 2 * pair);
      const highScale = d * groupScale(bytes, at + 4, 2 * pair + 1);
      const highMinimum = dmin * groupMinimum(bytes, at + 4, 2 * pair + 1);
      const from = at + blockBytes - 128 + 32 * pair;
      const to = out + 64 * pair;
      for (let i = 0; i < 32; i++) {
        const packed = bytes[from + i] ?? 0;
        const fifth = fifthBits === undefined ? 0 : (bytes[at + fifthBits + i] ?? 0) >> (2 * pair);
        values[to + i] = lowScale * ((packed & 15) | ((fifth & 1) << 4)) - lowMinimum;
        values[to + 32 + i] = highScale * ((packed >> 4) | ((fifth & 2) << 3)) - highMinimum;
      }
    }
  }
}

/** Q6_K → float32: `d · scale · (q − 32)`. */
export function dequantiseQ6_K(bytes: Uint8Array, values: Float32Array): void {
  const half = halfToFloat();
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let out = 0, at = 0; out < values.length; out += 256, at += 210) {
    const d = half[(bytes[at + 208] ?? 0) | ((bytes[at + 209] ?? 0) << 8)] ?? 0;
    for (let part = 0; part < 2; part++) {
      const low = at + 64 * part;
      const high = at + 128 + 32 * part;
      const scales = at + 192 + 8 * part;
      const to = out + 128 * part;
      for (let i = 0; i < 32; i++) {
        const group = scales + (i >> 4);
        const top = bytes[high + i] ?? 0;
        const first = bytes[low + i] ?? 0;
        const second = bytes[low + 32 + i] ?? 0;
        values[to + i] = d * (signed[group] ?? 0) * (((first & 15) | ((top & 3) << 4)) - 32);
        values[to + 32 + i] = d * (signed[group + 2] ?? 0) * (((second & 15) | (((top >> 2) & 3) << 4)) - 32);
        values[to + 64 + i] = d * (signed[group + 4] ?? 0) * (((first >> 4) | (((top >> 4) & 3) << 4)) - 32);
        values[to + 96 + i] = d * (signed[group + 6] ?? 0) * (((second >> 4) | ((top >> 6) << 4)) - 32);
      }
    }
  }
}
