/** Stored formats of weights that the kernels read, as GGUF and `kFormatNames` of native/formats.h call them. */
export const WEIGHT_FORMATS = [
  'F32',
  'F16',
  'BF16',
  'Q8_0',
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q4_K',
  'Q5_K',
  'Q6_K',
] as const;

export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** Whether the kernels read a format; the names are those of GGUF. */
export function isWeightFormat(name: string): name is WeightFormat {
  return (WEIGHT_FORMATS as readonly string[]).includes(name);
}
