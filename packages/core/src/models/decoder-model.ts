import type { Operators } from '../backend/operators.js';
import type { ModelWeights } from './model-weights.js';

/**
 * A decoder-only transformer: from the tokens of a pass to the logits of its scored rows, [R, vocabularySize]. Given a
 * number of layers it stops after that many.
 */
export function decoderModel(weights: ModelWeights): <T>(operators: Operators<T>, layers?: number) => T {
  return (operators, layers) => {
    let hidden = operators.embedding(weights.embedding);
    weights.layers.slice(0, layers).forEach((layer, index) => {
      const { queryKeyValueBias, queryNorm, keyNorm } = layer;
      const queryKeyValue = operators.linear(hidden, layer.queryKeyValue, {
        norm: layer.attentionNorm,
        ...(queryKeyValueBias ? { bias: queryKeyValueBias } : {}),
      });
      const attended = operators.attention(queryKeyValue, {
        layer: index,
        ...(queryNorm ? { queryNorm } : {}),
        ...(keyNorm ? { keyNorm } : {}),
      });
      hidden = operators.add(hidden, operators.linear(attended, layer.attentionOutput));
      const gateUp = operators.linear(hidden, layer.gateUp, { norm: layer.feedForwardNorm });
      hidden = operators.add(hidden, operators.linear(operators.gatedSilu(gateUp), layer.down));
    });
    return operators.linear(operators.scoredRows(hidden), weights.output, { norm: weights.finalNorm });
  };
}
