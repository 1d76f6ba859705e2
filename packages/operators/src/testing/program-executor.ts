import type { NativeTensorFlow } from '@foretoken/tensorflow';
import type { Executor } from '../../../core/src/backend/executor.js';
import { GraphBuilder } from '../../../core/src/backend/graph/graph-builder.js';
import { DataType } from '../../../core/src/backend/graph/graph-definition.js';
import type { Matrix, Vector } from '../../../core/src/backend/weight.js';
import type { ModelConfiguration } from '../../../core/src/models/configuration.js';
import { decoderModel } from '../../../core/src/models/decoder-model.js';
import { fileWeightSource } from '../../../core/src/models/file-weight-source.js';
import { configurationFromGguf } from '../../../core/src/models/gguf-configuration.js';
import { listWeights, modelWeights } from '../../../core/src/models/model-weights.js';
import { rotationTable } from '../../../core/src/models/rotation-table.js';
import { weightParts } from '../../../core/src/models/weight-parts.js';
import { openWeights, type WeightsFile } from '../../../core/src/weights/index.js';
import { isWeightFormat } from '../formats.js';
import type { NativeObject } from '../native-object.js';
import type { NativeOperators } from '../native-operators.js';
import { openGraph } from './open-graph.js';
import { ProgramRecorder } from './record-program.js';

interface ProgramExecutorOptions {
  readonly tf: NativeTensorFlow;
  readonly operators: NativeOperators;
  /** A GGUF file. */
  readonly path: string;
  readonly slots: number;
  readonly slotCapacity: number;
}

/** An executor whose pass is one node, ForetokenProgram, with weights mapped from their file. */
export async function createProgramExecutor(
  options: ProgramExecutorOptions,
): Promise<{ readonly executor: Executor; readonly configuration: ModelConfiguration }> {
  const { operators, slots, slotCapacity } = options;
  const file = await openWeights(options.path);
  const configuration = configurationFromGguf(file.metadata, {
    has: (name) => file.tensors.has(name),
    rows: (name) => file.tensors.get(name)?.shape[0],
    ropeFactors: undefined,
  });
  const names = modelWeights(configuration);
  const mapping = operators.mapFile(options.path);
  const objects = await openObjects(operators, file, configuration, mapping);
  await file.close();
  const recorder = new ProgramRecorder(
    (weight) => objects.get('epsilon' in weight ? weight.weight.name : weight.name)!,
  );
  decoderModel(names)(recorder);
  const { layers, heads, kvHeads, headSize } = configuration;
  const rotation = rotationTable(configuration, slotCapacity);
  const cache = operators.createCache({ layers, heads, kvHeads, headSize, slots, slotCapacity, rotation });
  const program = operators.createProgram({ cache, instructions: recorder.instructions });
  // The program keeps what it needs.
  for (const object of [mapping, ...objects.values()]) object.close();
  const executor = await createExecutor(options, cache, program);
  return { executor, configuration };
}

async function openObjects(
  operators: NativeOperators,
  file: WeightsFile,
  configuration: ModelConfiguration,
  mapping: NativeObject,
): Promise<Map<string, NativeObject>> {
  const source = fileWeightSource(file, configuration);
  const objects = new Map<string, NativeObject>();
  const matrix = (weight: Matrix): NativeObject =>
    operators.createMatrix({
      columns: weight.columns,
      parts: weightParts(weight.name, file.format, configuration).map(({ tensor, order }) => {
        const { type, byteOffset, shape } = file.tensors.get(tensor)!;
        if (!isWeightFormat(type)) throw new Error(`${tensor} is ${type}`);
        const interleave = order === 'interleave' ? configuration.headSize : 0;
        return { mapping, offset: byteOffset, format: type, rows: shape[0]!, interleave };
      }),
    });
  const vector = async (weight: Vector): Promise<NativeObject> => {
    const values = new Float32Array(weight.size);
    await source.load(weight, values);
    return weight.name.endsWith('Bias')
      ? operators.createBias(values)
      : operators.createNorm({ weight: values, epsilon: configuration.normEpsilon });
  };
  for (const weight of listWeights(modelWeights(configuration))) {
    objects.set(weight.name, weight.kind === 'matrix' ? matrix(weight) : await vector(weight));
  }
  return objects;
}

async function createExecutor(
  { tf, operators }: ProgramExecutorOptions,
  cache: NativeObject,
  program: NativeObject,
): Promise<Executor> {
  const graph = new GraphBuilder();
  const input = (name: string, shape: number[]) => ({
    node: graph.placeholder(name, DataType.int32, shape),
    type: DataType.int32,
    shape,
  });
  const inputs = {
    tokens: input('tokens', [-1]),
    parents: input('parents', [-1]),
    sequences: input('sequences', [-1, 3]),
    scored: input('scored', [-1]),
  };
  const best = graph.node(
    'ForetokenProgram',
    Object.values(inputs).map(({ node }) => node),
    { program: { kind: 'int', value: program.id } },
  );
  graph.signature('run', { inputs, outputs: { best: { node: best, type: DataType.int32, shape: [-1] } } });
  const model = await openGraph(tf, graph);
  return {
    kind: 'graph',
    run(step) {
      const flat = (pick: (sequence: (typeof step.sequences)[number]) => Iterable<number>): number[] =>
        step.sequences.flatMap((sequence) => [...pick(sequence)]);
      const feeds = {
        tokens: tf.tensor1d(
          flat(({ tokens }) => tokens),
          'int32',
        ),
        parents: tf.tensor1d(
          flat(({ parents }) => parents),
          'int32',
        ),
        sequences: tf.tensor2d(
          flat(({ slot, start, tokens }) => [slot, start, tokens.length]),
          [step.sequences.length, 3],
          'int32',
        ),
        scored: tf.tensor1d([...step.scoredRows], 'int32'),
      };
      try {
        const { best: result } = model.predict(feeds) as Record<string, ReturnType<typeof tf.tensor1d>>;
        const tokens = Int32Array.from(result!.dataSync());
        result!.dispose();
        return {
          argmax: () => tokens.slice(),
          topK: (k) => operators.topLogits(program, k),
          row: (index) => operators.logits(program, index),
        };
      } finally {
        for (const feed of Object.values(feeds)) feed.dispose();
      }
    },
    copyPositions: (from, to) => operators.copyPositions(cache, from, to),
    close() {
      for (const object of [program, cache]) object.close();
      model.dispose();
    },
  };
}
