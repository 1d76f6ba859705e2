export {
  CONTROLLERS,
  type ControllerName,
  type ControllerOptions,
  Controllers,
  checkControllerName,
  checkDepth,
  checkMinimumConfidence,
} from './controllers.js';
export { DEFAULT_MAX_TOKENS, DEFAULT_MODEL, DEVICES, EXECUTORS, KV_PRECISIONS, MAX_DEPTH } from './defaults.js';
export { DRAFT_MODES, type DraftChoice, type DraftMode, isDraftMode, parseDraftMode } from './draft-mode.js';
export { Drafters, type GuessSampling, guessSampling } from './drafters.js';
export { type AnswerForm, type AnswerOptions, engineRequest } from './engine-request.js';
export { DraftUnavailableError } from './errors.js';
export {
  type LoadSpeculativeModelOptions,
  loadSpeculativeModel,
  type SpeculativeModel,
} from './load-speculative-model.js';
