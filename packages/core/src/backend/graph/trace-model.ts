import type { AttentionGeometry, Operators } from '../operators.js';
import { GraphBuilder, type GraphTensor, typeOf } from './graph-builder.js';
import { type Attribute, DataType, type GraphDefinition, type SignatureTensor } from './graph-definition.js';
import { GraphOperators, type SharedTensors } from './graph-operators.js';
import { GraphWeights, type WeightAssignment } from './graph-weights.js';

const float32 = typeOf(DataType.float32);
const int32 = typeOf(DataType.int32);
const complex64 = typeOf(DataType.complex64);

/** A model family: from the operators of a pass to its logits, [R, vocabularySize]. */
export type TraceableModel = <T>(operators: Operators<T>) => T;

export interface TracedModel {
  readonly graph: GraphDefinition;
  readonly assignments: readonly WeightAssignment[];
}

/**
 * Traces a model into a TensorFlow graph with these signatures:
 * `step` (scores rows: stores the logits in a variable and returns the best token of each), `prefill` (fills the cache only),
 * `row` (one row of the stored logits), `copy` (moves cache entries), `initialise` (allocates caches), and one for
 * each group of weights.
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
): TracedModel {
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph);
  const { kvHeads, headSize, layers } = geometry;
  const cacheRows = 2 * kvHeads * cachePositions;
  const caches = Array.from({ length: layers }, (_, layer) =>
    graph.variable(`cache/${layer}`, DataType.float32, [cacheRows, headSize]),
  );
  const { shared, inputs, scoredRows, rotation } = sharedTensors(graph, geometry, cachePositions);
  const operators = new GraphOperators(graph, weights, geometry, shared, caches);
  const logits = model(operators);

  const storedLogits = graph.variable('logits', DataType.float32, [-1, vocabularySize]);
  const store = graph.node('AssignVariableOp', [storedLogits, logits], { dtype: float32 });
  const best = graph.node('ArgMax', [logits, graph.int32(1)], { T: float32, Tidx: int32, output_type: int32 });
  const result = graph.node('Identity', [best], { T: int32 }, { name: 'best', after: [store] });
  graph.signature('step', {
    inputs: { ...inputs, scoredRows },
    outputs: { best: { node: result, type: DataType.int32, shape: [-1] } },
  });
  graph.signature('prefill', { inputs, outputs: { done: done(graph, 'prefilled', operators.cacheWrites) } });
  defineRow(graph, storedLogits);
  defineCopy(graph, geometry, caches, cachePositions);
  defineInitialise(graph, geometry, caches, cacheRows, rotation);
  const assignments = weights.defineAssignments();
  return { graph: graph.build(), assignments };
}

function sharedTensors(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  cachePositions: number,
): {
  shared: SharedTensors;
  inputs: Record<string, SignatureTensor>;
  scoredRows: SignatureTensor;
  rotation: GraphTensor;
} {
  const { heads, kvHeads } = geometry;
  const packed = heads + 2 * kvHeads;
  const group = heads / kvHeads;
  const inputs: Record<string, SignatureTensor> = {};
  const input = (name: string, type: DataType, shape: readonly number[]): GraphTensor => {
    const node = graph.placeholder(name, type, shape);
    inputs[name] = { node, type, shape };
    return node;
  };
  const tokens = input('tokens', DataType.int32, [-1]);
  const positions = input('positions', DataType.int32, [-1]);
  const written = input('cachePositions', DataType.int32, [-1]);
  const context = input('contextPositions', DataType.int32, [-1, -1]);
  const queries = input('queryRows', DataType.int32, [-1, -1]);
  const attention = input('attentionRows', DataType.int32, [-1]);
  const queryLength = input('queryLength', DataType.int32, []);
  const mask = input('mask', DataType.float32, [-1, 1, -1, -1]);
  const scored = graph.placeholder('scoredRows', DataType.int32, [-1]);

  const arithmetic = (operation: string, a: GraphTensor, b: GraphTensor): GraphTensor =>
    graph.node(operation, [a, b], { T: int32 });
  const reshape = (tensor: GraphTensor, shape: readonly number[], type: Attribute = int32): GraphTensor =>
    graph.node('Reshape', [tensor, graph.int32(shape)], { T: type, Tshape: int32 });
  const expand = (tensor: GraphTensor, axis: number, type: Attribute = int32): GraphTensor =>
    graph.node('ExpandDims', [tensor, graph.int32(axis)], { T: type, Tdim: int32 });
  const range = (count: number, stride: number, offset = 0): number[] =>
    Array.from({ length: count }, (_, index) => offset + index * stride);

  const cacheHeads = range(2 * kvHeads, cachePositions);
  const writeRows = reshape(arithmetic('AddV2', expand(written, 1), graph.int32(cacheHeads)), [-1, 1]);
  const readRows = arithmetic(
    'AddV2',
    expand(expand(context, 1), 0),
    graph.int32Tensor(cacheHeads, [2, 1, kvHeads, 1]),
  );
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
    graph.int32Tensor(range(heads, 1), [1, kvHeads, group, 1]),
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
  const tiledMask = graph.node('Tile', [mask, graph.int32([1, 1, group, 1])], { T: float32, Tmultiples: int32 });
  const { rotation, handle } = headRotation(graph, geometry, positions, expand, reshape);
  return {
    shared: {
      tokens,
      rotation,
      writeRows,
      keyValueRows,
      readRows,
      queryRows,
      attentionRows,
      mask: tiledMask,
      scoredRows: scored,
    },
    inputs,
    scoredRows: { node: scored, type: DataType.int32, shape: [-1] },
    rotation: handle,
  };
}

/** The rotation of every packed head: scaled by 1 / sqrt(headSize) for queries, plain for keys, 1 for values. */
function headRotation(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  positions: GraphTensor,
  expand: (tensor: GraphTensor, axis: number, type: Attribute) => GraphTensor,
  reshape: (tensor: GraphTensor, shape: readonly number[], type: Attribute) => GraphTensor,
): { rotation: GraphTensor; handle: GraphTensor } {
  const { heads, kvHeads, headSize } = geometry;
  const length = geometry.rotation.length / headSize;
  const handle = graph.variable('rotation', DataType.float32, [length, headSize]);
  const table = graph.node('ReadVariableOp', [handle], { dtype: float32 });
  const rows = graph.node('GatherV2', [table, positions, graph.int32(0)], {
    Tparams: float32,
    Tindices: int32,
    Taxis: int32,
  });
  const angles = expand(
    graph.node('Bitcast', [reshape(rows, [-1, headSize / 2, 2], float32)], { T: float32, type: complex64 }),
    1,
    complex64,
  );
  const scale = 1 / Math.sqrt(headSize);
  const factor = [...Array(heads).fill(scale), ...Array(kvHeads).fill(1), ...Array(kvHeads).fill(0)];
  const offset = [...Array(heads + kvHeads).fill(0), ...Array(kvHeads).fill(1)];
  const complexConstant = (values: readonly number[]): GraphTensor =>
    graph.complex64(values, [1, heads + 2 * kvHeads, 1]);
  const scaled = graph.node('Mul', [angles, complexConstant(factor)], { T: complex64 });
  return { rotation: graph.node('AddV2', [scaled, complexConstant(offset)], { T: complex64 }), handle };
}

function defineRow(graph: GraphBuilder, storedLogits: GraphTensor): void {
  const index = graph.placeholder('rowIndex', DataType.int32, []);
  const all = graph.node('ReadVariableOp', [storedLogits], { dtype: float32 });
  const row = graph.node(
    'GatherV2',
    [all, index, graph.int32(0)],
    { Tparams: float32, Tindices: int32, Taxis: int32 },
    { name: 'row' },
  );
  graph.signature('row', {
    inputs: { index: { node: index, type: DataType.int32, shape: [] } },
    outputs: { row: { node: row, type: DataType.float32, shape: [-1] } },
  });
}

function defineCopy(
  graph: GraphBuilder,
  { kvHeads }: AttentionGeometry,
  caches: readonly GraphTensor[],
  cachePositions: number,
): void {
  const heads = graph.int32(Array.from({ length: 2 * kvHeads }, (_, head) => head * cachePositions));
  const rowsOf = (positions: GraphTensor): GraphTensor => {
    const expanded = graph.node('ExpandDims', [positions, graph.int32(1)], { T: int32, Tdim: int32 });
    return graph.node('AddV2', [expanded, heads], { T: int32 });
  };
  const from = graph.placeholder('copyFrom', DataType.int32, [-1]);
  const to = graph.placeholder('copyTo', DataType.int32, [-1]);
  const fromRows = rowsOf(from);
  const toRows = graph.node('ExpandDims', [rowsOf(to), graph.int32(2)], { T: int32, Tdim: int32 });
  const writes = caches.map((cache) => {
    const entries = graph.node('ResourceGather', [cache, fromRows], {
      dtype: float32,
      Tindices: int32,
      validate_indices: { kind: 'bool', value: false },
    });
    return graph.node('ResourceScatterNdUpdate', [cache, toRows, entries], { T: float32, Tindices: int32 });
  });
  const position = { type: DataType.int32, shape: [-1] };
  graph.signature('copy', {
    inputs: { from: { node: from, ...position }, to: { node: to, ...position } },
    outputs: { done: done(graph, 'copied', writes) },
  });
}

function defineInitialise(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  caches: readonly GraphTensor[],
  cacheRows: number,
  rotation: GraphTensor,
): void {
  const { headSize } = geometry;
  const shape = [geometry.rotation.length / headSize, headSize];
  const table = graph.placeholder('rotationTable', DataType.float32, shape);
  const assignments = caches.map((cache) => {
    // Uninitialised on purpose: pages are taken as tokens arrive, and no position is read before it is written.
    const empty = graph.node('Empty', [graph.int32([cacheRows, headSize])], {
      dtype: float32,
      init: { kind: 'bool', value: false },
    });
    return graph.node('AssignVariableOp', [cache, empty], { dtype: float32 });
  });
  assignments.push(graph.node('AssignVariableOp', [rotation, table], { dtype: float32 }));
  graph.signature('initialise', {
    inputs: { rotation: { node: table, type: DataType.float32, shape } },
    outputs: { done: done(graph, 'initialised', assignments) },
  });
}

function done(graph: GraphBuilder, name: string, after: readonly GraphTensor[]): SignatureTensor {
  const node = graph.node('Identity', [graph.int32(1)], { T: int32 }, { name, after });
  return { node, type: DataType.int32, shape: [] };
}

function zeroMasks(): Record<string, Attribute> {
  const zero: Attribute = { kind: 'int', value: 0 };
  return { begin_mask: zero, end_mask: zero, ellipsis_mask: zero, new_axis_mask: zero };
}
