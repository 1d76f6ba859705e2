export type { TensorType } from './dequantise/readable-types.js';
export { type OpenWeightsOptions, openWeights } from './open-weights.js';
export type {
  MetadataValue,
  ReadFloat32Options,
  RowRange,
  StoredType,
  TensorInfo,
  WeightsFile,
} from './weights-file.js';
export { type WeightsErrorCode, WeightsFormatError } from './weights-format-error.js';
export { defaultWeightsLimits, type WeightsLimits } from './weights-limits.js';
