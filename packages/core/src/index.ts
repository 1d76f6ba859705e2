export { ARITHMETICS, type Arithmetic, DEFAULT_ARITHMETIC } from './contracts/arithmetic.js';
export type { DecodingStatistics } from './contracts/decoding-statistics.js';
export type {
  DepthOutcome,
  DirectController,
  DraftAsk,
  DraftController,
  DrafterProposal,
  DraftPlan,
  GatherPlan,
  NodeChoice,
  NodeChooser,
  ReadAhead,
  RoundOutcome,
  RoundSituation,
  StandardReason,
  WeighedRound,
  WeighedTree,
} from './contracts/draft-controller.js';
export type { DraftProposal, DraftTree } from './contracts/draft-tree.js';
export type {
  DraftBudget,
  Drafter,
  DraftSession,
  DraftTarget,
  ReadProgress,
  ScoredRound,
} from './contracts/drafter.js';
export type {
  DecodingRound,
  FallbackCause,
  FinishReason,
  GeneratedToken,
  GenerationEvent,
  RoundEvent,
  TokenLogprobs,
} from './contracts/generation-event.js';
export type {
  ChainDraw,
  ChainInput,
  EarlyExitInput,
  EarlyExitLanguageModel,
  ForwardInput,
  ForwardOutput,
  GuessedChain,
  LanguageModel,
  Scores,
  Sequence,
} from './contracts/language-model.js';
export type { Sampler, TokenConstraint } from './contracts/sampler.js';
export { ClosedError, KvCapacityError, StaleScoresError } from './contracts/sequence-errors.js';
export type { IncrementalDetokenizer, StopStrings } from './contracts/text-codec.js';
export type { TokenId } from './contracts/token.js';
export type { Verdict, VerificationInput, Verifier } from './contracts/verifier.js';
export { type CalibrationOptions, calibrateForwards, type ForwardTiming } from './decoding/calibrate-forwards.js';
export type { DrafterErrorListener } from './decoding/drafter-pool.js';
export {
  DrafterTimeoutError,
  EmptyPromptError,
  InvalidDraftTreeError,
  InvalidVerdictError,
  PromptTooLongError,
} from './decoding/errors.js';
export { type GenerationRequest, MAX_TOP_LOGPROBS } from './decoding/generation-request.js';
export {
  acceptanceRate,
  addStatistics,
  decodeTokensPerSecond,
  meanAcceptanceLength,
  NO_STATISTICS,
  planName,
  statisticsSince,
} from './decoding/statistics.js';
export { subtree } from './decoding/subtree.js';
export { type DraftTreeLimits, validateDraftTree } from './decoding/validate-draft-tree.js';
export { Engine } from './engine/engine.js';
export type { EngineOptions } from './engine/engine-options.js';
export type { EngineEvent, EngineRequest, EngineStatistics } from './engine/engine-request.js';
export { type EngineTotals, NO_TOTALS } from './engine/engine-totals.js';
export { DeadlineExceededError, EngineClosedError, ForwardFailedError, QueueFullError } from './engine/errors.js';
export { EventStream } from './engine/event-stream.js';
export { ForetokenError, type ForetokenErrorOptions, InvalidArgumentError } from './errors.js';
export { createSampler, type SeededSampler } from './sampling/create-sampler.js';
export { InvalidLogitsError } from './sampling/errors.js';
export type { SamplerOptions } from './sampling/sampler-options.js';
export { withoutUndefined } from './without-undefined.js';
