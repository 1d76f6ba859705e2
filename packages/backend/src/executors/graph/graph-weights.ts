import type { Matrix, RmsNorm, Vector } from '../weight.js';
import { done } from './define-signatures.js';
import { type GraphBuilder, type GraphTensor, typeOf } from './graph-builder.js';
import { DataType, type SignatureTensor } from './graph-definition.js';

const float32 = typeOf(DataType.float32);

/** Bytes of float32 weights that one assignment carries: bounds the memory that loading needs beside the weights. */
const ASSIGNMENT_BYTES = 24 * 2 ** 20;

export interface WeightVariable {
  readonly name: string;
  readonly handle: GraphTensor;
  readonly value: GraphTensor;
  readonly weight: Matrix | Vector;
  readonly norm: RmsNorm | undefined;
  /** Shape in the graph: a layer matrix is held as [columns, rows], the layout that MatMul does not repack. */
  readonly shape: readonly number[];
}

/** An entry of the graph that stores some weights. */
export interface WeightAssignment {
  readonly signature: string;
  readonly variables: readonly WeightVariable[];
}

/** The weights of a graph under construction: one resource variable each, read once a pass. */
export class GraphWeights {
  readonly #variables = new Map<string, WeightVariable>();

  constructor(private readonly graph: GraphBuilder) {}

  /** The value of a weight. With `norm`, of the matrix whose columns are scaled by the norm's weight. */
  read(weight: Matrix | Vector, norm?: RmsNorm): GraphTensor {
    const name = `weight/${weight.name}`;
    const known = this.#variables.get(name);
    if (known) return known.value;
    const shape = storedShape(weight);
    const handle = this.graph.variable(name, DataType.float32, shape);
    const value = this.graph.node('ReadVariableOp', [handle], { dtype: float32 }, { name: `read/${weight.name}` });
    this.#variables.set(name, { name, handle, value, weight, norm, shape });
    return value;
  }

  /** Adds the signatures that store the weights, a bounded number of bytes each. */
  defineAssignments(): readonly WeightAssignment[] {
    const groups: WeightVariable[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const variable of this.#variables.values()) {
      const size = variable.shape.reduce((product, value) => product * value, Float32Array.BYTES_PER_ELEMENT);
      if (bytes + size > ASSIGNMENT_BYTES) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)?.push(variable);
      bytes += size;
    }
    return groups.map((variables, index) => this.#defineAssignment(`assign${index}`, variables));
  }

  #defineAssignment(signature: string, variables: readonly WeightVariable[]): WeightAssignment {
    const inputs: Record<string, SignatureTensor> = {};
    const assignments = variables.map((variable) => {
      const input = this.graph.placeholder(`value/${variable.weight.name}`, DataType.float32, variable.shape);
      inputs[variable.name] = input;
      return this.graph.node('AssignVariableOp', [variable.handle, input.node], { dtype: float32 });
    });
    this.graph.signature(signature, { inputs, outputs: { done: done(this.graph, 'assigned', assignments) } });
    return { signature, variables };
  }
}

function storedShape(weight: Matrix | Vector): readonly number[] {
  if (weight.kind === 'vector') return [weight.size];
  return weight.use === 'table' ? [weight.rows, weight.columns] : [weight.columns, weight.rows];
}
