import type { TraceableModel } from '../executor-options.js';
import type { AttentionGeometry } from '../operators.js';
import { defineCopy, defineInitialise, defineRow, defineTopK, done } from './define-signatures.js';
import { GraphBuilder, type GraphTensor, typeOf } from './graph-builder.js';
import { type Attribute, DataType, type GraphDefinition, type SignatureTensor } from './graph-definition.js';
import { GraphOperators, type SharedTensors } from './graph-operators.js';
import { GraphWeights, type WeightAssignment } from './graph-weights.js';

const float32 = typeOf(DataType.float32);
const int32 = typeOf(DataType.int32);
const complex64 = typeOf(DataType.complex64);

export interface TracedModel {
  readonly graph: GraphDefinition;
  readonly assignments: readonly WeightAssignment[];
  /** Widths of the windows of attention; each has a mask of its own. */
  readonly windows: readonly number[];
}

/**
 * Traces a model into a TensorFlow graph with these signatures:
 * `step` (scores rows: stores the logits in a variable and returns the best token of each), `exit/N` (the same after N
 * layers), `prefill` (fills the cache only), `row` (one row of the stored logits), `topK` (the best of each), `copy`
 * (moves cache entries), `initialise` (allocates caches), and one for each group of weights.
 *
 * The caches are written by `ResourceScatterNdUpdate` and read by `ResourceGather` only, weights by `ReadVariableOp`
 * only: TensorFlow copies a variable that sees both kinds on every read.
 *
 * @param cachePositions - positions of all slots together
 */
export function traceModel(
  model: TraceableModel,
  geometry: AttentionGeometry,
  cachePositions: number,
  vocabularySize: number,
  exitLayers: readonly number[],
): TracedModel {
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph);
  const { kvHeads, headSize, layers } = geometry;
  const cacheRows = 2 * kvHeads * cachePositions;
  const caches = Array.from({ length: layers }, (_, layer) =>
    graph.variable(`cache/${layer}`, DataType.float32, [cacheRows, headSize]),
  );
  const { shared, inputs, scoredRows, rotations, windows } = sharedTensors(graph, geometry, cachePositions);
  const operators = new GraphOperators(graph, weights, geometry, shared, caches);
  const storedLogits = graph.variable('logits', DataType.float32, [-1, vocabularySize]);
  const defineStep = (name: string, logits: GraphTensor): void => {
    const store = graph.node('AssignVariableOp', [storedLogits, logits], { dtype: float32 });
    const best = graph.node('ArgMax', [logits, graph.int32(1)], { T: float32, Tidx: int32, output_type: int32 });
    const result = graph.node('Identity', [best], { T: int32 }, { name: 'best', after: [store] });
    graph.signature(name, {
      inputs: { ...inputs, scoredRows },
      outputs: { best: { node: result, type: DataType.int32, shape: [-1] } },
    });
  };
  defineStep('step', model(operators));
  for (const layers of exitLayers) {
    // Nodes of its own: a pass runs those of one signature only, so the layers it shares cost nothing but their names.
    defineStep(`exit/${layers}`, model(new GraphOperators(graph, weights, geometry, shared, caches), layers));
  }
  graph.signature('prefill', { inputs, outputs: { done: done(graph, 'prefilled', operators.cacheWrites) } });
  defineRow(graph, storedLogits);
  defineTopK(graph, storedLogits);
  defineCopy(graph, geometry, caches, cachePositions);
  defineInitialise(graph, geometry, caches, cacheRows, rotations);
  const assignments = weights.defineAssignments();
  return { graph: graph.build(), assignments, windows };
}

function sharedTensors(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  cachePositions: number,
): {
  shared: SharedTensors;
  inputs: Record<string, SignatureTensor>;
  scoredRows: SignatureTensor;
  rotations: readonly GraphTensor[];
  windows: readonly number[];
} {
  const { heads, kvHeads } = geometry;
  const packed = heads + 2 * kvHeads;
  const group = heads / kvHeads;
  const inputs: Record<string, SignatureTensor> = {};
  const input = (name: string, type: DataType, shape: readonly number[]): GraphTensor => {
    const placeholder = graph.placeholder(name, type, shape);
    inputs[name] = placeholder;
    return placeholder.node;
  };
  const tokens = input('tokens', DataType.int32, [-1]);
  const positions = input('positions', DataType.int32, [-1]);
  const written = input('cachePositions', DataType.int32, [-1]);
  const context = input('contextPositions', DataType.int32, [-1, -1]);
  const queries = input('queryRows', DataType.int32, [-1, -1]);
  const attention = input('attentionRows', DataType.int32, [-1]);
  const queryLength = input('queryLength', DataType.int32, []);
  const scoredRows = graph.placeholder('scoredRows', DataType.int32, [-1]);

  const arithmetic = (operation: string, a: GraphTensor, b: GraphTensor): GraphTensor =>
    graph.node(operation, [a, b], { T: int32 });
  const reshape = (tensor: GraphTensor, shape: readonly number[]): GraphTensor =>
    graph.node('Reshape', [tensor, graph.int32(shape)], { T: int32, Tshape: int32 });
  const expand = (tensor: GraphTensor, axis: number): GraphTensor =>
    graph.node('ExpandDims', [tensor, graph.int32(axis)], { T: int32, Tdim: int32 });
  const range = (count: number, stride: number, offset = 0): number[] =>
    Array.from({ length: count }, (_, index) => offset + index * stride);

  const cacheHeads = range(2 * kvHeads, cachePositions);
  const writeRows = reshape(arithmetic('AddV2', expand(written, 1), graph.int32(cacheHeads)), [-1, 1]);
  const readRows = arithmetic('AddV2', expand(expand(context, 1), 0), graph.int32(cacheHeads, [2, 1, kvHeads, 1]));
  const tokenCount = graph.node('Size', [tokens], { T: int32, out_type: int32 });
  const tokenRows = arithmetic(
    'Mul',
    graph.node('Range', [graph.int32(0), tokenCount, graph.int32(1)], { Tidx: int32 }),
    graph.int32(packed),
  );
  const keyValueRows = reshape(
    arithmetic('AddV2', expand(tokenRows, 1), graph.int32(range(2 * kvHeads, 1, heads))),
    [-1],
  );
  const queryHeads = arithmetic(
    'AddV2',
    expand(expand(arithmetic('Mul', queries, graph.int32(packed)), 1), 1),
    graph.int32(range(heads, 1), [1, kvHeads, group, 1]),
  );
  const batch = graph.node(
    'StridedSlice',
    [
      graph.node('Shape', [queries], { T: int32, out_type: int32 }),
      graph.int32([0]),
      graph.int32([1]),
      graph.int32([1]),
    ],
    {
      T: int32,
      Index: int32,
      ...zeroMasks(),
      shrink_axis_mask: { kind: 'int', value: 1 },
    },
  );
  const queryShape = graph.node(
    'Pack',
    [batch, graph.int32(kvHeads), arithmetic('Mul', queryLength, graph.int32(group))],
    {
      T: int32,
      N: { kind: 'int', value: 3 },
      axis: { kind: 'int', value: 0 },
    },
  );
  const queryRows = graph.node('Reshape', [queryHeads, queryShape], { T: int32, Tshape: int32 });
  const attentionRows = arithmetic(
    'AddV2',
    expand(attention, 1),
    arithmetic('Mul', graph.int32(range(heads, 1)), queryLength),
  );
  const windows: number[] = [];
  const masks = new Map<number | undefined, GraphTensor>();
  const mask = (window: number | undefined): GraphTensor => {
    const known = masks.get(window);
    if (known !== undefined) return known;
    const given = input(maskName(window), DataType.float32, [-1, 1, -1, -1]);
    const tiled = graph.node('Tile', [given, graph.int32([1, 1, group, 1])], { T: float32, Tmultiples: int32 });
    masks.set(window, tiled);
    if (window !== undefined) windows.push(window);
    return tiled;
  };
  mask(undefined);
  const rotated = geometry.rotations.map((_, index) => headRotation(graph, geometry, index, positions));
  return {
    shared: {
      tokens,
      rotations: rotated.map(({ rotation }) => rotation),
      writeRows,
      keyValueRows,
      readRows,
      queryRows,
      attentionRows,
      mask,
      scoredRows: scoredRows.node,
    },
    inputs,
    scoredRows,
    rotations: rotated.map(({ handle }) => handle),
    windows,
  };
}

/** The input that has the mask of a window; the whole text's without one. */
export function maskName(window: number | undefined): string {
  return window === undefined ? 'mask' : `mask${window}`;
}

/** The rotation of every packed head: scaled by 1 / sqrt(headSize) for queries, plain for keys, 1 for values. */
function headRotation(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  index: number,
  positions: GraphTensor,
): { rotation: GraphTensor; handle: GraphTensor } {
  const { heads, kvHeads, headSize } = geometry;
  const length = (geometry.rotations[index]?.length ?? 0) / headSize;
  const handle = graph.variable(`rotation${index}`, DataType.float32, [length, headSize]);
  const table = graph.node('ReadVariableOp', [handle], { dtype: float32 });
  const rows = graph.node('GatherV2', [table, positions, graph.int32(0)], {
    Tparams: float32,
    Tindices: int32,
    Taxis: int32,
  });
  const pairs = graph.node('Reshape', [rows, graph.int32([-1, headSize / 2, 2])], { T: float32, Tshape: int32 });
  const complex = graph.node('Bitcast', [pairs], { T: float32, type: complex64 });
  const angles = graph.node('ExpandDims', [complex, graph.int32(1)], { T: complex64, Tdim: int32 });
  const scale = 1 / Math.sqrt(headSize);
  const factor = [...Array(heads).fill(scale), ...Array(kvHeads).fill(1), ...Array(kvHeads).fill(0)];
  const offset = [...Array(heads + kvHeads).fill(0), ...Array(kvHeads).fill(1)];
  const complexConstant = (values: readonly number[]): GraphTensor =>
    graph.complex64(values, [1, heads + 2 * kvHeads, 1]);
  const scaled = graph.node('Mul', [angles, complexConstant(factor)], { T: complex64 });
  return { rotation: graph.node('AddV2', [scaled, complexConstant(offset)], { T: complex64 }), handle };
}

function zeroMasks(): Record<string, Attribute> {
  const zero: Attribute = { kind: 'int', value: 0 };
  return { begin_mask: zero, end_mask: zero, ellipsis_mask: zero, new_axis_mask: zero };
}
