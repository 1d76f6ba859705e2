import type { Matrix, RmsNorm, Vector } from '../executors/weight.js';
import type { ModelConfiguration } from './configuration.js';
import { type StoredTensor, sizesOf, type Tensors } from './families/decoder-tensors.js';

/**
 * The weights of a decoder by their roles, named alike for every file format: `3.query-key-value`, `3.down.bias`,
 * `finalNorm`. Matrices with the same input may be stacked.
 */
export class DecoderWeights {
  readonly #sizes: ReturnType<typeof sizesOf>;

  constructor(
    private readonly tensors: Tensors,
    readonly configuration: ModelConfiguration,
  ) {
    this.#sizes = sizesOf(configuration);
  }

  has(role: string): boolean {
    return role in this.tensors;
  }

  matrix(roles: readonly string[], layer?: number): Matrix {
    const shapes = roles.map((role) => tensorOf(this.tensors, role).shape);
    const [, columns = 'width'] = shapes[0] ?? [];
    return {
      kind: 'matrix',
      name: nameOf(roles, layer),
      rows: shapes.reduce((sum, [rows]) => sum + this.#sizes[rows], 0),
      columns: this.#sizes[columns],
      use: layer === undefined ? 'table' : 'layer',
    };
  }

  norm(role: string, layer?: number): RmsNorm {
    const [size] = tensorOf(this.tensors, role).shape;
    return {
      weight: { kind: 'vector', name: nameOf([role], layer), size: this.#sizes[size] },
      epsilon: this.configuration.normEpsilon,
    };
  }

  /** Stacked matrices have a bias where one of them has. */
  bias(roles: readonly string[], layer?: number): Vector | undefined {
    if (!this.configuration.biases.some((projection) => roles.includes(projection))) return undefined;
    return { kind: 'vector', name: `${nameOf(roles, layer)}.bias`, size: this.matrix(roles, layer).rows };
  }
}

export function tensorOf(tensors: Tensors, role: string): StoredTensor {
  const tensor = tensors[role];
  if (!tensor) throw new Error(`no tensor has the role '${role}'`);
  return tensor;
}

function nameOf(roles: readonly string[], layer: number | undefined): string {
  return `${layer === undefined ? '' : `${layer}.`}${roles.join('-')}`;
}
