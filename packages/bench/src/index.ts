export { type ArithmeticBenchmarkOptions, runArithmeticBenchmark } from './arithmetic/arithmetic-benchmark.js';
export type { ArithmeticRecord, WindowSample } from './arithmetic/arithmetic-record.js';
export { type ArithmeticResult, arithmeticResult, arithmeticSummary } from './arithmetic/arithmetic-summary.js';
export { type DecodeBenchmarkOptions, runDecodeBenchmark } from './decode/decode-benchmark.js';
export type { DecodeMethod, DecodeRecord, DecodeSample, MemorySample } from './decode/decode-record.js';
export { type MethodResult, methodResults, worstCategory } from './decode/decode-results.js';
export { decodeSummary } from './decode/decode-summary.js';
export { type ForwardBenchmarkOptions, runForwardBenchmark } from './forward/forward-benchmark.js';
export type { ForwardRecord, ForwardSample, ForwardTarget, TargetRecord } from './forward/forward-record.js';
export { forwardCost, forwardSummary } from './forward/forward-summary.js';
export { compareAnswers, TIE_MARGIN } from './lossless/compare-answers.js';
export {
  type ConfigurationContext,
  LOSSLESS_CONFIGURATIONS,
  type LosslessConfiguration,
} from './lossless/configurations.js';
export { type LosslessBenchmarkOptions, runLosslessBenchmark } from './lossless/lossless-benchmark.js';
export type {
  Choice,
  Divergence,
  LosslessOutcome,
  LosslessRecord,
  LosslessSample,
} from './lossless/lossless-record.js';
export {
  type LosslessResult,
  losslessFailures,
  losslessResults,
  losslessSummary,
} from './lossless/lossless-summary.js';
export type { EngineAnswer, EngineMode, EngineName, EngineReply, EngineRequest } from './peers/engine-messages.js';
export { type PeersBenchmarkOptions, runPeersBenchmark } from './peers/peers-benchmark.js';
export type {
  EngineRecord,
  PeerAnswer,
  PeerMethod,
  PeersRecord,
  PrefillSample,
  StartSample,
} from './peers/peers-record.js';
export {
  type Agreement,
  agreement,
  bestMethod,
  commonPrefix,
  type PeerRates,
  peerRates,
} from './peers/peers-results.js';
export { peersSummary } from './peers/peers-summary.js';
export { type BenchmarkPrompt, readPrompts } from './prompts/read-prompts.js';
export { selectPrompts } from './prompts/select-prompts.js';
export { describeEnvironment, type Environment } from './results/environment.js';
export { RESULTS_VERSION, type ResultsFile, readResults, writeResults } from './results/results-file.js';
export { generateLoad, type Load, type LoadOptions, type LoadResult } from './serve/generate-load.js';
export { runServeBenchmark, type ServeBenchmarkOptions } from './serve/serve-benchmark.js';
export { type ServeCheck, serveChecks, serveFailures } from './serve/serve-checks.js';
export type { Sameness, ServeBlock, ServeMode, ServeRecord, ServeSample } from './serve/serve-record.js';
export { type Percentiles, type ServeResult, serveResults } from './serve/serve-results.js';
export { serveSummary } from './serve/serve-summary.js';
export { type ChatAnswer, type ChatCall, type ChatOutcome, streamChat } from './serve/stream-chat.js';
export { type Comparison, type ComparisonOptions, compareControllers } from './simulator/compare-controllers.js';
export {
  type ControllersBenchmarkOptions,
  type ControllersRecord,
  runControllersBenchmark,
} from './simulator/controllers-record.js';
export { controllersSummary } from './simulator/controllers-summary.js';
export { type Guessability, independent, passages, regimes, type TokenGuess } from './simulator/guessability.js';
export { MACHINES, type Machine, type MachineName } from './simulator/machines.js';
export { CONTENTS, type Content, SCENARIOS, type Scenario } from './simulator/scenarios.js';
export {
  type SimulatedDrafter,
  type SimulatedText,
  type Simulation,
  type SimulationResult,
  simulate,
  simulatedText,
} from './simulator/simulate.js';
