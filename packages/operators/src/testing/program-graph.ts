import type { NativeTensorFlow } from '@foretoken/tensorflow';
import { GraphBuilder } from '../../../backend/src/executors/graph/graph-builder.js';
import { DataType, type SignatureTensor } from '../../../backend/src/executors/graph/graph-definition.js';
import { withSavedModel } from '../../../backend/src/executors/graph/with-saved-model.js';
import type { NativeObject } from '../native-object.js';

/** One sequence's part of a pass. */
export interface ProgramSequence {
  readonly slot: number;
  readonly start: number;
  readonly parents: Int32Array;
}

/** Programs as the nodes of one graph. */
export interface ProgramGraph {
  /** Runs each program on one pass, which scores every row. */
  run(tokens: Int32Array, sequences: readonly ProgramSequence[]): void;
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
  const model = await withSavedModel(tf, graph.build(), (load) => load('run'));
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
        tf.dispose(model.predict(feeds));
      } finally {
        tf.dispose(feeds);
      }
    },
    close: () => void model.dispose(),
  };
}
