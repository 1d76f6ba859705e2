import type { FusedOperators } from '@foretoken/backend';
import { type Arithmetic, DEFAULT_ARITHMETIC } from '@foretoken/core';

/** Whether this project's own operators run the model on a CPU, or why TensorFlow's do. */
export type OperatorsState =
  | {
      readonly state: 'loaded' /** Instruction set of their kernels. */;
      readonly instructions: string;
      readonly threads: number;
      /** What products are computed in where nobody says. */
      readonly arithmetic: Arithmetic;
    }
  | { readonly state: 'unavailable'; readonly reason: string };

export function operatorsState(fused: FusedOperators): OperatorsState {
  if (fused.kind === 'unavailable') return { state: 'unavailable', reason: fused.reason };
  const { instructions, threads } = fused.operators;
  return { state: 'loaded', instructions, threads, arithmetic: DEFAULT_ARITHMETIC };
}

export function describeOperators(operators: OperatorsState): string {
  if (operators.state === 'unavailable') return `TensorFlow's own: ${operators.reason.split('\n')[0]}`;
  const { instructions, threads, arithmetic } = operators;
  return `fused (${instructions}, ${threads === 1 ? '1 thread' : `${threads} threads`}, ${arithmetic} arithmetic)`;
}
