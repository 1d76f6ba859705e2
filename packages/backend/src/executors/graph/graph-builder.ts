import {
  type Attribute,
  DataType,
  type GraphDefinition,
  type NodeDefinition,
  type Signature,
  type SignatureTensor,
} from './graph-definition.js';

/** A tensor inside the graph under construction: the name of a node, with `:n` for its n-th output. */
export type GraphTensor = string;

type Attributes = Readonly<Record<string, Attribute>>;

/** Collects nodes and signatures. Names are made unique; constants of equal value are one node. */
export class GraphBuilder {
  readonly #nodes: NodeDefinition[] = [];
  readonly #names = new Map<string, number>();
  readonly #constants = new Map<string, GraphTensor>();
  readonly #signatures: Record<string, Signature> = {};

  /** Adds an operation and returns its first output. `after` are nodes that must have run before. */
  node(
    operation: string,
    inputs: readonly GraphTensor[],
    attributes: Attributes,
    options: { readonly name?: string; readonly after?: readonly GraphTensor[] } = {},
  ): GraphTensor {
    const name = this.#uniqueName(options.name ?? operation);
    const control = (options.after ?? []).map((tensor) => `^${tensor.split(':')[0]}`);
    this.#nodes.push({ name, operation, inputs: [...inputs, ...control], attributes });
    return name;
  }

  /** What a signature takes. */
  placeholder(name: string, type: DataType, shape: readonly number[]): SignatureTensor {
    const attributes: Attributes = { dtype: typeOf(type), shape: { kind: 'shape', value: shape } };
    return { node: this.node('Placeholder', [], attributes, { name }), type, shape };
  }

  /** A resource variable's handle. `name` is also its shared name. */
  variable(name: string, type: DataType, shape: readonly number[]): GraphTensor {
    return this.node(
      'VarHandleOp',
      [],
      { dtype: typeOf(type), shape: { kind: 'shape', value: shape }, shared_name: { kind: 'string', value: name } },
      { name },
    );
  }

  /** A scalar, or values of a shape. @default a list of them */
  int32(values: readonly number[] | number, shape?: readonly number[]): GraphTensor {
    const list = typeof values === 'number' ? [values] : values;
    const own = shape ?? (typeof values === 'number' ? [] : [list.length]);
    return this.#constant(DataType.int32, own, new Uint8Array(Int32Array.from(list).buffer));
  }

  float32(value: number): GraphTensor {
    return this.#constant(DataType.float32, [], new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A complex constant with these real parts. */
  complex64(values: readonly number[], shape: readonly number[]): GraphTensor {
    const pairs = Float32Array.from(values.flatMap((value) => [value, 0]));
    return this.#constant(DataType.complex64, shape, new Uint8Array(pairs.buffer));
  }

  signature(name: string, signature: Signature): void {
    this.#signatures[name] = signature;
  }

  build(): GraphDefinition {
    return { nodes: this.#nodes, signatures: this.#signatures };
  }

  #constant(type: DataType, shape: readonly number[], content: Uint8Array): GraphTensor {
    const key = `${type}/${shape.join('x')}/${Buffer.from(content).toString('base64')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.node('Const', [], { dtype: typeOf(type), value: { kind: 'tensor', type, shape, content } });
    this.#constants.set(key, name);
    return name;
  }

  #uniqueName(base: string): string {
    const count = this.#names.get(base) ?? 0;
    this.#names.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }
}

/** The attribute for a data type. */
export function typeOf(type: DataType): Attribute {
  return { kind: 'type', value: type };
}
