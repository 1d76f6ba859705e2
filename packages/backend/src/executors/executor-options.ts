import type { NativeTensorFlow } from '@foretoken/tensorflow';
import type { AttentionGeometry, Operators } from './operators.js';
import type { WeightSource } from './weight.js';

/** A model family: from the operators of a pass to its logits, [R, vocabularySize], after all or the first layers. */
export type TraceableModel = <T>(operators: Operators<T>, layers?: number) => T;

/** What every executor is made from. */
export interface ExecutorOptions {
  readonly model: TraceableModel;
  readonly geometry: AttentionGeometry;
  readonly weights: WeightSource;
  /** Told as weights are loaded: the part done, in [0, 1]. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** What executors on native TensorFlow are made from. */
export interface NativeExecutorOptions extends ExecutorOptions {
  readonly tensorFlow: NativeTensorFlow;
  /** Sequences that fit the cache at a time. */
  readonly slots: number;
  /** Tokens that a slot holds. */
  readonly slotCapacity: number;
  /** Numbers of first layers that a pass may stop after. @default none */
  readonly exitLayers?: readonly number[];
}
