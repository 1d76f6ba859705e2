import type { AttentionOptions, LinearOptions, Operators } from '../../../core/src/backend/operators.js';
import type { Matrix, RmsNorm, Vector } from '../../../core/src/backend/weight.js';
import type { NativeObject } from '../native-object.js';
import type { Instruction } from '../program.js';

/** Records a model as instructions: an operator's result is the index of its instruction. */
export class ProgramRecorder implements Operators<number> {
  readonly instructions: Instruction[] = [];

  constructor(private readonly weights: (weight: Matrix | Vector | RmsNorm) => NativeObject) {}

  embedding(table: Matrix): number {
    return this.#push({ kind: 'embedding', table: this.weights(table) });
  }

  linear(input: number, weight: Matrix, { norm, bias }: LinearOptions = {}): number {
    return this.#push({
      kind: 'linear',
      input,
      weight: this.weights(weight),
      ...(norm ? { norm: this.weights(norm) } : {}),
      ...(bias ? { bias: this.weights(bias) } : {}),
    });
  }

  /** The product that was recorded last takes the other summand as its residual. */
  add(a: number, b: number): number {
    const last = this.instructions.at(-1);
    if (b !== this.instructions.length - 1 || last?.kind !== 'linear' || last.residual !== undefined) {
      return this.#push({ kind: 'add', a, b });
    }
    this.instructions[b] = { ...last, residual: a };
    return b;
  }

  /** The product that was recorded last becomes a gated one. */
  gatedSilu(input: number): number {
    const last = this.instructions.at(-1);
    if (input !== this.instructions.length - 1 || last?.kind !== 'linear' || last.bias || last.residual !== undefined) {
      return this.#push({ kind: 'gatedSilu', input });
    }
    this.instructions[input] = { ...last, gated: true };
    return input;
  }

  attention(input: number, { layer, queryNorm, keyNorm }: AttentionOptions): number {
    return this.#push({
      kind: 'attention',
      input,
      layer,
      ...(queryNorm ? { queryNorm: this.weights(queryNorm) } : {}),
      ...(keyNorm ? { keyNorm: this.weights(keyNorm) } : {}),
    });
  }

  scoredRows(input: number): number {
    return this.#push({ kind: 'scoredRows', input });
  }

  #push(instruction: Instruction): number {
    return this.instructions.push(instruction) - 1;
  }
}
