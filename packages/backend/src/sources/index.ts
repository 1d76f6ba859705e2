export { cachedDraftModelOf, draftModelOf } from './draft-pair.js';
export { type ListedModel, listModels } from './list-models.js';
export type { ModelWheel } from './model-wheels.js';
export { type RegisteredModel, registeredModels } from './registered-models.js';
export { type RemovedModel, removeModel } from './remove-model.js';
export { type ResolvedModel, type ResolveModelOptions, resolveModel } from './resolve-model.js';
export { ModelFetchError, type ModelFetchErrorCode, NoDraftModelError, UnknownModelError } from './source-errors.js';
export { type VerifiedFile, verifyModels } from './verify-models.js';
