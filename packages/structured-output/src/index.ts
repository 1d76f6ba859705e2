export { checkedAnswer } from './answer-check.js';
export { compileSchema } from './compile-schema.js';
export { ConstraintCompiler, type ConstraintCompilerOptions } from './constraint-compiler.js';
export type { ConstraintSession } from './constraint-session.js';
export { ConstraintStateError, ConstraintUnavailableError, InvalidConstraintError } from './errors.js';
export { unsupportedKeyword } from './grammar/schema.js';
export { schemaGrammar } from './grammar/schema-grammar.js';
export * from './limits.js';
export type { OutputConstraint } from './output-constraint.js';
