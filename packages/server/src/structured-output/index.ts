export type { OutputConstraint } from '../engine/text-engine.js';
export { checkedAnswer } from './answer-check.js';
export { type CompiledConstraint, ConstraintCompiler, type ConstraintCompilerOptions } from './constraint-compiler.js';
export type { ConstraintSession } from './constraint-session.js';
export { ConstraintStateError, ConstraintUnavailableError, InvalidConstraintError } from './errors.js';
export * from './limits.js';
export { RequestConstraints } from './request-constraints.js';
