import type { Arithmetic } from '@foretoken/core';
import { createEagerExecutor } from '../executors/eager/eager-executor.js';
import type { Executor, KvPrecision } from '../executors/executor.js';
import type { NativeExecutorOptions } from '../executors/executor-options.js';
import { createProgramExecutor, type ProgramExecutorOptions } from '../executors/fused/program-executor.js';
import { createGraphExecutor } from '../executors/graph/graph-executor.js';
import { chooseArithmetic } from './choose-arithmetic.js';
import type { ChosenExecutor } from './choose-executor.js';
import type { ModelConfiguration } from './configuration.js';
import { decoderModel, usedWeights } from './decoder-model.js';
import { rotationTable } from './rotation-table.js';
import { TensorLanguageModel } from './tensor-language-model.js';

export interface CreateModelOptions
  extends Pick<NativeExecutorOptions, 'weights' | 'slots' | 'slotCapacity' | 'exitLayers' | 'onProgress'>,
    Pick<ProgramExecutorOptions, 'chainVocabulary' | 'panels'> {
  readonly configuration: ModelConfiguration;
  readonly executor: ChosenExecutor;
  /** What the KV cache keeps numbers in; `float16` on the fused executor only. @default 'float32' */
  readonly kvPrecision?: KvPrecision;
  /** What products are computed in; `integer` on the fused executor only. @default DEFAULT_ARITHMETIC there */
  readonly arithmetic?: Arithmetic;
}

/** Puts a model on a device: weights loaded, caches allocated, ready for its first forward. */
export async function createModel(options: CreateModelOptions): Promise<TensorLanguageModel> {
  const { configuration, slots, slotCapacity, exitLayers = [] } = options;
  const executor = await createExecutor(options);
  const { vocabularySize } = configuration;
  return new TensorLanguageModel({ executor, vocabularySize, slots, slotCapacity, exitLayers });
}

function createExecutor(options: CreateModelOptions): Promise<Executor> {
  const { configuration, executor, slots, slotCapacity, exitLayers = [], kvPrecision = 'float32' } = options;
  const { weights, onProgress, chainVocabulary, panels } = options;
  const { layers, heads, kvHeads, headSize, vocabularySize, rope, local } = configuration;
  const ropes = local ? [rope, local.rope] : [rope];
  const rotations = ropes.map((one) => rotationTable({ headSize, rope: one }, slotCapacity));
  const geometry = { layers, heads, kvHeads, headSize, rotations };
  const declared = usedWeights(configuration);
  const common = { model: decoderModel(configuration), geometry, weights, onProgress };
  switch (executor.kind) {
    case 'fused':
      return createProgramExecutor({
        ...{ ...common, ...executor, declared, slots, slotCapacity, exitLayers, kvPrecision, chainVocabulary, panels },
        arithmetic: chooseArithmetic(options.arithmetic, executor.kind, { gpu: executor.gpu !== undefined }),
      });
    case 'graph':
      return createGraphExecutor({ ...common, ...executor, vocabularySize, slots, slotCapacity, exitLayers });
    case 'eager':
      return createEagerExecutor({ ...common, ...executor, declared });
  }
}
