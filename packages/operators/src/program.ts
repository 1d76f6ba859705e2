import type { NativeObject } from './native-object.js';

/** One instruction of a program. Its result is named by its index; inputs are indices of earlier ones. */
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

/** The order of `Operation` in native/program.h. */
const OPERATIONS = ['embedding', 'linear', 'attention', 'scoredRows', 'add', 'gatedSilu'] as const;

/** Instructions as native/addon.cc reads them: nine numbers each. */
export function encodeInstructions(instructions: readonly Instruction[]): Float64Array {
  return Float64Array.from(instructions.flatMap(encode));
}

function encode(instruction: Instruction): number[] {
  const fields = { input: -1, second: -1, gated: 0, layer: 0, matrix: 0, norm: 0, vector: 0, fine: 0 };
  switch (instruction.kind) {
    case 'embedding':
      fields.matrix = instruction.table.id;
      break;
    case 'linear':
      fields.input = instruction.input;
      fields.second = instruction.residual ?? -1;
      fields.gated = instruction.gated ? 1 : 0;
      fields.matrix = instruction.weight.id;
      fields.norm = instruction.norm?.id ?? 0;
      fields.vector = instruction.bias?.id ?? 0;
      fields.fine = instruction.fine ? 1 : 0;
      break;
    case 'attention':
      fields.input = instruction.input;
      fields.layer = instruction.layer;
      fields.norm = instruction.queryNorm?.id ?? 0;
      fields.vector = instruction.keyNorm?.id ?? 0;
      break;
    case 'add':
      fields.input = instruction.a;
      fields.second = instruction.b;
      break;
    case 'scoredRows':
    case 'gatedSilu':
      fields.input = instruction.input;
      break;
  }
  return [OPERATIONS.indexOf(instruction.kind), ...Object.values(fields)];
}
