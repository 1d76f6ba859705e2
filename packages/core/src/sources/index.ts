export { type ListedModel, listModels } from './list-models.js';
export { type RegisteredModel, registeredModels } from './registered-models.js';
export { type ResolvedModel, type ResolveModelOptions, resolveModel } from './resolve-model.js';
export { ModelFetchError, type ModelFetchErrorCode, UnknownModelError } from './source-errors.js';
