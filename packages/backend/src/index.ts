export { verifyCompiledOperators } from '@foretoken/operators';
export type { ExecutorKind, KvPrecision } from './executors/executor.js';
export {
  type FusedOperators,
  type LoadFusedOperatorsOptions,
  loadFusedOperators,
} from './executors/fused/load-fused-operators.js';
export { type OpenGpuOptions, openGpu, prepareGpu } from './executors/fused/open-gpu.js';
export {
  type ModelConfiguration,
  type RopeConfiguration,
  type RopeScaling,
  UnsupportedModelError,
} from './models/configuration.js';
export { type LoadedModel, type LoadModelOptions, loadModel } from './models/load-model.js';
export { loadModelText, type ModelText } from './models/load-model-text.js';
export { cachedDraftModelOf, draftModelOf } from './sources/draft-pair.js';
export { type ListedModel, listModels } from './sources/list-models.js';
export type { ModelWheel } from './sources/model-wheels.js';
export { type RegisteredModel, registeredModels } from './sources/registered-models.js';
export { type RemovedModel, removeModel } from './sources/remove-model.js';
export { type ResolvedModel, type ResolveModelOptions, resolveModel } from './sources/resolve-model.js';
export {
  ModelFetchError,
  type ModelFetchErrorCode,
  NoDraftModelError,
  UnknownModelError,
} from './sources/source-errors.js';
export { type VerifiedFile, verifyModels } from './sources/verify-models.js';
export type { TensorType } from './weights/dequantise/readable-types.js';
export { type OpenWeightsOptions, openWeights } from './weights/open-weights.js';
export type {
  MetadataValue,
  ReadFloat32Options,
  RowRange,
  StoredType,
  TensorInfo,
  WeightsFile,
} from './weights/weights-file.js';
export { type WeightsErrorCode, WeightsFormatError } from './weights/weights-format-error.js';
export { defaultWeightsLimits, type WeightsLimits } from './weights/weights-limits.js';
