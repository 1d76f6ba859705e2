import { readableTypes } from '../dequantise/readable-types.js';
import type { BlockLayout } from '../tensor-layout.js';
import type { StoredType } from '../weights-file.js';

/** A tensor type of GGUF with its size, known so that a file that holds it can be checked and its other tensors read. */
export interface GgmlType extends BlockLayout {
  readonly name: StoredType;
}

const unreadable = (name: string, values: number, bytes: number): GgmlType => ({ name, values, bytes });
const readable = (name: keyof typeof readableTypes): GgmlType => ({
  name,
  values: readableTypes[name].values,
  bytes: readableTypes[name].bytes,
});

/** By the number that stands for them in a file (`enum ggml_type`; sizes from `GGML_QUANT_SIZES` of gguf-py). */
export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map([
  [0, readable('F32')],
  [1, readable('F16')],
  [2, readable('Q4_0')],
  [3, readable('Q4_1')],
  [6, readable('Q5_0')],
  [7, readable('Q5_1')],
  [8, readable('Q8_0')],
  [9, unreadable('Q8_1', 32, 40)],
  [10, unreadable('Q2_K', 256, 84)],
  [11, unreadable('Q3_K', 256, 110)],
  [12, readable('Q4_K')],
  [13, readable('Q5_K')],
  [14, readable('Q6_K')],
  [15, unreadable('Q8_K', 256, 292)],
  [16, unreadable('IQ2_XXS', 256, 66)],
  [17, unreadable('IQ2_XS', 256, 74)],
  [18, unreadable('IQ3_XXS', 256, 98)],
  [19, unreadable('IQ1_S', 256, 50)],
  [20, unreadable('IQ4_NL', 32, 18)],
  [21, unreadable('IQ3_S', 256, 110)],
  [22, unreadable('IQ2_S', 256, 82)],
  [23, unreadable('IQ4_XS', 256, 136)],
  [24, unreadable('I8', 1, 1)],
  [25, unreadable('I16', 1, 2)],
  [26, unreadable('I32', 1, 4)],
  [27, unreadable('I64', 1, 8)],
  [28, unreadable('F64', 1, 8)],
  [29, unreadable('IQ1_M', 256, 56)],
  [30, readable('BF16')],
  [34, unreadable('TQ1_0', 256, 54)],
  [35, unreadable('TQ2_0', 256, 66)],
  [39, unreadable('MXFP4', 32, 17)],
  [40, unreadable('NVFP4', 64, 36)],
  [41, unreadable('Q1_0', 128, 18)],
]);
