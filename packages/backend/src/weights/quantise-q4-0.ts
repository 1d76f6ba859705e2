import { halfToFloat } from './dequantise/half-floats.js';
import { halfBits } from './half-bits.js';

/** Values of a block, and the bytes that it takes. */
export const Q4_0_BLOCK = { values: 32, bytes: 18 } as const;

/**
 * Scales that are tried for a block, by the level from -8 to 7 that its greatest value gets; what is beyond is cut off.
 * Each is then fitted to what it rounds to, so that a few are enough.
 */
const CANDIDATES = [-7.4, -8, -8.6];

/**
 * float32 → Q4_0 (`d · (q − 8)`, 4.5 bits a value): of a few scales the one with the least squared error, weighted by the
 * squares of the values. Takes whole blocks of 32 values and fills 18 bytes for each.
 */
export function quantiseQ4_0(values: Float32Array, bytes: Uint8Array): void {
  const half = halfToFloat();
  for (let start = 0, at = 0; start < values.length; start += 32, at += 18) {
    const bits = halfBits(scaleOf(values, start));
    const d = half[bits] ?? 0;
    const inverse = d === 0 ? 0 : 1 / d;
    bytes[at] = bits & 255;
    bytes[at + 1] = bits >> 8;
    for (let i = 0; i < 16; i++) {
      const low = levelOf((values[start + i] as number) * inverse);
      bytes[at + 2 + i] = low | (levelOf((values[start + 16 + i] as number) * inverse) << 4);
    }
  }
}

/** Rounded, as stored: 0 to 15. */
function levelOf(multiple: number): number {
  const level = (multiple + 8.5) | 0;
  return level > 15 ? 15 : Math.max(level, 0);
}

function scaleOf(values: Float32Array, start: number): number {
  const end = start + 32;
  let most = 0;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (Math.abs(value) > Math.abs(most)) most = value;
  }
  if (most === 0) return 0;
  let best = 0;
  let scale = most / -8;
  for (const candidate of CANDIDATES) {
    const inverse = candidate / most;
    let product = 0;
    let square = 0;
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      const level = levelOf(value * inverse) - 8;
      const weight = value * value * level;
      product += weight * value;
      square += weight * level;
    }
    if (product * product > best * square) {
      best = (product * product) / square;
      scale = product / square;
    }
  }
  return scale;
}
