import type { Matrix, RmsNorm, Vector } from '../executors/weight.js';
import type { ModelConfiguration, Projection } from './configuration.js';

/** The weights of a decoder, named alike for every file format. Query, key and value are one matrix, so are gate and up. */
export interface ModelWeights {
  readonly embedding: Matrix;
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: RmsNorm;
  /** The embedding table itself where the two are tied. */
  readonly output: Matrix;
  readonly outputBias?: Vector;
}

export interface LayerWeights {
  readonly attentionNorm: RmsNorm;
  readonly queryKeyValue: Matrix;
  readonly queryKeyValueBias?: Vector;
  readonly queryNorm?: RmsNorm;
  readonly keyNorm?: RmsNorm;
  readonly attentionOutput: Matrix;
  readonly attentionOutputBias?: Vector;
  readonly feedForwardNorm: RmsNorm;
  readonly gateUp: Matrix;
  readonly gateUpBias?: Vector;
  readonly down: Matrix;
  readonly downBias?: Vector;
}

/** Names the weights that a configuration calls for. */
export function modelWeights(configuration: ModelConfiguration): ModelWeights {
  const { width, heads, kvHeads, headSize, feedForwardWidth, vocabularySize, normEpsilon } = configuration;
  const layerMatrix = (name: string, rows: number, columns: number): Matrix => ({
    kind: 'matrix',
    name,
    rows,
    columns,
    use: 'layer',
  });
  const table = (name: string): Matrix => ({
    kind: 'matrix',
    name,
    rows: vocabularySize,
    columns: width,
    use: 'table',
  });
  const norm = (name: string, size: number): RmsNorm => ({
    weight: { kind: 'vector', name, size },
    epsilon: normEpsilon,
  });
  // A packed matrix has a bias where one of its parts has.
  const bias = <Name extends string>(
    key: Name,
    layer: number | undefined,
    size: number,
    ...parts: readonly Projection[]
  ): { readonly [key in Name]?: Vector } => {
    if (!parts.some((part) => configuration.biases.includes(part))) return {};
    const vector: Vector = { kind: 'vector', name: layer === undefined ? key : `${layer}.${key}`, size };
    return { [key]: vector } as { readonly [key in Name]?: Vector };
  };
  const packed = (heads + 2 * kvHeads) * headSize;
  const embedding = table('embedding');
  return {
    embedding,
    layers: Array.from({ length: configuration.layers }, (_, layer) => ({
      attentionNorm: norm(`${layer}.attentionNorm`, width),
      queryKeyValue: layerMatrix(`${layer}.queryKeyValue`, packed, width),
      ...bias('queryKeyValueBias', layer, packed, 'query', 'key', 'value'),
      ...(configuration.headNorms
        ? { queryNorm: norm(`${layer}.queryNorm`, headSize), keyNorm: norm(`${layer}.keyNorm`, headSize) }
        : {}),
      attentionOutput: layerMatrix(`${layer}.attentionOutput`, width, heads * headSize),
      ...bias('attentionOutputBias', layer, width, 'attentionOutput'),
      feedForwardNorm: norm(`${layer}.feedForwardNorm`, width),
      gateUp: layerMatrix(`${layer}.gateUp`, 2 * feedForwardWidth, width),
      ...bias('gateUpBias', layer, 2 * feedForwardWidth, 'gate', 'up'),
      down: layerMatrix(`${layer}.down`, width, feedForwardWidth),
      ...bias('downBias', layer, width, 'down'),
    })),
    finalNorm: norm('finalNorm', width),
    output: configuration.tiedEmbeddings ? embedding : table('output'),
    ...bias('outputBias', undefined, vocabularySize, 'output'),
  };
}

/** Every weight once, in the order of use. */
export function listWeights(weights: ModelWeights): readonly (Matrix | Vector)[] {
  const list: (Matrix | Vector | undefined)[] = [weights.embedding];
  for (const layer of weights.layers) {
    list.push(
      layer.attentionNorm.weight,
      layer.queryKeyValue,
      layer.queryKeyValueBias,
      layer.queryNorm?.weight,
      layer.keyNorm?.weight,
      layer.attentionOutput,
      layer.attentionOutputBias,
      layer.feedForwardNorm.weight,
      layer.gateUp,
      layer.gateUpBias,
      layer.down,
      layer.downBias,
    );
  }
  list.push(weights.finalNorm.weight, weights.output, weights.outputBias);
  return [...new Set(list.filter((weight) => weight !== undefined))];
}
