import type { LoadedTensorFlow, NativeTensorFlow } from '@foretoken/tensorflow';
import { createEagerExecutor } from '../backend/eager/eager-executor.js';
import { createGraphExecutor } from '../backend/graph/graph-executor.js';
import type { WeightSource } from '../backend/weight.js';
import { ForetokenError } from '../errors.js';
import type { ModelConfiguration } from './configuration.js';
import { decoderModel } from './decoder-model.js';
import { listWeights, modelWeights } from './model-weights.js';
import { rotationTable } from './rotation-table.js';
import { TensorLanguageModel } from './tensor-language-model.js';

export interface CreateModelOptions {
  readonly configuration: ModelConfiguration;
  readonly weights: WeightSource;
  readonly tensorFlow: LoadedTensorFlow;
  readonly executor: 'graph' | 'eager';
  /** Sequences open at a time. */
  readonly slots: number;
  /** Tokens that one sequence can hold. */
  readonly slotCapacity: number;
  /** Numbers of first layers that a forward may stop after, ascending. @default none */
  readonly exitLayers?: readonly number[];
  /** Told as weights are loaded: the part done, in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

/** Puts a model on a device: weights uploaded, caches allocated, ready for its first forward. */
export async function createModel(options: CreateModelOptions): Promise<TensorLanguageModel> {
  const { configuration, tensorFlow, slots, slotCapacity, exitLayers = [] } = options;
  const names = modelWeights(configuration);
  const model = decoderModel(names);
  const { layers, heads, kvHeads, headSize, vocabularySize } = configuration;
  const geometry = { layers, heads, kvHeads, headSize, rotation: rotationTable(configuration, slotCapacity) };
  const progress = options.onProgress ? { onProgress: options.onProgress } : {};
  const common = { model, geometry, weights: options.weights, ...progress };
  const executor =
    options.executor === 'graph'
      ? await createGraphExecutor({
          ...common,
          tensorFlow: nativeOf(tensorFlow),
          vocabularySize,
          slots,
          slotCapacity,
          exitLayers,
        })
      : await createEagerExecutor({ ...common, tensorFlow: tensorFlow.tf, declared: listWeights(names) });
  return new TensorLanguageModel({ executor, vocabularySize, slots, slotCapacity, exitLayers });
}

function nativeOf(loaded: LoadedTensorFlow): NativeTensorFlow {
  if (loaded.device === 'cuda' || loaded.device === 'cpu') return loaded.tf;
  throw new ForetokenError(
    `The graph executor needs native TensorFlow, but the device is '${loaded.device}'. Use the eager executor there.`,
    { code: 'executor-unavailable', details: { device: loaded.device } },
  );
}
