import type { Matrix, RmsNorm, Vector } from './weight.js';

/**
 * The operations that a model family is written in. A family is a function over `Operators<T>`, so the same code
 * builds a TensorFlow graph (T names a node) and runs eagerly (T is a tensor). Operations are coarse on purpose:
 * an executor decides how to hold and multiply a weight, and a native kernel can replace one by a single node.
 *
 * N is the number of tokens of the forward pass, all sequences together.
 */
export interface Operators<T> {
  /** Rows of the table for the tokens of this pass. [N] -> [N, columns]. */
  embedding(table: Matrix): T;
  /** x · Wᵀ (+ bias), of the RMS-normalised x where `norm` is given. [n, columns] -> [n, rows]. */
  linear(input: T, weight: Matrix, options?: LinearOptions): T;
  /** a + b of the same shape. */
  add(a: T, b: T): T;
  /** Every value times a factor. */
  scale(input: T, factor: number): T;
  /** The RMS norm of each row, where no product follows that could take it in. */
  norm(input: T, norm: RmsNorm): T;
  /** activation(gate) * up of an input that holds [gate, up] side by side. [n, 2 * m] -> [n, m]. */
  gate(input: T, activation: Activation): T;
  /**
   * Rotary embedding, write to the KV cache, and grouped-query attention with the tree mask over every sequence of
   * the pass. The input holds [query, key, value] side by side: [N, (heads + 2 * kvHeads) * headSize]
   * -> [N, heads * headSize].
   */
  attention(queryKeyValue: T, options: AttentionOptions): T;
  /** The rows that are scored. [N, columns] -> [R, columns]. */
  scoredRows(input: T): T;
}

/** What a gate goes through: x · sigmoid(x), or GELU approximated by tanh: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export type Activation = 'silu' | 'gelu';

export interface LinearOptions {
  /** RMS norm of the input before the product. */
  readonly norm?: RmsNorm | undefined;
  /** Added to every row. [rows]. */
  readonly bias?: Vector | undefined;
  /** Integer products round the input to 16 bits in place of 8: for what the result depends on most. @default false */
  readonly fine?: boolean;
}

export interface AttentionOptions {
  /** Index of the decoder layer, which owns one KV cache. */
  readonly layer: number;
  /** RMS norm of each query head before rotation. [headSize]. */
  readonly queryNorm?: RmsNorm | undefined;
  /** RMS norm of each key head before rotation. [headSize]. */
  readonly keyNorm?: RmsNorm | undefined;
  /** Which of the geometry's `rotations`. @default 0 */
  readonly rotation?: number;
  /** How many tokens of its text a token sees, itself and those before it. @default all */
  readonly window?: number;
}

/** What an executor needs to know of a model's attention. */
export interface AttentionGeometry {
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /**
   * Rotary angles: cosine and sine of each pair of dimensions at each position, each table [contextLength, headSize / 2,
   * 2]. Layers may use different ones; all have the same size.
   */
  readonly rotations: readonly Float32Array[];
}
