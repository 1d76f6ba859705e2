import type { Instruction, NativeObject } from '@foretoken/operators';
import type { Activation, AttentionOptions, LinearOptions, Operators } from '../operators.js';
import type { Matrix, RmsNorm, Vector } from '../weight.js';

/** Weights as the fused operators hold them. */
export interface NativeWeights {
  matrix(weight: Matrix): NativeObject;
  bias(weight: Vector): NativeObject;
  norm(norm: RmsNorm): NativeObject;
}

/** Index of an instruction: it names the result. */
export type Register = number;

type LinearInstruction = Extract<Instruction, { readonly kind: 'linear' }>;

/**
 * `Operators` that write a program of fused instructions. A sum or a gate right behind the product it reads becomes
 * part of that product.
 */
export class ProgramOperators implements Operators<Register> {
  readonly instructions: Instruction[] = [];
  readonly #weights: NativeWeights;

  constructor(weights: NativeWeights) {
    this.#weights = weights;
  }

  embedding(table: Matrix): Register {
    return this.#append({ kind: 'embedding', table: this.#weights.matrix(table) });
  }

  linear(input: Register, weight: Matrix, options: LinearOptions = {}): Register {
    return this.#append({
      kind: 'linear',
      input,
      weight: this.#weights.matrix(weight),
      ...(options.norm ? { norm: this.#weights.norm(options.norm) } : {}),
      ...(options.bias ? { bias: this.#weights.bias(options.bias) } : {}),
      ...(options.fine ? { fine: true } : {}),
    });
  }

  add(a: Register, b: Register): Register {
    const product = this.#latestProduct(b);
    if (product === undefined || a === b) return this.#append({ kind: 'add', a, b });
    return this.#replaceLatest({ ...product, residual: a });
  }

  scale(input: Register, factor: number): Register {
    return this.#append({ kind: 'scale', input, factor });
  }

  norm(input: Register, norm: RmsNorm): Register {
    return this.#append({ kind: 'norm', input, norm: this.#weights.norm(norm) });
  }

  gate(input: Register, activation: Activation): Register {
    const product = this.#latestProduct(input);
    if (product === undefined || product.bias !== undefined) return this.#append({ kind: 'gate', input, activation });
    return this.#replaceLatest({ ...product, gated: activation });
  }

  attention(queryKeyValue: Register, { queryNorm, keyNorm, ...options }: AttentionOptions): Register {
    return this.#append({
      kind: 'attention',
      input: queryKeyValue,
      ...options,
      ...(queryNorm ? { queryNorm: this.#weights.norm(queryNorm) } : {}),
      ...(keyNorm ? { keyNorm: this.#weights.norm(keyNorm) } : {}),
    });
  }

  scoredRows(input: Register): Register {
    return this.#append({ kind: 'scoredRows', input });
  }

  /** The plain product that was written last, when it is this one: nobody else can have read it yet. */
  #latestProduct(register: Register): LinearInstruction | undefined {
    const latest = this.instructions.at(-1);
    const plain = latest?.kind === 'linear' && latest.residual === undefined && latest.gated === undefined;
    return plain && register === this.instructions.length - 1 ? latest : undefined;
  }

  #append(instruction: Instruction): Register {
    return this.instructions.push(instruction) - 1;
  }

  #replaceLatest(instruction: Instruction): Register {
    this.instructions[this.instructions.length - 1] = instruction;
    return this.instructions.length - 1;
  }
}
