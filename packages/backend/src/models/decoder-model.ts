import type { TraceableModel } from '../executors/executor-options.js';
import type { Matrix, Vector } from '../executors/weight.js';
import type { ModelConfiguration } from './configuration.js';
import { DecoderPass } from './decoder-pass.js';
import { DecoderWeights } from './decoder-weights.js';
import { familyOf } from './families/index.js';

/** The computation that a configuration calls for. */
export function decoderModel(configuration: ModelConfiguration): TraceableModel {
  const family = familyOf(configuration);
  const weights = new DecoderWeights(family.tensors, configuration);
  return (operators, layers) => family.logits(new DecoderPass(operators, weights, layers));
}

/** The weights that a configuration calls for, each once, in the order of use. */
export function usedWeights(configuration: ModelConfiguration): readonly (Matrix | Vector)[] {
  const used = new Map<string, Matrix | Vector>();
  const note = (...weights: readonly (Matrix | Vector | undefined)[]): void => {
    for (const weight of weights) if (weight) used.set(weight.name, weight);
  };
  decoderModel(configuration)<void>({
    embedding: (table) => note(table),
    linear: (_, weight, { norm, bias } = {}) => note(norm?.weight, weight, bias),
    attention: (_, { queryNorm, keyNorm }) => note(queryNorm?.weight, keyNorm?.weight),
    add: () => undefined,
    scale: () => undefined,
    norm: (_, { weight }) => note(weight),
    gate: () => undefined,
    scoredRows: () => undefined,
  });
  return [...used.values()];
}
