import type { NativeTensorFlow } from '@foretoken/tensorflow';
import { GraphBuilder } from '../../../backend/src/executors/graph/graph-builder.js';
import { DataType, type SignatureTensor } from '../../../backend/src/executors/graph/graph-definition.js';
import type { NativeObject } from '../native-object.js';
import { openGraph } from './open-graph.js';

/** One sequence's part of a pass. */
export interface ProgramSequence {
  readonly slot: number;
  readonly start: number;
  readonly parents: Int32Array;
}

/** Programs as the nodes of one graph. */
export interface ProgramGraph {
  /** Runs each program on one pass, which scores every row. [programs][rows]: the best tokens. */
  run(tokens: Int32Array, sequences: readonly ProgramSequence[]): Int32Array[];
  close(): void;
}

export async function openProgramGraph(tf: NativeTensorFlow, programs: readonly NativeObject[]): Promise<ProgramGraph> {
  const graph = new GraphBuilder();
  const vector = { type: DataType.int32, shape: [-1] };
  const inputs = Object.fromEntries(
    ['tokens', 'parents', 'sequences', 'scored'].map((name) => [name, graph.placeholder(name, DataType.int32, [-1])]),
  );
  const nodes = Object.values(inputs).map(({ node }) => node);
  const outputs = programs.map((program, index): [string, SignatureTensor] => {
    const node = graph.node('ForetokenProgram', nodes, { program: { kind: 'int', value: program.id } });
    return [`best${index}`, { node, ...vector }];
  });
  graph.signature('run', { inputs, outputs: Object.fromEntries(outputs) });
  const model = await openGraph(tf, graph);
  return {
    run(tokens, sequences) {
      const feeds = {
        tokens: tf.tensor1d(tokens, 'int32'),
        parents: tf.tensor1d(
          sequences.flatMap(({ parents }) => [...parents]),
          'int32',
        ),
        sequences: tf.tensor1d(
          sequences.flatMap(({ slot, start, parents }) => [slot, start, parents.length]),
          'int32',
        ),
        scored: tf.tensor1d([...tokens.keys()], 'int32'),
      };
      try {
        const best = model.predict(feeds) as Record<string, typeof feeds.tokens>;
        return programs.map((_, index) => {
          const tensor = best[`best${index}`]!;
          const values = Int32Array.from(tensor.dataSync());
          tensor.dispose();
          return values;
        });
      } finally {
        for (const feed of Object.values(feeds)) feed.dispose();
      }
    },
    close: () => void model.dispose(),
  };
}
