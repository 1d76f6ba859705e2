import { loadTensorFlow } from '@foretoken/tensorflow';
import { seededRandom } from '../../../../core/src/testing/seeded-random.js';
import type { ExecutorKind } from '../../executors/executor.js';
import type { Matrix, Vector, WeightSource } from '../../executors/weight.js';
import { chooseExecutor } from '../choose-executor.js';
import type { ModelConfiguration } from '../configuration.js';
import { createModel } from '../create-model.js';
import type { TensorLanguageModel } from '../tensor-language-model.js';

/** A small configuration of each family, with every feature that the family has. */
export function smallConfiguration(family: string): ModelConfiguration {
  return {
    family,
    vocabularySize: 96,
    contextLength: 64,
    layers: 2,
    width: 24,
    feedForwardWidth: 40,
    heads: 4,
    kvHeads: 2,
    headSize: family === 'qwen3' || family === 'gemma3' ? 8 : 6,
    normEpsilon: 1e-5,
    rope:
      family === 'llama'
        ? {
            base: 10_000,
            scaling: {
              kind: 'llama3',
              factor: 8,
              lowFrequencyFactor: 1,
              highFrequencyFactor: 4,
              originalContextLength: 32,
            },
          }
        : { base: 1000, scaling: { kind: 'none' } },
    ...(family === 'gemma3'
      ? { local: { window: 4, rope: { base: 100, scaling: { kind: 'none' } }, layers: [0] } as const }
      : {}),
    tiedEmbeddings: family !== 'llama',
    biases: family === 'qwen2' ? ['query', 'key', 'value'] : [],
  };
}

/** Reproducible weights, scaled so that the logits spread over a few units. */
export function randomWeights(seed: number): WeightSource {
  return {
    async load(weight: Matrix | Vector, target: Float32Array) {
      const random = seededRandom(seed ^ hash(weight.name));
      const scale = weight.kind === 'matrix' && weight.use === 'layer' ? 2 / Math.sqrt(weight.columns) : 1;
      const norm = weight.name.toLowerCase().includes('norm');
      for (let i = 0; i < target.length; i++) target[i] = norm ? 0.5 + random() : (random() * 2 - 1) * scale;
    },
  };
}

/** A small random model on the native device. */
export async function randomModel(
  family: string,
  options: {
    readonly executor: ExecutorKind;
    readonly slots?: number;
    readonly seed?: number;
    readonly layers?: number;
    readonly exitLayers?: readonly number[];
  },
): Promise<TensorLanguageModel> {
  const { layers = 2, exitLayers = [] } = options;
  const configuration = { ...smallConfiguration(family), layers };
  return createModel({
    configuration,
    weights: randomWeights(options.seed ?? 1),
    executor: await chooseExecutor(options.executor, await loadTensorFlow({ device: 'cpu' })),
    slots: options.slots ?? 2,
    slotCapacity: configuration.contextLength,
    exitLayers,
  });
}

function hash(text: string): number {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 16777619);
  return value;
}
