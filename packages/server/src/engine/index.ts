export { type CreateTextEngineOptions, createTextEngine } from './create-text-engine.js';
export type { EngineSettings } from './engine-settings.js';
export {
  EngineDiedError,
  EngineProgramMissingError,
  EngineStartError,
  EngineUnavailableError,
} from './errors.js';
export { createLocalTextEngine, type LocalTextEngine, type LocalTextEngineOptions } from './local-text-engine.js';
export type * from './text-engine.js';
