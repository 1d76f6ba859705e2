import type { NativeObject } from './native-object.js';

/**
 * One instruction of a program. Its result is named by its index; inputs are indices of earlier ones. The addon reads it
 * property by property (native/addon/read-instruction.cc), and refuses one that it does not know.
 */
export type Instruction =
  /** Rows of the table for the tokens of the pass. -> [N, columns]. */
  | { readonly kind: 'embedding'; readonly table: NativeObject }
  /** x · Wᵀ (+ bias) (+ residual), of the normalised x where `norm` is given; activation(gate) * up where `gated`. */
  | {
      readonly kind: 'linear';
      readonly input: number;
      readonly weight: NativeObject;
      readonly norm?: NativeObject;
      readonly bias?: NativeObject;
      /** The weight stacks gate and up. Not with a bias. @default it does not */
      readonly gated?: Activation;
      /** Integer products round the input to 16 bits in place of 8. @default false */
      readonly fine?: boolean;
      /** Added to the result. */
      readonly residual?: number;
    }
  /** Of [query, key, value] side by side. -> [N, heads * headSize]. */
  | {
      readonly kind: 'attention';
      readonly input: number;
      readonly layer: number;
      readonly queryNorm?: NativeObject;
      readonly keyNorm?: NativeObject;
      /** Which of the cache's rotation tables. @default 0 */
      readonly rotation?: number;
      /** How many positions a token sees, its own and those before it. @default all */
      readonly window?: number;
    }
  /** The rows that are scored. -> [R, columns]. */
  | { readonly kind: 'scoredRows'; readonly input: number }
  | { readonly kind: 'add'; readonly a: number; readonly b: number }
  /** activation(gate) * up of [gate, up] side by side. -> [n, width / 2]. */
  | { readonly kind: 'gate'; readonly input: number; readonly activation: Activation }
  /** The RMS norm of each row. */
  | { readonly kind: 'norm'; readonly input: number; readonly norm: NativeObject }
  /** Every value times a factor. */
  | { readonly kind: 'scale'; readonly input: number; readonly factor: number };

/** What a gate goes through; `gelu` is the approximation by tanh. */
export type Activation = 'silu' | 'gelu';
