import type { NativeObject } from './native-object.js';

/**
 * One instruction of a program. Its result is named by its index; inputs are indices of earlier ones. The addon reads it
 * property by property (native/addon/read-instruction.cc), and refuses one that it does not know.
 */
export type Instruction =
  /** Rows of the table for the tokens of the pass. -> [N, columns]. */
  | { readonly kind: 'embedding'; readonly table: NativeObject }
  /** x · Wᵀ (+ bias) (+ residual), of the normalised x where `norm` is given; silu(gate) * up where `gated`. */
  | {
      readonly kind: 'linear';
      readonly input: number;
      readonly weight: NativeObject;
      readonly norm?: NativeObject;
      readonly bias?: NativeObject;
      /** The weight stacks gate and up. Not with a bias. @default false */
      readonly gated?: boolean;
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
    }
  /** The rows that are scored. -> [R, columns]. */
  | { readonly kind: 'scoredRows'; readonly input: number }
  | { readonly kind: 'add'; readonly a: number; readonly b: number }
  /** silu(gate) * up of [gate, up] side by side. -> [n, width / 2]. */
  | { readonly kind: 'gatedSilu'; readonly input: number };
