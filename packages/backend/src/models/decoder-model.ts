import type { Operators } from '../executors/operators.js';
import type { Vector } from '../executors/weight.js';
import type { ModelWeights } from './model-weights.js';

/**
 * A decoder-only transformer: from the tokens of a pass to the logits of its scored rows, [R, vocabularySize]. Given a
 * number of layers it stops after that many.
 */
export function decoderModel(weights: ModelWeights): <T>(operators: Operators<T>, layers?: number) => T {
  return (operators, layers) => {
    let hidden = operators.embedding(weights.embedding);
    weights.layers.slice(0, layers).forEach((layer, index) => {
      const { queryNorm, keyNorm } = layer;
      const queryKeyValue = operators.linear(hidden, layer.queryKeyValue, {
        norm: layer.attentionNorm,
        fine: true,
        ...biased(layer.queryKeyValueBias),
      });
      const attended = operators.attention(queryKeyValue, {
        layer: index,
        ...(queryNorm ? { queryNorm } : {}),
        ...(keyNorm ? { keyNorm } : {}),
      });
      hidden = operators.add(
        hidden,
        operators.linear(attended, layer.attentionOutput, biased(layer.attentionOutputBias)),
      );
      const gateUp = operators.linear(hidden, layer.gateUp, {
        norm: layer.feedForwardNorm,
        ...biased(layer.gateUpBias),
      });
      const gated = operators.gatedSilu(gateUp);
      hidden = operators.add(hidden, operators.linear(gated, layer.down, biased(layer.downBias)));
    });
    return operators.linear(operators.scoredRows(hidden), weights.output, {
      norm: weights.finalNorm,
      ...biased(weights.outputBias),
    });
  };
}

function biased(bias: Vector | undefined): { readonly bias?: Vector } {
  return bias ? { bias } : {};
}
