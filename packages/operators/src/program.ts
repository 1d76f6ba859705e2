import { OperatorsError } from './errors.js';
import type { NativeObject } from './native-object.js';

/** RMS norm: x / sqrt(mean(x²) + epsilon) * weight. */
export interface ProgramNorm {
  readonly weight: NativeObject;
  readonly epsilon: number;
}

/** One instruction of a program. Its result is named by its index; inputs are indices of earlier ones. */
export type Instruction =
  /** Rows of the table for the tokens of the pass. -> [N, columns]. */
  | { readonly kind: 'embedding'; readonly table: NativeObject }
  /** x · Wᵀ (+ bias) (+ residual), of the normalised x where `norm` is given; silu(gate) * up where `gated`. */
  | {
      readonly kind: 'linear';
      readonly input: number;
      readonly weight: NativeObject;
      readonly norm?: ProgramNorm;
      readonly bias?: NativeObject;
      /** The weight stacks gate and up. Not with a bias. @default false */
      readonly gated?: boolean;
      /** Added to the result. */
      readonly residual?: number;
    }
  /** Of [query, key, value] side by side. Both norms share one epsilon. -> [N, heads * headSize]. */
  | {
      readonly kind: 'attention';
      readonly input: number;
      readonly layer: number;
      readonly queryNorm?: ProgramNorm;
      readonly keyNorm?: ProgramNorm;
    }
  /** The rows that are scored. -> [R, columns]. */
  | { readonly kind: 'scoredRows'; readonly input: number }
  | { readonly kind: 'add'; readonly a: number; readonly b: number }
  /** silu(gate) * up of [gate, up] side by side. -> [n, width / 2]. */
  | { readonly kind: 'gatedSilu'; readonly input: number };

/** The order of `Operation` in native/program.h. */
const OPERATIONS = ['embedding', 'linear', 'attention', 'scoredRows', 'add', 'gatedSilu'] as const;

/** Instructions as native/addon.cc reads them: ten numbers each. */
export function encodeInstructions(instructions: readonly Instruction[]): Float64Array {
  return Float64Array.from(instructions.flatMap(encode));
}

function encode(instruction: Instruction): number[] {
  const fields = { input: -1, second: -1, gated: 0, normalise: 0, epsilon: 0, layer: 0, matrix: 0, norm: 0, vector: 0 };
  switch (instruction.kind) {
    case 'embedding':
      fields.matrix = instruction.table.id;
      break;
    case 'linear':
      fields.input = instruction.input;
      fields.second = instruction.residual ?? -1;
      fields.gated = instruction.gated ? 1 : 0;
      fields.normalise = instruction.norm ? 1 : 0;
      fields.epsilon = instruction.norm?.epsilon ?? 0;
      fields.matrix = instruction.weight.id;
      fields.norm = instruction.norm?.weight.id ?? 0;
      fields.vector = instruction.bias?.id ?? 0;
      break;
    case 'attention': {
      const { queryNorm, keyNorm } = instruction;
      if (queryNorm && keyNorm && queryNorm.epsilon !== keyNorm.epsilon) {
        throw new OperatorsError(
          'invalid-object',
          `The head norms of layer ${instruction.layer} have epsilons ${queryNorm.epsilon} and ${keyNorm.epsilon}; one is needed.`,
        );
      }
      fields.input = instruction.input;
      fields.epsilon = (queryNorm ?? keyNorm)?.epsilon ?? 0;
      fields.layer = instruction.layer;
      fields.norm = queryNorm?.weight.id ?? 0;
      fields.vector = keyNorm?.weight.id ?? 0;
      break;
    }
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
