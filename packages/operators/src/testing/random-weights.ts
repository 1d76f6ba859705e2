import { readableTypes } from '../../../backend/src/weights/dequantise/readable-types.js';
import type { WeightFormat } from '../formats.js';

/** Values in [-1, 1). */
export function randomFloats(random: () => number, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

/** Where each block holds half-precision scales, which must be finite and of ordinary size. */
export const SCALES: Partial<Record<WeightFormat, readonly number[]>> = {
  Q8_0: [0],
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** Blocks of any bits but with ordinary scales, and what core's dequantisers make of them. */
export function randomWeights(
  random: () => number,
  format: WeightFormat,
  count: number,
): { readonly bytes: Uint8Array; readonly values: Float32Array } {
  const { values: perBlock, bytes: size, dequantise } = readableTypes[format];
  const bytes = new Uint8Array((count / perBlock) * size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += size) {
    if (format === 'F32') view.setFloat32(at, 2 * random() - 1, true);
    else if (format === 'BF16') view.setUint16(at, (random() < 0.5 ? 0x8000 : 0) | (0x3c00 + 1024 * random()), true);
    else for (let i = 0; i < size; i++) bytes[at + i] = 256 * random();
    // Half precision with exponents from 2^-8 to 2^-5; F16 values also of subnormal size.
    if (format === 'F16') view.setUint16(at, (random() < 0.5 ? 0x8000 : 0) | (0x3c00 * random()), true);
    for (const scale of SCALES[format] ?? []) {
      view.setUint16(at + scale, (random() < 0.5 ? 0x8000 : 0) | (0x1c00 + 0x0c00 * random()), true);
    }
  }
  const values = new Float32Array(count);
  dequantise(bytes, values);
  return { bytes, values };
}
