import type { Activation, AttentionGeometry, AttentionOptions, LinearOptions, Operators } from '../operators.js';
import type { Matrix, RmsNorm } from '../weight.js';
import { type GraphBuilder, type GraphTensor, typeOf } from './graph-builder.js';
import { type Attribute, DataType } from './graph-definition.js';
import type { GraphWeights } from './graph-weights.js';

const float32 = typeOf(DataType.float32);
const int32 = typeOf(DataType.int32);
const complex64 = typeOf(DataType.complex64);
const bool = (value: boolean): Attribute => ({ kind: 'bool', value });

/** The tensors of a pass that are the same for every layer. */
export interface SharedTensors {
  readonly tokens: GraphTensor;
  /** Complex rotations of every head of [query, key, value]; 1 for the value heads. Each [N, heads + 2 kvHeads, headSize / 2]. */
  readonly rotations: readonly GraphTensor[];
  /** Rows of the cache variable to write. [N * 2 * kvHeads, 1]. */
  readonly writeRows: GraphTensor;
  /** Rows of [N * (heads + 2 kvHeads), headSize] that hold keys and values. [N * 2 * kvHeads]. */
  readonly keyValueRows: GraphTensor;
  /** Rows of the cache variable to read. [2, B, kvHeads, C]. */
  readonly readRows: GraphTensor;
  /** Rows of [N * (heads + 2 kvHeads), headSize] that hold the queries. [B, kvHeads, group * T]. */
  readonly queryRows: GraphTensor;
  /** Rows of the padded attention output for each token and head. [N, heads]. */
  readonly attentionRows: GraphTensor;
  /** What tokens see, all of their text or a window of it. [B, 1, group * T, C]. */
  mask(window: number | undefined): GraphTensor;
  readonly scoredRows: GraphTensor;
}

/** Rows of the output projection that are multiplied as one block. A tall matrix in one product is repacked for every call of more than one row. */
const OUTPUT_BLOCK_ROWS = 512;

/** Below this a block is not worth its own product; one product of the whole table is. */
const SMALLEST_BLOCK_ROWS = 16;

/** `Operators` that append nodes to a TensorFlow graph. */
export class GraphOperators implements Operators<GraphTensor> {
  /** Writes to the KV caches so far; a pass that scores nothing must still run them. */
  readonly cacheWrites: GraphTensor[] = [];

  constructor(
    private readonly graph: GraphBuilder,
    private readonly weights: GraphWeights,
    private readonly geometry: AttentionGeometry,
    private readonly shared: SharedTensors,
    private readonly caches: readonly GraphTensor[],
  ) {}

  embedding(table: Matrix): GraphTensor {
    return this.gather(this.weights.read(table), this.shared.tokens);
  }

  linear(input: GraphTensor, weight: Matrix, options: LinearOptions = {}): GraphTensor {
    const product =
      weight.use === 'table'
        ? this.blockedProduct(this.norm(input, options.norm), weight)
        : this.binary(
            'MatMul',
            // The norm's weight is folded into the matrix when that is loaded: one node less a layer.
            options.norm ? this.rootMeanSquareScaled(input, options.norm.epsilon) : input,
            this.weights.read(weight, options.norm),
            { transpose_a: bool(false), transpose_b: bool(false) },
          );
    return options.bias ? this.binary('BiasAdd', product, this.weights.read(options.bias)) : product;
  }

  add(a: GraphTensor, b: GraphTensor): GraphTensor {
    return this.binary('AddV2', a, b);
  }

  scale(input: GraphTensor, factor: number): GraphTensor {
    return this.binary('Mul', input, this.graph.float32(factor));
  }

  norm(input: GraphTensor, norm: RmsNorm | undefined): GraphTensor {
    if (!norm) return input;
    return this.binary('Mul', this.rootMeanSquareScaled(input, norm.epsilon), this.weights.read(norm.weight));
  }

  gate(input: GraphTensor, activation: Activation): GraphTensor {
    const gate = this.graph.node('Split', [this.graph.int32(1), input], {
      T: float32,
      num_split: { kind: 'int', value: 2 },
    });
    const activated = activation === 'silu' ? this.binary('Mul', gate, this.unary('Sigmoid', gate)) : this.gelu(gate);
    return this.binary('Mul', activated, `${gate}:1`);
  }

  attention(queryKeyValue: GraphTensor, options: AttentionOptions): GraphTensor {
    const { heads, kvHeads, headSize } = this.geometry;
    const cache = this.caches[options.layer] ?? '';
    const rotation = this.shared.rotations[options.rotation ?? 0] ?? '';
    const normed = this.headNorms(queryKeyValue, options);
    // Neighbouring dimensions are a complex number: rotation is one multiplication.
    const pairs = this.reshape(normed, [-1, heads + 2 * kvHeads, headSize / 2, 2]);
    const rotated = this.graph.node('Mul', [this.bitcast(pairs, 'complex'), rotation], { T: complex64 });
    const rows = this.reshape(this.bitcast(rotated, 'real'), [-1, headSize]);

    const write = this.graph.node(
      'ResourceScatterNdUpdate',
      [cache, this.shared.writeRows, this.gather(rows, this.shared.keyValueRows)],
      { T: float32, Tindices: int32 },
    );
    this.cacheWrites.push(write);
    const context = this.graph.node(
      'ResourceGather',
      [cache, this.shared.readRows],
      { dtype: float32, Tindices: int32, validate_indices: bool(false) },
      { after: [write] },
    );
    const keys = this.graph.node('Unpack', [context], {
      T: float32,
      num: { kind: 'int', value: 2 },
      axis: { kind: 'int', value: 0 },
    });
    const scores = this.binary('BatchMatMulV2', this.gather(rows, this.shared.queryRows), keys, {
      adj_x: bool(false),
      adj_y: bool(true),
    });
    const weights = this.unary('Softmax', this.binary('AddV2', scores, this.shared.mask(options.window)));
    const sums = this.binary('BatchMatMulV2', weights, `${keys}:1`, { adj_x: bool(false), adj_y: bool(false) });
    const perHead = this.gather(this.reshape(sums, [-1, headSize]), this.shared.attentionRows);
    return this.reshape(perHead, [-1, heads * headSize]);
  }

  scoredRows(input: GraphTensor): GraphTensor {
    return this.gather(input, this.shared.scoredRows);
  }

  private gelu(input: GraphTensor): GraphTensor {
    const cube = this.binary('Mul', this.unary('Square', input), input);
    const inner = this.scale(this.binary('AddV2', input, this.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
    const raised = this.binary('AddV2', this.unary('Tanh', inner), this.graph.float32(1));
    return this.binary('Mul', this.scale(input, 0.5), raised);
  }

  private headNorms(queryKeyValue: GraphTensor, { queryNorm, keyNorm }: AttentionOptions): GraphTensor {
    if (!queryNorm || !keyNorm) return queryKeyValue;
    const { heads, kvHeads, headSize } = this.geometry;
    const parts = this.graph.node(
      'SplitV',
      [
        this.reshape(queryKeyValue, [-1, heads + 2 * kvHeads, headSize]),
        this.graph.int32([heads, kvHeads, kvHeads]),
        this.graph.int32(1),
      ],
      { T: float32, Tlen: int32, num_split: { kind: 'int', value: 3 } },
    );
    return this.graph.node(
      'ConcatV2',
      [this.norm(parts, queryNorm), this.norm(`${parts}:1`, keyNorm), `${parts}:2`, this.graph.int32(1)],
      { T: float32, Tidx: int32, N: { kind: 'int', value: 3 } },
    );
  }

  private rootMeanSquareScaled(input: GraphTensor, epsilon: number): GraphTensor {
    const mean = this.graph.node('Mean', [this.unary('Square', input), this.graph.int32([-1])], {
      T: float32,
      Tidx: int32,
      keep_dims: bool(true),
    });
    const scale = this.unary('Rsqrt', this.binary('AddV2', mean, this.graph.float32(epsilon)));
    return this.binary('Mul', input, scale);
  }

  private blockedProduct(input: GraphTensor, table: Matrix): GraphTensor {
    const block = largestDivisor(table.rows, OUTPUT_BLOCK_ROWS);
    if (block < SMALLEST_BLOCK_ROWS) {
      return this.binary('MatMul', input, this.weights.read(table), {
        transpose_a: bool(false),
        transpose_b: bool(true),
      });
    }
    const blocks = this.reshape(this.weights.read(table), [-1, block, table.columns]);
    const expanded = this.graph.node('ExpandDims', [input, this.graph.int32(0)], { T: float32, Tdim: int32 });
    const product = this.binary('BatchMatMulV2', expanded, blocks, { adj_x: bool(false), adj_y: bool(true) });
    const transposed = this.graph.node('Transpose', [product, this.graph.int32([1, 0, 2])], {
      T: float32,
      Tperm: int32,
    });
    return this.reshape(transposed, [-1, table.rows]);
  }

  private unary(operation: string, input: GraphTensor): GraphTensor {
    return this.graph.node(operation, [input], { T: float32 });
  }

  private binary(
    operation: string,
    a: GraphTensor,
    b: GraphTensor,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): GraphTensor {
    return this.graph.node(operation, [a, b], { T: float32, ...attributes });
  }

  private bitcast(input: GraphTensor, to: 'complex' | 'real'): GraphTensor {
    const [from, type] = to === 'complex' ? [float32, complex64] : [complex64, float32];
    return this.graph.node('Bitcast', [input], { T: from, type });
  }

  private reshape(input: GraphTensor, shape: readonly number[]): GraphTensor {
    return this.graph.node('Reshape', [input, this.graph.int32(shape)], { T: float32, Tshape: int32 });
  }

  private gather(input: GraphTensor, rows: GraphTensor): GraphTensor {
    return this.graph.node('GatherV2', [input, rows, this.graph.int32(0)], {
      Tparams: float32,
      Tindices: int32,
      Taxis: int32,
    });
  }
}

function largestDivisor(value: number, limit: number): number {
  for (let divisor = Math.min(limit, value); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}
