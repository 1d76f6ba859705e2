import type { AttentionGeometry } from '../operators.js';
import { type GraphBuilder, type GraphTensor, typeOf } from './graph-builder.js';
import { DataType, type SignatureTensor } from './graph-definition.js';

const float32 = typeOf(DataType.float32);
const int32 = typeOf(DataType.int32);

/** One row of the stored logits. */
export function defineRow(graph: GraphBuilder, storedLogits: GraphTensor): void {
  const index = graph.placeholder('rowIndex', DataType.int32, []);
  const all = graph.node('ReadVariableOp', [storedLogits], { dtype: float32 });
  const row = graph.node(
    'GatherV2',
    [all, index.node, graph.int32(0)],
    { Tparams: float32, Tindices: int32, Taxis: int32 },
    { name: 'row' },
  );
  graph.signature('row', {
    inputs: { index },
    outputs: { row: { node: row, type: DataType.float32, shape: [-1] } },
  });
}

/** The highest of each row of the stored logits. */
export function defineTopK(graph: GraphBuilder, storedLogits: GraphTensor): void {
  const k = graph.placeholder('topKSize', DataType.int32, []);
  const all = graph.node('ReadVariableOp', [storedLogits], { dtype: float32 });
  const best = graph.node('TopKV2', [all, k.node], {
    T: float32,
    Tk: int32,
    index_type: int32,
    sorted: { kind: 'bool', value: true },
  });
  const shape = [-1, -1];
  graph.signature('topK', {
    inputs: { k },
    outputs: {
      logits: { node: best, type: DataType.float32, shape },
      tokens: { node: `${best}:1`, type: DataType.int32, shape },
    },
  });
}

/** Moves cache entries of every layer. */
export function defineCopy(
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
  const fromRows = rowsOf(from.node);
  const toRows = graph.node('ExpandDims', [rowsOf(to.node), graph.int32(2)], { T: int32, Tdim: int32 });
  const writes = caches.map((cache) => {
    const entries = graph.node('ResourceGather', [cache, fromRows], {
      dtype: float32,
      Tindices: int32,
      validate_indices: { kind: 'bool', value: false },
    });
    return graph.node('ResourceScatterNdUpdate', [cache, toRows, entries], { T: float32, Tindices: int32 });
  });
  graph.signature('copy', { inputs: { from, to }, outputs: { done: done(graph, 'copied', writes) } });
}

/** Allocates the caches and stores the rotation tables. */
export function defineInitialise(
  graph: GraphBuilder,
  geometry: AttentionGeometry,
  caches: readonly GraphTensor[],
  cacheRows: number,
  rotations: readonly GraphTensor[],
): void {
  const { headSize } = geometry;
  const inputs: Record<string, SignatureTensor> = {};
  const assignments = caches.map((cache) => {
    // Uninitialised on purpose: pages are taken as tokens arrive, and no position is read before it is written.
    const empty = graph.node('Empty', [graph.int32([cacheRows, headSize])], {
      dtype: float32,
      init: { kind: 'bool', value: false },
    });
    return graph.node('AssignVariableOp', [cache, empty], { dtype: float32 });
  });
  for (const [index, rotation] of rotations.entries()) {
    const shape = [(geometry.rotations[index]?.length ?? 0) / headSize, headSize];
    const table = graph.placeholder(`rotationTable${index}`, DataType.float32, shape);
    assignments.push(graph.node('AssignVariableOp', [rotation, table.node], { dtype: float32 }));
    inputs[`rotation${index}`] = table;
  }
  graph.signature('initialise', { inputs, outputs: { done: done(graph, 'initialised', assignments) } });
}

/** An output that stands for the end of side effects. */
export function done(graph: GraphBuilder, name: string, after: readonly GraphTensor[]): SignatureTensor {
  const node = graph.node('Identity', [graph.int32(1)], { T: int32 }, { name, after });
  return { node, type: DataType.int32, shape: [] };
}
