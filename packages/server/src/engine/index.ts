export type { EngineSettings } from './engine-settings.js';
export { createLocalTextEngine, type LocalTextEngine, type LocalTextEngineOptions } from './local-text-engine.js';
export type * from './text-engine.js';
