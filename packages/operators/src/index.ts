export type { ChainDraw, ChainInput, ChainOutput } from './chain.js';
export {
  type CompileListener,
  compileOperators,
  type LoadOperatorsOptions,
  type OperatorsToolchain,
  verifyCompiledOperators,
} from './compile-operators.js';
export {
  checkOperatorsVariables,
  OPERATORS_VARIABLES,
  type OperatorsVariableProblem,
  operatorsVariableProblems,
} from './environment.js';
export { type GpuErrorCode, isGpuErrorCode, OperatorsError, type OperatorsErrorCode } from './errors.js';
export { isWeightFormat, WEIGHT_FORMATS, type WeightFormat } from './formats.js';
export { Gpu, type KernelCompiler, type OpenGpuOptions } from './gpu.js';
export { loadOperators } from './load-operators.js';
export type { GpuDescription } from './native-addon.js';
export type { NativeObject } from './native-object.js';
export type { CacheOptions, CachePlace, MatrixPart, NativeOperators, StoredMatrix } from './native-operators.js';
export { passProgress } from './pass-progress.js';
export type { Instruction } from './program.js';
