import type { NativeTensorFlow } from '@foretoken/tensorflow';
import { GraphBuilder } from '../../../backend/src/executors/graph/graph-builder.js';
import { DataType, type SignatureTensor } from '../../../backend/src/executors/graph/graph-definition.js';
import type { NativeObject } from '../native-object.js';
import type { NativeOperators } from '../native-operators.js';
import { openGraph } from './open-graph.js';

/** Positions of the cache, which a program must have; it limits the rows of a pass. */
const CAPACITY = 16;

/** A program whose logits are whatever a test wants. */
export interface TableProgram {
  readonly program: NativeObject;
  /** Scores the rows in one pass. */
  score(): void;
  close(): void;
}

/** The shortest program there is: the logits of token i are row i of a table. Up to 16 rows of one length. */
export async function openTableProgram(
  { tf, operators }: { readonly tf: NativeTensorFlow; readonly operators: NativeOperators },
  rows: readonly Float32Array[],
): Promise<TableProgram> {
  const program = createProgram(operators, rows);
  const graph = new GraphBuilder();
  const placeholder = (name: string): SignatureTensor => {
    return { node: graph.placeholder(name, DataType.int32, [-1]), type: DataType.int32, shape: [-1] };
  };
  const names = ['tokens', 'parents', 'sequences', 'scored'];
  const inputs = Object.fromEntries(names.map((name) => [name, placeholder(name)]));
  const nodes = Object.values(inputs).map(({ node }) => node);
  const best = graph.node('ForetokenProgram', nodes, { program: { kind: 'int', value: program.id } });
  graph.signature('run', { inputs, outputs: { best: { node: best, type: DataType.int32, shape: [-1] } } });
  const model = await openGraph(tf, graph);
  return {
    program,
    score() {
      const tokens = tf.tensor1d([...rows.keys()], 'int32');
      const parents = tf.tensor1d(
        [...rows.keys()].map((row) => row - 1),
        'int32',
      );
      const sequences = tf.tensor1d([0, 0, rows.length], 'int32');
      const { best: result } = model.predict({ tokens, parents, sequences, scored: tokens }) as { best: typeof tokens };
      for (const tensor of [tokens, parents, sequences, result]) tensor.dispose();
    },
    close() {
      model.dispose();
      program.close();
    },
  };
}

function createProgram(operators: NativeOperators, rows: readonly Float32Array[]): NativeObject {
  const bytes = Buffer.concat(rows.map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength)));
  const mapping = operators.copyBytes(bytes);
  const table = operators.createMatrix({
    columns: rows[0]?.length ?? 0,
    parts: [{ mapping, offset: 0, format: 'F32', rows: rows.length }],
  });
  const headSize = 16;
  const cache = operators.createCache({
    layers: 1,
    heads: 1,
    kvHeads: 1,
    headSize,
    slots: 1,
    slotCapacity: CAPACITY,
    rotation: new Float32Array(CAPACITY * headSize),
    elements: 'float32',
  });
  const program = operators.createProgram({
    cache,
    instructions: [
      { kind: 'embedding', table },
      { kind: 'scoredRows', input: 0 },
    ],
  });
  // The program keeps what it is made of.
  for (const object of [mapping, table, cache]) object.close();
  return program;
}
