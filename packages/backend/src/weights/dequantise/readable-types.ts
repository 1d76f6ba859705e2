import type { BlockLayout } from '../tensor-layout.js';
import { copyF32, dequantiseBF16, dequantiseF16 } from './half-floats.js';
import { dequantiseQ4_K, dequantiseQ5_K, dequantiseQ6_K } from './k-quants.js';
import { dequantiseQ4_0, dequantiseQ4_1, dequantiseQ5_0, dequantiseQ5_1, dequantiseQ8_0 } from './simple-quants.js';

/** A type whose values can be read. */
export interface ReadableType extends BlockLayout {
  /** Fills `values` (a whole number of blocks) from the blocks in `bytes`. */
  readonly dequantise: (bytes: Uint8Array, values: Float32Array) => void;
}

const types = {
  F32: { values: 1, bytes: 4, dequantise: copyF32 },
  F16: { values: 1, bytes: 2, dequantise: dequantiseF16 },
  BF16: { values: 1, bytes: 2, dequantise: dequantiseBF16 },
  Q4_0: { values: 32, bytes: 18, dequantise: dequantiseQ4_0 },
  Q4_1: { values: 32, bytes: 20, dequantise: dequantiseQ4_1 },
  Q5_0: { values: 32, bytes: 22, dequantise: dequantiseQ5_0 },
  Q5_1: { values: 32, bytes: 24, dequantise: dequantiseQ5_1 },
  Q8_0: { values: 32, bytes: 34, dequantise: dequantiseQ8_0 },
  Q4_K: { values: 256, bytes: 144, dequantise: dequantiseQ4_K },
  Q5_K: { values: 256, bytes: 176, dequantise: dequantiseQ5_K },
  Q6_K: { values: 256, bytes: 210, dequantise: dequantiseQ6_K },
} satisfies Readonly<Record<string, ReadableType>>;

/** The tensor types whose values can be read. Safetensors files use the first three; names are those of ggml. */
export type TensorType = keyof typeof types;

export const readableTypes: Readonly<Record<TensorType, ReadableType>> = types;

export function isReadableType(type: string): type is TensorType {
  return Object.hasOwn(readableTypes, type);
}
