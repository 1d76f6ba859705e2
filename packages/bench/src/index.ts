export { type DecodeBenchmarkOptions, runDecodeBenchmark } from './decode/decode-benchmark.js';
export type { DecodeMethod, DecodeRecord, DecodeSample } from './decode/decode-record.js';
export { type CategoryResult, categoryResults, decodeSummary } from './decode/decode-summary.js';
export { type BenchmarkPrompt, readPrompts } from './decode/read-prompts.js';
export { type ForwardBenchmarkOptions, runForwardBenchmark } from './forward/forward-benchmark.js';
export type { ForwardRecord, ForwardSample, ForwardTarget, TargetRecord } from './forward/forward-record.js';
export { forwardCost, forwardSummary } from './forward/forward-summary.js';
export { describeEnvironment, type Environment } from './results/environment.js';
export { RESULTS_VERSION, type ResultsFile, readResults, writeResults } from './results/results-file.js';
