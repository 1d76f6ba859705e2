import type { NativeTensorFlow } from '@foretoken/tensorflow';
import { GraphBuilder, type GraphTensor } from '../../../backend/src/executors/graph/graph-builder.js';
import {
  type Attribute,
  DataType,
  type SignatureTensor,
} from '../../../backend/src/executors/graph/graph-definition.js';
import type { NativeObject } from '../native-object.js';
import { openGraph } from './open-graph.js';

/** The attributes of a ForetokenLinear node. */
export interface LinearNode {
  readonly weight: NativeObject;
  readonly norm?: NativeObject;
  readonly bias?: NativeObject;
  readonly gated?: boolean;
}

/** Adds a ForetokenLinear node. */
export function linearNode(
  graph: GraphBuilder,
  inputs: readonly GraphTensor[],
  { weight, norm, bias, gated = false }: LinearNode,
): GraphTensor {
  const attributes: Record<string, Attribute> = {
    weight: { kind: 'int', value: weight.id },
    residuals: { kind: 'int', value: inputs.length - 1 },
    norm: { kind: 'int', value: norm?.id ?? 0 },
    bias: { kind: 'int', value: bias?.id ?? 0 },
    gated: { kind: 'bool', value: gated },
  };
  return graph.node('ForetokenLinear', inputs, attributes);
}

/** Runs one ForetokenLinear node on matrices given as values and shape. */
export async function runLinear(
  tf: NativeTensorFlow,
  node: LinearNode,
  inputs: readonly { readonly values: Float32Array; readonly shape: [number, number] }[],
): Promise<Float32Array> {
  const graph = new GraphBuilder();
  const signature: Record<string, SignatureTensor> = {};
  for (const index of inputs.keys()) {
    const name = graph.placeholder(`input${index}`, DataType.float32, [-1, -1]);
    signature[`input${index}`] = { node: name, type: DataType.float32, shape: [-1, -1] };
  }
  const output = linearNode(
    graph,
    Object.values(signature).map((tensor) => tensor.node),
    node,
  );
  graph.signature('run', {
    inputs: signature,
    outputs: { output: { node: output, type: DataType.float32, shape: [-1, -1] } },
  });
  const model = await openGraph(tf, graph);
  const tensors = Object.fromEntries(
    inputs.map(({ values, shape }, index) => [`input${index}`, tf.tensor2d(values, shape, 'float32')]),
  );
  const { output: result } = model.predict(tensors) as Record<string, ReturnType<typeof tf.tensor2d>>;
  const values = Float32Array.from(result!.dataSync());
  for (const tensor of [result!, ...Object.values(tensors)]) tensor.dispose();
  model.dispose();
  return values;
}
