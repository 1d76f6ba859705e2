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
export {
  cachedDraftModelOf,
  draftModelOf,
  type ListedModel,
  listModels,
  ModelFetchError,
  type ModelFetchErrorCode,
  type ModelWheel,
  NoDraftModelError,
  type RegisteredModel,
  type RemovedModel,
  type ResolvedModel,
  type ResolveModelOptions,
  registeredModels,
  removeModel,
  resolveModel,
  UnknownModelError,
  type VerifiedFile,
  verifyModels,
} from './sources/index.js';
export {
  defaultWeightsLimits,
  type MetadataValue,
  type OpenWeightsOptions,
  openWeights,
  type ReadFloat32Options,
  type RowRange,
  type StoredType,
  type TensorInfo,
  type TensorType,
  type WeightsErrorCode,
  type WeightsFile,
  WeightsFormatError,
  type WeightsLimits,
} from './weights/index.js';
