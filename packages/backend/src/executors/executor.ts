import type { ChainInput, GuessedChain } from '@foretoken/core';
import type { Step } from './step.js';

/**
 * How forward passes are run. `fused`: as one node of fused operators, with weights in their stored format. `graph`: as
 * a graph of TensorFlow's own operations. `eager`: operation by operation, on any tfjs backend.
 */
export type ExecutorKind = 'fused' | 'graph' | 'eager';

/**
 * Number format of a KV cache. `float16` takes half the memory and rounds each number to 11 bits, which moves logits by
 * up to about a hundredth.
 */
export type KvPrecision = 'float32' | 'float16';

/** Runs a traced model: one call a forward pass. */
export interface Executor {
  /** Runs one pass. The logits stay with the executor until the next `run`. */
  run(step: Step): StepLogits;
  /** Goes on from its own guesses in one call; absent where only passes can be run. */
  chain?(inputs: readonly ChainStep[]): readonly Omit<GuessedChain, 'pending'>[];
  /** Copies KV entries of every layer: position `from[i]` to `to[i]`, all reads before all writes. */
  copyPositions(from: CachePosition[], to: CachePosition[]): void;
  /** Gives the memory of a slot back from a position on, where an executor can; what lies there is lost. */
  discardPositions?(place: CachePosition): void;
  /** Frees weights and caches. Called once. */
  close(): void;
}

/** A chain of one sequence: a `ChainInput` with its place in the cache. */
export interface ChainStep extends Omit<ChainInput, 'sequence'> {
  readonly slot: number;
  /** Tokens of the sequence already in the cache. */
  readonly start: number;
}

/** A place in the KV cache. */
export interface CachePosition {
  readonly slot: number;
  /** Token position within the slot, from 0. */
  readonly position: number;
}

/** Logits of the scored rows of one pass, in the order of `Step.scoredRows`. */
export interface StepLogits {
  /** Token with the highest logit of each row. [R]. */
  argmax(): Int32Array;
  /** The k highest logits of every row, highest first, the lower token first among equals. Each [R, k]. */
  topK(k: number): { readonly tokens: Int32Array; readonly logits: Float32Array };
  /** Raw logits of a row. [vocabularySize]; the caller's own copy. */
  row(index: number): Float32Array;
}
