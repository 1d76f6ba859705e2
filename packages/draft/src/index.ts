export { type CascadeOptions, cascade } from './cascade/cascade.js';
export { CascadeFailedError, InvalidMemberTreeError } from './cascade/errors.js';
export { DraftOptionError, DraftSessionClosedError } from './errors.js';
export { type PromptLookupOptions, promptLookup } from './lookup/prompt-lookup.js';
export { type PredictionOptions, prediction } from './prediction/prediction.js';
export { type RecyclingOptions, recycling } from './recycling/recycling.js';
export { type SuffixOptions, suffix } from './suffix/suffix.js';
