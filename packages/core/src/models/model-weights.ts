import type { Matrix, RmsNorm, Vector } from '../backend/weight.js';
import type { ModelConfiguration } from './configuration.js';

/** The weights of a decoder, named alike for every file format. Query, key and value are one matrix, so are gate and up. */
export interface ModelWeights {
  readonly embedding: Matrix;
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: RmsNorm;
  /** The embedding table itself where the two are tied. */
  readonly output: Matrix;
}

export interface LayerWeights {
  readonly attentionNorm: RmsNorm;
  readonly queryKeyValue: Matrix;
  readonly queryKeyValueBias?: Vector;
  readonly queryNorm?: RmsNorm;
  readonly keyNorm?: RmsNorm;
  readonly attentionOutput: Matrix;
  readonly feedForwardNorm: RmsNorm;
  readonly gateUp: Matrix;
  readonly down: Matrix;
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
  const packed = (heads + 2 * kvHeads) * headSize;
  const embedding = table('embedding');
  return {
    embedding,
    layers: Array.from({ length: configuration.layers }, (_, layer) => ({
      attentionNorm: norm(`${layer}.attentionNorm`, width),
      queryKeyValue: layerMatrix(`${layer}.queryKeyValue`, packed, width),
      ...(configuration.attentionBias
        ? { queryKeyValueBias: { kind: 'vector', name: `${layer}.queryKeyValueBias`, size: packed } }
        : {}),
      ...(configuration.headNorms
        ? { queryNorm: norm(`${layer}.queryNorm`, headSize), keyNorm: norm(`${layer}.keyNorm`, headSize) }
        : {}),
      attentionOutput: layerMatrix(`${layer}.attentionOutput`, width, heads * headSize),
      feedForwardNorm: norm(`${layer}.feedForwardNorm`, width),
      gateUp: layerMatrix(`${layer}.gateUp`, 2 * feedForwardWidth, width),
      down: layerMatrix(`${layer}.down`, width, feedForwardWidth),
    })),
    finalNorm: norm('finalNorm', width),
    output: configuration.tiedEmbeddings ? embedding : table('output'),
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
      layer.feedForwardNorm.weight,
      layer.gateUp,
      layer.down,
    );
  }
  list.push(weights.finalNorm.weight, weights.output);
  return [...new Set(list.filter((weight) => weight !== undefined))];
}
