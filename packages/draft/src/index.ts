export { DraftOptionError, DraftSessionClosedError } from './errors.js';
export { type PromptLookupOptions, promptLookup } from './lookup/prompt-lookup.js';
export { type PredictionOptions, prediction } from './prediction/prediction.js';
export { type SuffixOptions, suffix } from './suffix/suffix.js';
